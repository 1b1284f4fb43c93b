"""Cityscapes."""

from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_png

_CITIES = ('frankfurt', 'lindau', 'munster')


def write_cityscapes(root: Path, sample: Sample) -> None:
    """Write `leftImg8bit/val/<city>/..._leftImg8bit.png` and `gtFine/.../..._labelIds.png`."""
    number, city = divmod(sample.index, len(_CITIES))
    city = _CITIES[city]
    stem = f'{city}_{number:06d}_000019'
    save_png(sample.image, root / 'leftImg8bit/val' / city / f'{stem}_leftImg8bit.png')
    labels = root / 'gtFine/val' / city / f'{stem}_gtFine_labelIds.png'
    save_png(RAW_IDS['cityscapes'][sample.elements], labels)
