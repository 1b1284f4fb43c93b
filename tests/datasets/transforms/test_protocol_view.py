import numpy as np
import pytest
from mmengine.dataset import Compose
from PIL import Image

from cnsn_seg.datasets import IGNORE_INDEX, PROTOCOLS
from cnsn_seg.datasets.protocols import Protocol, View

RNG = np.random.default_rng(0)


def viewed(view: View, size: tuple[int, int], monkeypatch) -> tuple[np.ndarray, ...]:
    """Image, view's result, label and its result, for a protocol of one view."""
    protocol = Protocol('mine', 1, '', other_views=view)
    monkeypatch.setattr('cnsn_seg.datasets.protocols.PROTOCOLS', {**PROTOCOLS, 'mine': protocol})
    image = RNG.integers(0, 256, (*size, 3), dtype=np.uint8)
    label = RNG.integers(0, 19, size, dtype=np.uint8)
    results = {'img': image, 'gt_seg_map': label, 'protocol': 'mine', 'data_set': 'x'}
    results = Compose([{'type': 'ProtocolView'}])(results)
    assert results['ori_shape'] == results['gt_seg_map'].shape
    assert results['img_shape'] == results['img'].shape[:2]
    return image, results['img'], label, results['gt_seg_map']


def resized(pixels: np.ndarray, size: tuple[int, int], resample: int) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize(size[::-1], resample))


def test_native_changes_nothing(monkeypatch):
    image, seen, label, truth = viewed(View(), (20, 30), monkeypatch)
    np.testing.assert_array_equal(seen, image)
    np.testing.assert_array_equal(truth, label)


def test_scale_changes_image_and_label(monkeypatch):
    image, seen, label, truth = viewed(View(scale=0.5), (21, 30), monkeypatch)
    np.testing.assert_array_equal(seen, resized(image, (10, 15), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(truth, resized(label, (10, 15), Image.Resampling.NEAREST))


def test_height_then_window(monkeypatch):
    image, seen, label, truth = viewed(View(height=10, window=(10, 10)), (20, 41), monkeypatch)
    expected = resized(image, (10, 20), Image.Resampling.BICUBIC)[:, 5:15]
    np.testing.assert_array_equal(seen, expected)
    expected = resized(label, (10, 20), Image.Resampling.NEAREST)[:, 5:15]
    np.testing.assert_array_equal(truth, expected)


@pytest.mark.parametrize('size', [(20, 30), (4, 5), (4, 30), (20, 5), (7, 8), (8, 9)])
def test_window_is_centred_and_padded_with_ignored(monkeypatch, size):
    image, seen, label, truth = viewed(View(window=(8, 8)), size, monkeypatch)
    assert seen.shape == (8, 8, 3)
    padded = np.pad(label, 20, constant_values=IGNORE_INDEX)
    top, left = (20 + round((length - 8) / 2) for length in size)
    np.testing.assert_array_equal(truth, padded[top : top + 8, left : left + 8])
    padded = np.pad(image, ((20, 20), (20, 20), (0, 0)))
    np.testing.assert_array_equal(seen, padded[top : top + 8, left : left + 8])


def test_input_size_changes_the_image_alone_and_keeps_its_ratio(monkeypatch):
    _, seen, label, truth = viewed(View(input_size=(128, 72)), (105, 191), monkeypatch)
    assert seen.shape == (70, 128, 3)
    np.testing.assert_array_equal(truth, label)


@pytest.mark.parametrize(
    ('protocol', 'name', 'size', 'image', 'label'),
    [
        ('full', 'mapillary', (2448, 3264), (2448, 3264), (2448, 3264)),
        ('robustnet', 'mapillary', (2448, 3264), (1536, 1536), (1536, 1536)),
        ('robustnet', 'mapillary', (3264, 2448), (1536, 1536), (1536, 1536)),
        ('robustnet', 'cityscapes', (1024, 2048), (1024, 2048), (1024, 2048)),
        ('rein', 'gta5', (1052, 1914), (704, 1280), (1052, 1914)),
        ('rein', 'bdd100k', (720, 1280), (720, 1280), (720, 1280)),
        ('rein', 'cityscapes', (1024, 2048), (512, 1024), (1024, 2048)),
        ('rein', 'mapillary', (2448, 3264), (512, 683), (1224, 1632)),
        ('hrda', 'mapillary', (2448, 3264), (2448, 3264), (2448, 3264)),
        ('cnsn', 'cityscapes', (1024, 2048), (713, 713), (713, 713)),
        ('cnsn', 'gta5', (1052, 1914), (713, 713), (713, 713)),
    ],
)
def test_sizes_of_the_published_protocols(protocol, name, size, image, label):
    results = {
        'img': np.zeros((*size, 3), np.uint8),
        'gt_seg_map': np.zeros(size, np.uint8),
        'protocol': protocol,
        'data_set': name,
    }
    results = Compose([{'type': 'ProtocolView'}])(results)
    assert results['img'].shape == (*image, 3)
    assert results['gt_seg_map'].shape == results['ori_shape'] == label
