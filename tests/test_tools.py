"""The command-line tools, run as a user runs them, on a miniature of a few images."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cnsn_seg.miniature import DOMAINS as DATA_SETS
from cnsn_seg.miniature import make_miniature

ROOT = Path(__file__).parents[1]
CONFIG = str(ROOT / 'configs/miniature/deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py')
SHORT = [
    'train_cfg.max_iters=2',
    'train_cfg.val_interval=2',
    'default_hooks.checkpoint.interval=1',
    'default_hooks.checkpoint.max_keep_ckpts=5',
    'train_dataloader.batch_size=2',
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
]


def tool(name: str, *args: str, cwd: Path, ok: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, ROOT / 'tools' / name, *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    """A folder with a tiny miniature and a checkpoint trained on it."""
    root = tmp_path_factory.mktemp('tools')
    make_miniature(root / 'data/miniature', domains=DATA_SETS, train=4, val=2)
    tool('train.py', CONFIG, '--work-dir', 'work', '--seed', '3', '--cfg-options', *SHORT, cwd=root)
    return root


def test_training_keeps_the_last_and_the_best_checkpoint(place):
    checkpoint = torch.load(place / 'work/iter_2.pth', weights_only=True)
    assert checkpoint['meta']['seed'] == 3
    assert checkpoint['meta']['selection'] == dict(metrics=['gta/mIoU'], target_domains=[])
    assert [path.name for path in (place / 'work').glob('best*')] == ['best_gta_mIoU_iter_2.pth']


def test_resuming_continues_where_the_work_dir_ends(place):
    options = [*SHORT, 'train_cfg.max_iters=3']
    command = ['train.py', CONFIG, '--work-dir', 'work', '--resume', '--cfg-options', *options]
    output = tool(*command, cwd=place).stdout
    assert 'iter: 2' in output
    assert (place / 'work/iter_3.pth').is_file()


def test_training_on_two_sources(place):
    config = CONFIG.replace('miniature-128', 'miniature-gta5-synthia-128')
    tool('train.py', config, '--work-dir', 'both', '--cfg-options', *SHORT, cwd=place)
    options = ['--domains', 'gta', 'synthia', 'idd', '--out', 'both', '--cfg-options', *SHORT]
    output = tool('test.py', config, 'both/iter_2.pth', *options, cwd=place).stdout
    assert all(f'{name} (source)' in output for name in ('gta', 'synthia'))
    results = json.loads((place / 'both/results.json').read_text())
    assert results['unseen']['domains'] == ['idd']


@pytest.mark.parametrize(
    'sampling',
    ["type='ClassUniformDataset', fraction=0.9", "type='RareClassDataset', min_pixels=60"],
)
def test_training_with_class_sampling_from_checked_data(place, sampling):
    tool('check_data.py', 'gta5=data/miniature/gta5', cwd=place)
    (place / 'sampled.py').write_text(
        f"""
_base_ = {CONFIG!r}
pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='RandomScaleCrop', scale=(256, 128), crop_size=(128, 256)),
    dict(type='PackDomainInputs'),
]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        {sampling},
        statistics='work_dirs/check_data/gta/statistics.npz',
        dataset=dict(_base_.train_gta5, pipeline=pipeline),
    )
)
"""
    )
    options = ['--work-dir', 'sampled', '--cfg-options', *SHORT]
    tool('train.py', 'sampled.py', *options, cwd=place)
    assert (place / 'sampled/iter_2.pth').is_file()


def test_choosing_on_a_target_domain_is_warned_of_and_marked(place):
    options = [*SHORT, 'default_hooks.checkpoint.save_best=cityscapes/mIoU']
    options += ['val_dataloader.dataset.type=CityscapesDomain']
    options += ['val_dataloader.dataset.data_root=data/miniature/cityscapes']
    done = tool('train.py', CONFIG, '--work-dir', 'leak', '--cfg-options', *options, cwd=place)
    assert 'not domain generalization' in done.stdout + done.stderr
    command = ['test.py', CONFIG, 'leak/iter_2.pth', '--domains', 'cityscapes', '--out', 'leak']
    output = tool(*command, '--cfg-options', *SHORT, cwd=place).stdout
    results = json.loads((place / 'leak/results.json').read_text())
    assert results['selection']['target_domains'] == ['cityscapes']
    assert 'chosen on cityscapes' in ' '.join(output.split())


@pytest.mark.parametrize(
    ('command', 'sentence'),
    [
        (['train.py', 'nowhere.py'], "there is no config file 'nowhere.py'"),
        (
            ['train.py', CONFIG, '--cfg-options', 'model.backbone.cnsn.cn_pos=psot'],
            "did you mean 'post'?",
        ),
        (
            ['train.py', CONFIG, '--cfg-options', 'train_dataloader.dataset.data_root=nowhere'],
            "'nowhere",
        ),
    ],
)
def test_mistakes_end_with_one_sentence(place, command, sentence):
    done = tool(*command, cwd=place, ok=False)
    assert done.stderr.splitlines()[-1].startswith('error: ')
    assert sentence in done.stderr.splitlines()[-1]
    assert 'Traceback' not in done.stderr
