"""Writers of the real data sets' folder layouts, file names and encodings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnsn_seg.miniature.formats import (
    acdc,
    bdd100k,
    cityscapes,
    gta5,
    idd,
    mapillary,
    nighttime_driving,
    synthia,
)
from cnsn_seg.miniature.formats.files import Sample
from cnsn_seg.miniature.looks import ACDC_CONDITIONS

__all__ = ['DEFAULT', 'FORMATS', 'Format', 'Sample']


def _nothing(root: Path, train: int, total: int) -> None:
    """Most data sets are images and labels and no more."""


@dataclass(frozen=True)
class Format:
    """How a data set is stored.

    Attributes:
        domain: Whose images it shows.
        write: Writes an image and its labels below the data set's folder.
        finish: Writes what belongs to the data set as a whole, given its folder, the number of
            its training images and that of all its images.
        source: Whether there are training images.
        least: The smallest number of validation images.
    """

    domain: str
    write: Callable[[Path, Sample], None]
    finish: Callable[[Path, int, int], None] = _nothing
    source: bool = False
    least: int = 1

    def counts(self, train: int, val: int) -> tuple[int, int]:
        """Numbers of training images and of all images in a set of this size."""
        train = train if self.source else 0
        return train, train + max(val, self.least)


FORMATS: dict[str, Format] = {
    'gta5': Format('gta5', gta5.write_gta5, gta5.write_split, source=True),
    'cityscapes': Format('cityscapes', cityscapes.write_cityscapes),
    'bdd100k': Format('bdd100k', bdd100k.write_bdd100k),
    'mapillary': Format('mapillary', mapillary.write_mapillary, mapillary.write_config),
    'synthia': Format('synthia', synthia.write_synthia, source=True),
    'acdc': Format('acdc', acdc.write_acdc, least=len(ACDC_CONDITIONS)),
    'dark_zurich': Format('dark_zurich', acdc.write_dark_zurich),
    'nighttime_driving': Format('nighttime_driving', nighttime_driving.write_nighttime_driving),
    'idd': Format('idd', idd.write_idd),
    'gta5_robustnet': Format('gta5', gta5.write_gta5_robustnet, source=True),
    'bdd100k_seg': Format('bdd100k', bdd100k.write_bdd100k_seg),
    'mapillary_v2': Format('mapillary', mapillary.write_mapillary_v2, mapillary.write_configs),
}
"""By folder. The last three store images of other folders the way another release does."""

DEFAULT = ('gta5', 'cityscapes', 'bdd100k', 'mapillary')
"""Folders that are made unless others are asked for."""
