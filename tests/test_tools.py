"""The command-line tools, run as a user runs them, on a miniature of a few images."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cnsn_seg.datasets import protocol_of
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
DOMAINS = ['gta', 'cityscapes', 'bdd100k', 'mapillary']


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


def test_evaluation_reports_every_domain(place):
    output = tool(
        'test.py', CONFIG, 'work/iter_2.pth', '--out', 'out', '--cfg-options', *SHORT, cwd=place
    ).stdout
    results = json.loads((place / 'out/results.json').read_text())
    assert list(results['domains']) == DOMAINS
    assert all(domain['num_images'] == 2 for domain in results['domains'].values())
    assert results['unseen']['domains'] == DOMAINS[1:]
    mean = sum(results['domains'][name]['mIoU'] for name in DOMAINS[1:]) / 3
    assert results['unseen']['mIoU'] == pytest.approx(mean)
    assert 'gta (source)' in output
    assert 'motorcycle' in output


def test_two_ranks_find_what_one_finds(place):
    args = [CONFIG, 'work/iter_2.pth', '--cfg-options', *SHORT, 'test_dataloader.batch_size=1']
    tool('test.py', *args, '--out', 'one', cwd=place)
    ranks = ['-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', '2']
    command = [sys.executable, *ranks, str(ROOT / 'tools/test.py'), *args, '--out', 'ranks']
    subprocess.run([*command, '--launcher', 'pytorch'], cwd=place, check=True, capture_output=True)
    one, two = (json.loads((place / out / 'results.json').read_text()) for out in ('one', 'ranks'))
    assert one['domains'] == two['domains']


def test_evaluation_keeps_to_the_domains_asked_for(place):
    options = ['--domains', 'mapillary', 'gta', '--out', 'two', '--cfg-options', *SHORT]
    tool('test.py', CONFIG, 'work/iter_2.pth', *options, cwd=place)
    results = json.loads((place / 'two/results.json').read_text())
    assert list(results['domains']) == ['mapillary', 'gta']


def test_evaluation_reaches_every_other_domain(place):
    others = ['acdc_fog', 'acdc_night', 'acdc_rain', 'acdc_snow', 'dark_zurich']
    others += ['nighttime_driving', 'idd', 'synthia']
    options = ['--domains', *others, '--out', 'others', '--cfg-options', *SHORT]
    tool('test.py', CONFIG, 'work/iter_2.pth', *options, cwd=place)
    results = json.loads((place / 'others/results.json').read_text())
    assert list(results['domains']) == results['unseen']['domains'] == others


def test_evaluation_follows_a_protocol_and_says_so(place):
    args = [CONFIG, 'work/iter_2.pth', '--domains', 'mapillary', '--cfg-options', *SHORT]
    found = {}
    for name in ('full', 'rein'):
        done = tool('test.py', *args, '--protocol', name, '--out', name, cwd=place)
        assert ('(trained under full)' in ' '.join(done.stdout.split())) == (name != 'full')
        found[name] = json.loads((place / name / 'results.json').read_text())
        assert found[name]['protocol'] == protocol_of(name).describe()
        assert found[name]['trained_under'] == 'full'
    full, rein = (found[name]['domains']['mapillary'] for name in ('full', 'rein'))
    pixels = [sum(map(sum, domain['confusion'])) for domain in (full, rein)]
    assert 0.2 < pixels[1] / pixels[0] < 0.3  # half the width and height, a few ids more
    assert full['files_sha256'] == rein['files_sha256']


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
        (['test.py', CONFIG, 'nowhere.pth'], "there is no checkpoint 'nowhere.pth'"),
        (
            ['test.py', CONFIG, 'work/iter_2.pth', '--domains', 'acdc'],
            'the config has no domain acdc to test, only acdc_fog, acdc_night, acdc_rain',
        ),
        (
            ['test.py', CONFIG, 'work/iter_2.pth', '--protocol', 'robust'],
            "there is no protocol 'robust', only full,",
        ),
        (
            ['test.py', CONFIG, 'work/iter_2.pth', '--protocol', 'cnsn'],
            "protocol 'cnsn' does not say how 'bdd100k' is evaluated, only gta5, cityscapes",
        ),
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


def test_a_checkpoint_of_another_model_is_refused(place):
    baseline = CONFIG.replace('_cnsn', '')
    options = ['--out', 'wrong', '--cfg-options', *SHORT]
    done = tool('test.py', baseline, 'work/iter_2.pth', *options, cwd=place, ok=False)
    assert 'does not fit the model' in done.stderr
    assert 'selfnorm' in done.stderr
    assert not (place / 'wrong/results.json').exists()
