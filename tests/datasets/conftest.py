"""Files as the owners ship them, a few pixels large, written where a test wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label
from PIL import Image
from releases import ALTERNATIVES, FORMATS, Format
from scipy.io import savemat

import cnsn_seg.datasets as ours

HEIGHT, WIDTH = 12, 16


@dataclass(frozen=True)
class Downloaded:
    """One unpacked data set of two images."""

    root: Path
    dataset: type[ours.DomainDataset]
    split: str
    images: list[Path]
    labels: list[Path]
    raw: list[np.ndarray]
    arguments: dict[str, str]

    def build(self, **kwargs) -> ours.DomainDataset:
        arguments = {'split': self.split, **self.arguments, **kwargs}
        return self.dataset(data_root=str(self.root), **arguments)


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    """Each of the data sets in turn."""
    return request.param


@pytest.fixture
def write_label() -> Callable[..., None]:
    """Write raw ids in one of the encodings of :class:`Format`."""
    return _write_label


@pytest.fixture
def download(tmp_path: Path) -> Callable[[str], Downloaded]:
    """Write the named data set below ``tmp_path``."""
    return lambda name: _download(tmp_path / name, {**FORMATS, **ALTERNATIVES}[name])


def _write_label(path: Path, ids: np.ndarray, encoding: str = 'grey') -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if encoding == 'red16':
        ids = ids.astype(np.uint16)
        blue_green_red = [np.zeros_like(ids), ids % 3 + 1000, ids]
        cv2.imwrite(str(path), np.stack(blue_green_red, -1))
        return
    if encoding == 'colours':
        colours = np.array([id2label[raw].color for raw in range(34)], dtype=np.uint8)
        ids = colours[ids]
    image = Image.fromarray(ids)
    if encoding == 'palette':
        image.putpalette(np.random.default_rng(0).integers(0, 256, 768, dtype=np.uint8).tobytes())
        assert image.mode == 'P'
    image.save(path)


def _download(root: Path, form: Format) -> Downloaded:
    rng = np.random.default_rng(1)
    images = [root / form.image.format(name) for name in form.names]
    labels = [root / form.label.format(name) for name in form.names]
    raw = [rng.choice(form.ids, (HEIGHT, WIDTH)).astype(np.uint8) for _ in labels]
    for image, label, ids in zip(images, labels, raw, strict=True):
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(image)
        _write_label(label, ids, form.encoding)
    if form.dataset is ours.GTA5Domain:
        savemat(root / 'split.mat', {'trainIds': [[1]], 'valIds': [[5], [2]], 'testIds': [[3, 4]]})
    return Downloaded(root, form.dataset, form.split, images, labels, raw, form.arguments)
