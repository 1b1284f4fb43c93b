import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

from cnsn_seg.analysis.domain_gap import DomainGap
from cnsn_seg.analysis.stage_statistics import (
    BATCH_SIZE,
    Statistics,
    after,
    before,
    crosses,
    load_points,
    measure,
    save_points,
)
from cnsn_seg.layers import CrossNorm, SelfNorm

STAGES = [f'stage {number}' for number in range(1, 5)]


class Images(torch.utils.data.Dataset):
    """Random images, the last one of another size."""

    def __init__(self, number: int) -> None:
        generator = torch.Generator().manual_seed(number)
        sizes = [(64, 64)] * (number - 1) + [(64, 96)]
        self.images = [
            torch.randint(40 * i % 128, 256, (3, *size), generator=generator, dtype=torch.uint8)
            for i, size in enumerate(sizes)
        ]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> dict:
        return dict(inputs=self.images[index])


def segmentor(cnsn: dict | None):
    model = MODELS.build(
        dict(
            type='EncoderDecoder',
            data_preprocessor=dict(
                type='SegDataPreProcessor', mean=[120.0] * 3, std=[60.0] * 3, bgr_to_rgb=True
            ),
            backbone=dict(type='CNSNResNet', depth=18, stem_channels=8, base_channels=8, cnsn=cnsn),
            decode_head=dict(
                type='FCNHead',
                in_channels=64,
                channels=8,
                num_classes=19,
                num_convs=1,
                loss_decode=dict(type='CrossEntropyLoss'),
            ),
            test_cfg=dict(mode='whole'),
        )
    ).eval()
    for layer in model.modules():
        if isinstance(layer, SelfNorm):
            torch.nn.init.normal_(layer.g_bn.weight)
            torch.nn.init.normal_(layer.g_bn.bias)
    return model


BOTH = dict(sn_pos='residual', cn_pos='post', crop='style')


def test_statistics_are_those_of_the_stages_outputs_image_by_image():
    model, images = segmentor(None), Images(6)
    points = measure(model, images, range(6))
    assert list(points)[:1] == ['input'] and set(points) == {'input', *STAGES}
    inputs = (images.images[5].flip(0).double() - 120) / 60
    np.testing.assert_allclose(points['input'].mean[5], inputs.mean((1, 2)), rtol=1e-5)
    with torch.no_grad():
        maps = model.extract_feat(inputs[None].float())
    for stage, features in zip(STAGES, maps, strict=True):
        values = features[0].double().flatten(1)
        np.testing.assert_allclose(points[stage].mean[5], values.mean(1), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(points[stage].std[5], values.std(1), rtol=1e-4, atol=1e-6)


def test_selfnorm_scales_what_is_in_front_of_it_by_its_gates():
    points = measure(segmentor(dict(sn_pos='residual')), Images(4), range(4))
    for stage in STAGES:
        front, behind = points[before(stage)], points[after(stage)]
        gates = behind.std / front.std
        assert ((gates > 0) & (gates < 1)).all()
        np.testing.assert_allclose(behind.mean, gates * front.mean, rtol=1e-3, atol=1e-5)


def test_crossnorm_gives_images_other_statistics_and_is_off_again_afterwards():
    model, images = segmentor(dict(cn_pos='post', stages=(0,), crop='neither')), Images(5)
    off = measure(model, images, range(5))
    on = measure(model, images, range(5), cross=True)
    assert not np.allclose(on['input'].mean, off['input'].mean)
    # Without crops the statistics of a batch of one size are dealt out again.
    np.testing.assert_allclose(
        np.sort(on['input'].mean[:BATCH_SIZE], 0), np.sort(off['input'].mean[:BATCH_SIZE], 0), 1e-4
    )
    np.testing.assert_array_equal(on['input'].mean[4], off['input'].mean[4])  # alone in its size
    assert not any(module.training for module in model.modules())
    again = measure(model, images, range(5))
    np.testing.assert_array_equal(again['stage 4'].std, off['stage 4'].std)


def test_every_crossnorm_has_its_turn(monkeypatch):
    model, turns = segmentor(BOTH), []
    activate = CrossNorm.activate
    monkeypatch.setattr(
        CrossNorm, 'activate', lambda layer, seed: (turns.append(layer), activate(layer, seed))
    )
    layers = [module for module in model.modules() if isinstance(module, CrossNorm)]
    measure(model, Images(BATCH_SIZE * len(layers)), range(BATCH_SIZE * len(layers)), cross=True)
    assert set(turns) == set(layers)


def test_what_is_saved_is_read_back(tmp_path):
    measured = {':source': measure(segmentor(BOTH), Images(2), range(2))}
    save_points(tmp_path / 'points.npz', measured)
    found = load_points(tmp_path / 'points.npz')
    assert found.keys() == measured.keys()
    for place, statistics in measured[':source'].items():
        np.testing.assert_array_equal(found[':source'][place], statistics)


@pytest.mark.parametrize(
    'cnsn, expected', [(None, False), (dict(sn_pos='post'), False), (BOTH, True)]
)
def test_a_model_crosses_where_it_has_crossnorm(cnsn, expected):
    assert crosses(segmentor(cnsn)) is expected


def test_the_gap_is_in_units_of_the_source():
    values = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    deviations = values.std(0, ddof=1)
    place = Statistics(values, values)
    target = Statistics(values + 2 * deviations, values)
    gap = DomainGap(
        {'input': place}, {'input': Statistics(3 * values, values)}, {'city': {'input': target}}
    )
    assert gap.distance('input', 'mean', 'city') == pytest.approx(2, rel=1e-4)
    assert gap.distance('input', 'std', 'city') == 0
    assert gap.widening('input', 'mean') == pytest.approx(3, rel=1e-4)
    assert gap.coverage('input', 'mean', 'city', crossed=True) > gap.coverage(
        'input', 'mean', 'city', crossed=False
    )
