"""The India Driving Dataset (IDD), parts I and II in one folder."""

from pathlib import Path

from cnsn_seg.miniature.elements import RAW_IDS
from cnsn_seg.miniature.formats.files import Sample, save_jpeg, save_png


def write_idd(root: Path, sample: Sample) -> None:
    """Write `leftImg8bit/val/<sequence>/..._leftImg8bit.{png,jpg}` and level-3 ids in `gtFine/`.

    The first half are PNG as in part I, the others JPEG as in part II.
    """
    part_2 = 2 * sample.index >= sample.total
    sequence = 200 + sample.index % 5 if part_2 else sample.index % 5
    stem = f'frame{sample.index:04d}' if part_2 else f'{903000 + sample.index:06d}'
    image = root / 'leftImg8bit/val' / str(sequence) / f'{stem}_leftImg8bit'
    if part_2:
        save_jpeg(sample.image, image.with_suffix('.jpg'), sample.quality)
    else:
        save_png(sample.image, image.with_suffix('.png'))
    labels = root / 'gtFine/val' / str(sequence) / f'{stem}_gtFine_labellevel3Ids.png'
    save_png(RAW_IDS['idd_level3'][sample.elements], labels)
