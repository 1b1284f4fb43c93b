"""ACDC, and Dark Zurich with the same names."""

from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_png
from cnsn_seg.miniature.looks import ACDC_CONDITIONS

_SEQUENCES = {'fog': 'GOPR0475', 'night': 'GOPR0351', 'rain': 'GOPR0400', 'snow': 'GOPR0122'}


def write_acdc(root: Path, sample: Sample) -> None:
    """Write `rgb_anon/<condition>/val/<sequence>/..._rgb_anon.png` and labels below `gt/`."""
    number, condition = divmod(sample.index, len(ACDC_CONDITIONS))
    condition = ACDC_CONDITIONS[condition]
    _write(root, f'{condition}/val', _SEQUENCES[condition], number, sample)


def write_dark_zurich(root: Path, sample: Sample) -> None:
    """Write `rgb_anon/val/night/GOPR0356/..._rgb_anon.png` and labels below `gt/`."""
    _write(root, 'val/night', 'GOPR0356', sample.index, sample)


def _write(root: Path, folder: str, sequence: str, number: int, sample: Sample) -> None:
    stem = f'{folder}/{sequence}/{sequence}_frame_{30 * number + 1:06d}'
    save_png(sample.image, root / 'rgb_anon' / f'{stem}_rgb_anon.png')
    for space, ending in (('cityscapes', 'labelIds'), ('train_ids', 'labelTrainIds')):
        save_png(RAW_IDS[space][sample.elements], root / 'gt' / f'{stem}_gt_{ending}.png')
