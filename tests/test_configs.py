"""Every config in the repository builds, and every architecture trains one iteration."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.structures import PixelData
from mmseg.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmseg.structures import SegDataSample

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.evaluation.parts import keep_domains
from cnsn_seg.layers import CrossNorm, SelfNorm

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / 'configs').rglob('*.py')
    if '_base_' not in path.parts
)
CNSN_CONFIGS = [path for path in CONFIGS if path.parent.name == 'cnsn' or '_cnsn_' in path.name]
GTA5_CONFIGS = [path for path in CONFIGS if 'miniature' not in path.parts]
METHODS = {'baseline': (0, 0), 'cn': (1, 0), 'sn': (0, 1), 'cnsn': (1, 1)}
BLOCKS = {'r18w32': 8, 'r50': 16, 'r101': 33}


def load(path: Path) -> Config:
    cfg = Config.fromfile(ROOT / path)
    if 'init_cfg' in cfg.model.backbone:
        cfg.model.backbone.init_cfg = None
    return cfg


def method_of(path: Path) -> str:
    parts = path.stem.split('_')
    return next((method for method in METHODS if method in parts), 'baseline')


def test_every_architecture_comes_in_every_method():
    by_method = {method: set() for method in METHODS}
    for path in CONFIGS:
        method = method_of(path)
        by_method[method].add(path.name.replace(f'_{method}_', '_'))
    assert len(by_method['baseline']) == 8
    assert all(names == by_method['baseline'] for names in by_method.values())


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_builds_with_the_layers_its_name_says(path):
    cfg = load(path)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    blocks = next(count for name, count in BLOCKS.items() if name in path.stem.split('_')[1])
    has_cross_norm, has_self_norm = METHODS[method_of(path)]
    on_image_alone = 'miniature' in path.parts
    counts = [
        sum(isinstance(module, layer) for module in model.modules())
        for layer in (CrossNorm, SelfNorm)
    ]
    assert counts == [
        has_cross_norm * (1 if on_image_alone else blocks),
        has_self_norm * blocks,
    ]
    hooks = [hook['type'] for hook in cfg.get('custom_hooks', [])]
    assert hooks == ['CrossNormHook'] * METHODS[method_of(path)][0]


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_names_components_that_exist(path):
    cfg = load(path)
    for hook in [*cfg.default_hooks.values(), *cfg.get('custom_hooks', [])]:
        assert HOOKS.get(hook['type']) is not None, hook
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        METRICS.build(evaluator)
    loaders = (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader)
    parts = [*cfg.other_test_datasets]
    for loader in loaders:
        assert DATASETS.get(loader.dataset.type) is not None
        parts += domain_parts(loader.dataset)
    for part in parts:
        for transform in part.pipeline:
            TRANSFORMS.build(transform)


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_best_checkpoint_is_chosen_on_the_source(path):
    cfg = load(path)
    assert cfg.default_hooks.checkpoint.save_best == 'gta/mIoU'
    assert cfg.val_dataloader.dataset.type == 'GTA5Domain'
    trained_on = [domain_of(part) for part in domain_parts(cfg.train_dataloader.dataset)]
    assert trained_on == (['gta', 'synthia'] if 'synthia' in path.stem else ['gta'])
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        assert evaluator.source == (trained_on if len(trained_on) > 1 else 'gta')


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_further_domains_can_be_tested(path):
    cfg = load(path)
    keep_domains(cfg, ['idd', 'acdc_rain', 'gta'])
    tested = domain_parts(cfg.test_dataloader.dataset)
    assert [domain_of(part) for part in tested] == ['idd', 'acdc_rain', 'gta']


@pytest.mark.parametrize('path', GTA5_CONFIGS, ids=lambda path: path.stem)
def test_total_batch_is_sixteen(path):
    gpus, per_gpu = next(part for part in path.stem.split('_') if 'xb' in part).split('xb')
    per_gpu = per_gpu.split('-')[0]
    assert load(path).train_dataloader.batch_size == int(per_gpu)
    assert int(gpus) * int(per_gpu) == 16


@pytest.mark.parametrize('path', CNSN_CONFIGS, ids=lambda path: path.stem)
def test_one_training_iteration_runs(path):
    cfg = load(path)
    cfg.model.data_preprocessor.size = (64, 64)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).train()
    layers = [module for module in model.modules() if isinstance(module, CrossNorm)]
    for layer in layers:
        layer.has_hook = True
    layers[0].activate(seed=0)
    batch = dict(
        inputs=[torch.randint(0, 256, (3, 64, 64), dtype=torch.uint8) for _ in range(2)],
        data_samples=[
            SegDataSample(
                gt_sem_seg=PixelData(data=torch.randint(0, 19, (1, 64, 64))),
                metainfo=dict(img_shape=(64, 64)),
            )
            for _ in range(2)
        ],
    )
    losses = model(**model.data_preprocessor(batch, training=True), mode='loss')
    loss, _ = model.parse_losses(losses)
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())
