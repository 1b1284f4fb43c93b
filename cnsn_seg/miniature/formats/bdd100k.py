"""BDD100K: the layout of today, and that of the older `bdd100k_seg.zip`."""

import random
from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_jpeg, save_png


def write_bdd100k(root: Path, sample: Sample) -> None:
    """Write `images/10k/val/<name>.jpg` and train ids in `labels/sem_seg/masks/val/<name>.png`."""
    name = _name(sample.index)
    save_jpeg(sample.image, root / 'images/10k/val' / f'{name}.jpg', sample.quality)
    labels = root / 'labels/sem_seg/masks/val' / f'{name}.png'
    save_png(RAW_IDS['train_ids'][sample.elements], labels)


def write_bdd100k_seg(root: Path, sample: Sample) -> None:
    """Write `seg/images/val/<name>.jpg` and train ids in `seg/labels/val/<name>_train_id.png`."""
    name = _name(sample.index)
    save_jpeg(sample.image, root / 'seg/images/val' / f'{name}.jpg', sample.quality)
    labels = root / 'seg/labels/val' / f'{name}_train_id.png'
    save_png(RAW_IDS['train_ids'][sample.elements], labels)


def _name(index: int) -> str:
    digits = f'{random.Random(f"bdd100k {index}").getrandbits(64):016x}'
    return f'{digits[:8]}-{digits[8:]}'
