"""Nighttime Driving."""

from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_png


def write_nighttime_driving(root: Path, sample: Sample) -> None:
    """Write `leftImg8bit/test/night/<n>_leftImg8bit.png` and `<n>_gtCoarse_label*.png`."""
    image = root / 'leftImg8bit/test/night' / f'{sample.index}_leftImg8bit.png'
    save_png(sample.image, image)
    folder = root / 'gtCoarse_daytime_trainvaltest/test/night'
    for space, ending in (('cityscapes', 'labelIds'), ('train_ids', 'labelTrainIds')):
        labels = folder / f'{sample.index}_gtCoarse_{ending}.png'
        save_png(RAW_IDS[space][sample.elements], labels)
