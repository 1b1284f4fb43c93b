"""GTA5: the flat layout of the owners, and the one with folders that RobustNet reads."""

from io import BytesIO
from pathlib import Path

import numpy as np

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_png

_MAT_HEADER = 116  # bytes of free text, in which scipy writes the time

_LABEL_ID_COLOURS = (
    (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (20, 20, 20), (111, 74, 0), (81, 0, 81),
    (128, 64, 128), (244, 35, 232), (250, 170, 160), (230, 150, 140), (70, 70, 70),
    (102, 102, 156), (190, 153, 153), (180, 165, 180), (150, 100, 100), (150, 120, 90),
    (153, 153, 153), (153, 153, 153), (250, 170, 30), (220, 220, 0), (107, 142, 35),
    (152, 251, 152), (70, 130, 180), (220, 20, 60), (255, 0, 0), (0, 0, 142), (0, 0, 70),
    (0, 60, 100), (0, 0, 90), (0, 0, 110), (0, 80, 100), (0, 0, 230), (119, 11, 32), (0, 0, 142),
)  # fmt: skip


def write_gta5(root: Path, sample: Sample) -> None:
    """Write `images/00001.png` and the palette PNG `labels/00001.png` (label ids 0..34)."""
    _write_pair(root, '', sample)


def write_gta5_robustnet(root: Path, sample: Sample) -> None:
    """Write `{images,labels}/{train,valid}/folder/00001.png`; the miniature has no test split."""
    _write_pair(root, 'train/folder' if sample.index < sample.train else 'valid/folder', sample)


def _write_pair(root: Path, folder: str, sample: Sample) -> None:
    name = f'{sample.index + 1:05d}.png'
    save_png(sample.image, root / 'images' / folder / name)
    labels = RAW_IDS['gta5'][sample.elements]
    save_png(labels, root / 'labels' / folder / name, _LABEL_ID_COLOURS)


def write_split(root: Path, train: int, total: int) -> None:
    """Write `split.mat` as GTA5 has it: 1-based image numbers of every part."""
    from scipy.io import savemat

    numbers = np.arange(1, total + 1, dtype=np.uint16)[:, None]
    parts = {'trainIds': numbers[:train], 'valIds': numbers[train:], 'testIds': numbers[:0]}
    content = BytesIO()
    savemat(content, parts)
    dated = content.getvalue()
    header = b'MATLAB 5.0 MAT-file'.ljust(_MAT_HEADER)
    (root / 'split.mat').write_bytes(header + dated[_MAT_HEADER:])
