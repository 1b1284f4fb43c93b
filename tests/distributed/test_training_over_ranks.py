"""Training on two ranks, as ``tools/train.py --launcher pytorch`` does it."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS
from ranks import on_ranks
from torch.testing import assert_close

from cnsn_seg.engine import load_config
from cnsn_seg.layers import CrossNorm
from cnsn_seg.miniature import make_miniature

CONFIG = (
    Path(__file__).parents[2]
    / 'configs/miniature/deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py'
)
# Dropout is the one thing that differs from rank to rank. Adam would turn rounding errors, where a
# gradient is zero, into steps.
OPTIONS = {
    'train_dataloader.num_workers': 0,
    'train_dataloader.persistent_workers': False,
    'train_dataloader.dataset.pipeline': [
        dict(type='LoadImage'),
        dict(type='LoadTrainIds'),
        dict(type='RandomResize', scale=(128, 64), ratio_range=(0.75, 1.5), keep_ratio=True),
        dict(type='RandomGaussianBlur', prob=0.5),
        dict(type='RandomFlip', prob=0.5),
        dict(type='RandomCrop', crop_size=(48, 96)),
        dict(type='PackDomainInputs'),
    ],
    'train_cfg.max_iters': 3,
    'model.data_preprocessor.type': 'Float64Images',
    'model.decode_head.dropout_ratio': 0,
    'model.backbone.stem_channels': 8,
    'model.backbone.base_channels': 8,
    'model.decode_head.in_channels': 64,
    'model.decode_head.c1_in_channels': 8,
    'model.decode_head.channels': 16,
    'optim_wrapper.optimizer': dict(type='SGD', lr=0.1, momentum=0.9, _delete_=True),
    'randomness': dict(seed=3),
    'log_level': 'ERROR',
    **dict.fromkeys(('val_cfg', 'val_dataloader', 'val_evaluator')),
    **dict.fromkeys(('test_cfg', 'test_dataloader', 'test_evaluator')),
    'default_hooks.checkpoint': None,
}
WITHOUT_CROSS_NORM = {'custom_hooks.0.prob': 0.0}
CROSS_NORMS = {
    'custom_hooks.0.prob': 0.7,
    'custom_hooks.0.num_active': 2,
    'model.backbone.cnsn.cn_stages': (0, 1, 2, 3, 4),
    'model.backbone.cnsn.crop': 'both',
}
SYNC_STYLES = {**CROSS_NORMS, 'model.backbone.cnsn.sync_styles': True}


@MODELS.register_module()
class Float64Images(SegDataPreProcessor):
    """Has the whole network compute in float64."""

    def forward(self, data, training=False):
        data = super().forward(data, training)
        return dict(data, inputs=data['inputs'].double())


@pytest.fixture(autouse=True)
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope='module')
def data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('training')
    make_miniature(root / 'miniature', domains=['gta5'], train=16, val=1)
    return root


def trained(data: Path, options: dict, batch_size: int, launcher: str = 'none'):
    """Weights after some iterations, and what CrossNorms drew."""
    root = {'train_dataloader.dataset.data_root': str(data / 'miniature/gta5')}
    size = {'train_dataloader.batch_size': batch_size}
    cfg = load_config(
        CONFIG, work_dir=data, options={**OPTIONS, **root, **size, **options}, launcher=launcher
    )
    cfg.experiment_name = f'{launcher}_{torch.initial_seed()}_{len(options)}_{id(cfg)}'
    runner = Runner.from_cfg(cfg)
    model = getattr(runner.model, 'module', runner.model)
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CrossNorm, 'draw', recorded(CrossNorm.draw, model, drawn))
        runner.train()
    return copy.deepcopy(model.state_dict()), drawn


def recorded(draw, model, drawn):
    names = {layer: name for name, layer in model.named_modules()}

    def record(layer, *args):
        exchange = draw(layer, *args)
        boxes = exchange.style_box, exchange.content_box
        drawn.append((names[layer], exchange.permutation.tolist(), *boxes))
        return exchange

    return record


def on_this_rank(data: Path, options: dict, times: int = 1):
    return [trained(data, options, batch_size=4, launcher='pytorch') for _ in range(times)]


@pytest.mark.parametrize(
    'options', [WITHOUT_CROSS_NORM, SYNC_STYLES], ids=['no CrossNorm', 'styles of all ranks']
)
def test_two_ranks_train_what_one_with_the_whole_batch_trains(options, data, tmp_path):
    expected, drawn = trained(data, options, batch_size=8)
    assert bool(drawn) == ('model.backbone.cnsn.sync_styles' in options)
    for [(weights, _)] in on_ranks(on_this_rank, 2, tmp_path, data, options):
        assert_close(weights, expected, rtol=1e-6, atol=1e-9)


def test_every_rank_draws_its_own_styles_and_does_so_again(data, tmp_path):
    ranks = on_ranks(on_this_rank, 2, tmp_path, data, CROSS_NORMS, 2)
    for (weights, drawn), (weights_again, drawn_again) in ranks:
        assert drawn == drawn_again
        assert_close(weights, weights_again, rtol=0, atol=0)
    (first, _), (second, _) = ranks
    assert first[1] and second[1]
    assert not any(draw in second[1] for draw in first[1])
    parameters = [name for name in first[0] if 'running' not in name]
    assert all(torch.equal(first[0][name], second[0][name]) for name in parameters)


@HOOKS.register_module()
class SpoilRankHook(Hook):
    """Spoil what a module of rank 1 computes in the second iteration."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 1 and get_rank() == 1:
            layer = runner.model.module.backbone.layer2
            layer.register_forward_hook(lambda module, inputs, output: output * float('nan'))


def stopped(data: Path) -> tuple[str, list[str]]:
    """What a rank says when it stops, and the images of its second batch."""
    with pytest.raises(FloatingPointError) as caught, pytest.MonkeyPatch.context() as patch:
        seen = []
        before = SpoilRankHook.before_train_iter

        def note(hook, runner, batch_idx, data_batch=None):
            seen.append([sample.img_path for sample in data_batch['data_samples']])
            before(hook, runner, batch_idx, data_batch)

        patch.setattr(SpoilRankHook, 'before_train_iter', note)
        options = {**WITHOUT_CROSS_NORM, 'default_hooks.timer': dict(type='SpoilRankHook')}
        trained(data, options, batch_size=2, launcher='pytorch')
    return str(caught.value), seen[1]


def test_all_ranks_stop_and_name_the_images_of_the_one_that_turned_non_finite(data, tmp_path):
    ranks = on_ranks(stopped, 2, tmp_path, data)
    spoilt = ranks[1][1]
    for message, _ in ranks:
        assert 'iteration 2 is not finite on rank 1: the output of backbone.layer2' in message
        assert all(path in message for path in spoilt)
    assert not set(spoilt) & set(ranks[0][1])
    left = torch.load(data / 'iter_1.pth', weights_only=True)
    assert all(value.isfinite().all() for value in left['state_dict'].values())
