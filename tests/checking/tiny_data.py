"""Tiny data sets as their owners ship them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from cnsn_seg.checking import SOURCES
from cnsn_seg.datasets import DomainDataset

HEIGHT, WIDTH = 12, 16
TOOL = Path(__file__).parents[2] / 'tools/check_data.py'
VISTAS = (165, 42, 42, 0, 192, 0)  # the first two colours of every release
RELEASES = {'v1.2': (*VISTAS, 196, 196, 196), 'v2.0': (*VISTAS, 250, 170, 31)}


@dataclass(frozen=True)
class Format:
    image: str
    label: str
    names: tuple[str, ...]
    ids: tuple[int, ...]
    split: str = 'val'
    palette: tuple[int, ...] = ()


FORMATS = {
    'gta5': Format(
        'images/{}.png', 'labels/{}.png', ('00001', '00002', '00003', '00004'), tuple(range(35)),
        split='all', palette=tuple(range(105)),
    ),
    'cityscapes': Format(
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labelIds.png',
        ('lindau/lindau_0', 'lindau/lindau_1', 'munster/munster_0'), tuple(range(34)),
    ),
    'bdd100k': Format(
        'images/10k/val/{}.jpg', 'labels/sem_seg/masks/val/{}.png',
        ('7d06fefd', 'b1c66a42', 'c2'), (*range(19), 255),
    ),
    'mapillary': Format(
        'validation/images/{}.jpg', 'validation/labels/{}.png', ('-0BJ8s', '__CRyF', 'x'),
        tuple(range(66)), palette=RELEASES['v1.2'],
    ),
    'acdc': Format(
        'rgb_anon/{}_rgb_anon.png', 'gt/{}_gt_labelTrainIds.png',
        tuple(f'{condition}/val/GOPR0/GOPR0_1' for condition in ('fog', 'night', 'rain', 'snow')),
        (*range(19), 255),
    ),
    'idd': Format(
        'leftImg8bit/val/{}_leftImg8bit.png', 'gtFine/val/{}_gtFine_labellevel3Ids.png',
        ('119/541500', '119/541501', '119/541502'), (*range(26), 255),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Downloaded:
    """One unpacked data set."""

    name: str
    root: Path
    images: list[Path]
    labels: list[Path]
    form: Format

    @property
    def argument(self) -> str:
        return f'{self.name}={self.root}'

    def build(self, **kwargs) -> DomainDataset:
        return SOURCES[self.name][0].build(
            str(self.root), **{'split': self.form.split, 'protocol': 'full', **kwargs}
        )

    def add(self, name: str) -> None:
        write_pair(self.root, self.form, name)

    def digests(self) -> dict[str, str]:
        files = sorted(path for path in self.root.rglob('*') if path.is_file())
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns)
            for path in files
        }


def write_label(path: Path, ids: np.ndarray, palette: tuple[int, ...] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(ids)
    if palette:
        image.putpalette(palette)
        image.save(path, optimize=False)
    else:
        image.save(path)


def write_image(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)


def write_pair(root: Path, form: Format, name: str) -> None:
    write_image(root / form.image.format(name))
    ids = np.resize(np.array(form.ids, np.uint8), (HEIGHT, WIDTH))
    write_label(root / form.label.format(name), ids, form.palette)


def write_data_set(root: Path, name: str) -> Downloaded:
    form = FORMATS[name]
    for sample in form.names:
        write_pair(root, form, sample)
    if name == 'gta5':
        lists = {'trainIds': [[1], [2]], 'valIds': [[3]], 'testIds': [[4]]}
        savemat(root / 'split.mat', lists)
    images = [root / form.image.format(sample) for sample in form.names]
    labels = [root / form.label.format(sample) for sample in form.names]
    return Downloaded(name, root, images, labels, form)
