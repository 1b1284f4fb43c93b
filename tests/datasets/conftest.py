"""Files as the four owners ship them, a few pixels large, written where a test wants them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
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

    def build(self, **kwargs) -> ours.DomainDataset:
        return self.dataset(data_root=str(self.root), **{'split': self.split, **kwargs})


@dataclass(frozen=True)
class Format:
    dataset: type[ours.DomainDataset]
    split: str
    image: str
    label: str
    names: tuple[str, str]
    palette: bool
    ids: tuple[int, ...]


FORMATS = {
    'gta5': Format(
        ours.GTA5Domain, 'val', 'images/{}.png', 'labels/{}.png',
        ('00002', '00005'), True, tuple(range(35)),
    ),
    'cityscapes': Format(
        ours.CityscapesDomain, 'val',
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labelIds.png',
        ('lindau/lindau_000000_000019', 'munster/munster_000000_000019'), False, tuple(range(34)),
    ),
    'bdd100k': Format(
        ours.BDD100KDomain, 'val', 'images/10k/val/{}.jpg', 'labels/sem_seg/masks/val/{}.png',
        ('7d06fefd-f7be05a6', 'b1c66a42-6f7d68ca'), False, (*range(19), 255),
    ),
    'mapillary': Format(
        ours.MapillaryDomain, 'val', 'validation/images/{}.jpg', 'validation/labels/{}.png',
        ('-0BJ8sKVyGQ1HVZA', '__CRyFzoDOXn6unQ'), True, tuple(range(66)),
    ),
}  # fmt: skip


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    """Each of the four data sets in turn."""
    return request.param


@pytest.fixture
def write_label() -> Callable[..., None]:
    """Write raw ids as a grey or a palette PNG."""
    return _write_label


@pytest.fixture
def download(tmp_path: Path) -> Callable[[str], Downloaded]:
    """Write the named data set below ``tmp_path``."""
    return lambda name: _download(tmp_path / name, FORMATS[name])


def _write_label(path: Path, ids: np.ndarray, palette: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(ids)
    if palette:
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
        _write_label(label, ids, form.palette)
    if form.dataset is ours.GTA5Domain:
        savemat(root / 'split.mat', {'trainIds': [[1]], 'valIds': [[5], [2]], 'testIds': [[3, 4]]})
    return Downloaded(root, form.dataset, form.split, images, labels, raw)
