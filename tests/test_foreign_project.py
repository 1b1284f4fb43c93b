"""Somebody else's project: MMSegmentation's stock config, two changed lines, its own Runner."""

import json
import subprocess
import sys
from pathlib import Path

import mmseg
import numpy as np
import pytest
import torch
from PIL import Image

import cnsn_seg  # noqa: F401  for reading checkpoints

CONFIGS = Path(mmseg.__file__).parent / '.mim' / 'configs'
DEEPLAB = CONFIGS / 'deeplabv3plus' / 'deeplabv3plus_r50-d8_4xb2-40k_cityscapes-512x1024.py'
FCN = CONFIGS / 'fcn' / 'fcn_r50-d8_4xb2-40k_cityscapes-512x1024.py'

PROJECT = """
_base_ = '{base}'
custom_imports = dict(imports=['cnsn_seg'], allow_failed_imports=False)
model = dict(backbone=dict({change}))
"""

# What a laptop without a GPU and without Cityscapes needs; the model keeps its structure.
LAPTOP = {
    'randomness': dict(seed=0),
    'model.pretrained': None,
    'model.data_preprocessor.size': (64, 128),
    'model.decode_head.norm_cfg.type': 'BN',
    'model.auxiliary_head.norm_cfg.type': 'BN',
    'train_dataloader.dataset.pipeline.2.scale': (128, 64),
    'train_dataloader.dataset.pipeline.3.crop_size': (64, 128),
    'val_dataloader.dataset.pipeline.1.scale': (128, 64),
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'val_dataloader.num_workers': 0,
    'val_dataloader.persistent_workers': False,
    'train_dataloader.dataset.data_root': 'cityscapes',
    'val_dataloader.dataset.data_root': 'cityscapes',
    'train_cfg.max_iters': 3,
    'train_cfg.val_interval': 3,
    'default_hooks.logger.interval': 1,
    'default_hooks.checkpoint.interval': 3,
    'default_hooks.checkpoint.save_optimizer': False,
    'work_dir': 'work_dir',
}

TRAIN = """
import ast, json
from mmengine.config import Config
from mmengine.runner import Runner
cfg = Config.fromfile('project.py')
cfg.merge_from_dict(ast.literal_eval(open('laptop.txt').read()))
runner = Runner.from_cfg(cfg)
calls = {}
def count(module, acts):
    key = f'{type(module).__name__} {"training" if module.training else "evaluation"}'
    calls.setdefault(key, []).append(acts)
for module in runner.model.modules():
    if type(module).__name__ == 'SelfNorm':
        module.register_forward_hook(lambda module, x, y: count(module, True))
    if type(module).__name__ == 'CrossNorm':
        def exchange_for(x, module=module, draw=module.exchange_for):
            exchange = draw(x)
            count(module, exchange is not None)
            return exchange
        module.exchange_for = exchange_for
runner.train()
json.dump(calls, open('calls.json', 'w'))
"""


def write_cityscapes(root):
    """A street of three stripes, in the files that MMSegmentation's CityscapesDataset reads."""
    rng = np.random.default_rng(0)
    for split, count in (('train', 4), ('val', 2)):
        for kind in ('leftImg8bit', 'gtFine'):
            (root / kind / split / 'here').mkdir(parents=True)
        for index in range(count):
            name = f'here_{index:06d}_000000'
            labels = np.repeat([10, 2, 0], (20, 20, 24)).astype(np.uint8)
            labels = np.tile(labels[:, None], (1, 128))
            labels[50:, :30], labels[:4] = 13, 255
            noise = rng.integers(0, 60, (64, 128, 3))
            image = (labels[..., None] % 19 * 9 + noise).astype(np.uint8)
            images, truths = (root / kind / split / 'here' for kind in ('leftImg8bit', 'gtFine'))
            Image.fromarray(image).save(images / f'{name}_leftImg8bit.png')
            Image.fromarray(labels).save(truths / f'{name}_gtFine_labelTrainIds.png')


def train(folder, base, change):
    write_cityscapes(folder / 'cityscapes')
    (folder / 'project.py').write_text(PROJECT.format(base=base, change=change))
    (folder / 'laptop.txt').write_text(repr(LAPTOP))
    done = subprocess.run(
        [sys.executable, '-W', 'always', '-c', TRAIN],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert 'CrossNorm has no prob' not in done.stderr
    return json.loads((folder / 'calls.json').read_text())


def logged(folder):
    lines = next((folder / 'work_dir').glob('*/vis_data/scalars.json')).read_text().splitlines()
    return [json.loads(line) for line in lines]


def saved(folder):
    path = folder / 'work_dir' / 'iter_3.pth'
    state = torch.load(path, weights_only=True)['state_dict']
    path.unlink()
    return state


PLUGINS = "plugins=[dict(cfg=dict(type='CNSN', prob=0.5, crop='style'), position='after_conv3')]"


@pytest.mark.parametrize(
    ('base', 'change', 'acts', 'key'),
    [
        (DEEPLAB, PLUGINS, {'CrossNorm', 'SelfNorm'}, 'layer1.0.cnsn.selfnorm.g_fc.weight'),
        (
            FCN,
            "norm_cfg=dict(type='SNBN', requires_grad=True)",
            {'SelfNorm'},
            'layer1.0.bn1.selfnorm.g_fc.weight',
        ),
        pytest.param(
            FCN,
            "norm_cfg=dict(type='CNSNBN', cross_norm=dict(prob=0.1), requires_grad=True)",
            {'CrossNorm', 'SelfNorm'},
            'layer1.0.bn1.selfnorm.g_fc.weight',
            marks=pytest.mark.slow,
        ),
    ],
    ids=['plugins', 'norm_cfg SNBN', 'norm_cfg CNSNBN'],
)
def test_a_stock_project_trains_with_two_changed_lines(base, change, acts, key, tmp_path):
    calls = train(tmp_path, base, change)
    assert {name.split()[0] for name in calls} == acts
    assert all(any(calls[f'{kind} training']) for kind in acts)
    if 'CrossNorm' in acts:
        assert not all(calls['CrossNorm training'])
        assert not any(calls['CrossNorm evaluation'])
    *losses, validation = logged(tmp_path)
    assert len(losses) == 3
    assert all(np.isfinite([line['loss'], line['decode.loss_ce']]).all() for line in losses)
    assert 0 <= validation['mIoU'] <= 100
    state = saved(tmp_path)
    assert f'backbone.{key}' in state
    assert 'backbone.layer1.0.bn1.weight' in state
    assert all(value.isfinite().all() for value in state.values())


@pytest.mark.slow
def test_prob_zero_trains_the_stock_network_bit_for_bit(tmp_path):
    states = []
    for name, change in (
        ('plain', "norm_cfg=dict(type='BN')"),
        ('cn', "norm_cfg=dict(type='CNBN', cross_norm=dict(prob=0.0))"),
    ):
        (tmp_path / name).mkdir()
        train(tmp_path / name, FCN, change)
        states.append(saved(tmp_path / name))
    assert list(states[0]) == list(states[1])
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
