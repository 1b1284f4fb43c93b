"""Evaluation protocols: what makes two mIoU numbers comparable.

Papers differ in the GTA5 files they train on, in how Mapillary's ids become 19 classes, and in
the size at which images and labels are compared. A protocol fixes all of it under one name. The
facts are those of the protocols' own released code; where we had to decide, ``description`` says
so.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from cnsn_seg.suggest import did_you_mean

from .label_spaces import CLASSES, LABEL_SPACES

Size = tuple[int, int]

BLANK_GTA5 = (
    '12160', '12166', '12167', '12191', '12192', '12193', '12195', '12202', '12203', '12204',
    '12205', '12206', '12207', '12208', '19993',
)  # fmt: skip
"""GTA5 images of a single colour that RobustNet's lists leave out (RobustNet, issue 21)."""


@dataclass(frozen=True)
class View:
    """How images and labels are brought to the size at which they are compared.

    First ``scale``, ``height`` and ``window`` change image and label alike (image bicubic with
    antialiasing as Pillow does it, label nearest); what comes out is what is evaluated. Then
    ``input_size`` resizes the image alone; predictions come back at the label's size.

    Args:
        scale: Factor on width and height. Defaults to None (unchanged).
        height: Height in pixels, the width follows. Defaults to None.
        window: Height and width of a centre crop; what is smaller is padded around, the image
            with black, the label with 255. Defaults to None.
        input_size: Width and height that the image is resized into, keeping its ratio
            (bilinear). Defaults to None.
    """

    scale: float | None = None
    height: int | None = None
    window: Size | None = None
    input_size: Size | None = None


NATIVE = View()
"""The image and its label as they are."""


@dataclass(frozen=True)
class Protocol:
    """One way to train and evaluate, by the name of the code base it comes from.

    Mappings are keyed by data set (``'gta5'``, ``'mapillary'``, ...) and cannot be changed.

    Args:
        name: Name that configs and results use.
        version: Rises with every change that may alter a number.
        description: What it is, and what it leaves open.
        views: View of each data set at evaluation.
        other_views: View of all other data sets; None if the protocol does not have them.
        label_spaces: Data set to label space, where it is not the data set's own.
        train_splits: Data set to the split that ``'train'`` stands for.
        exclude: Data set to the names of samples that are never used.
        skip_mismatched: Data sets whose samples are passed over in training where image and label
            differ in size. Elsewhere the image is resized to its label (GTA5) or it is an error.
        classes: Classes whose IoU is averaged.
    """

    name: str
    version: int
    description: str
    views: Mapping[str, View] = field(default_factory=dict)
    other_views: View | None = NATIVE
    label_spaces: Mapping[str, str] = field(default_factory=dict)
    train_splits: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_mismatched: tuple[str, ...] = ()
    classes: tuple[str, ...] = CLASSES

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, Mapping):
                object.__setattr__(self, part.name, MappingProxyType(dict(value)))

    def view(self, data_set: str) -> View:
        """Look up how a data set is evaluated.

        Raises:
            ValueError: If the protocol does not have the data set.
        """
        view = self.views.get(data_set, self.other_views)
        if view is None:
            raise ValueError(
                f"protocol '{self.name}' does not say how '{data_set}' is evaluated, only "
                f'{", ".join(self.views)}: choose among these (--domains), or another protocol'
            )
        return view

    def describe(self) -> dict[str, Any]:
        """Spell the protocol out as JSON values, with a SHA-256 of all but the description."""
        content = {
            part.name: _plain(getattr(self, part.name))
            for part in fields(self)
            if part.name != 'description'
        }
        tables = [_table(name) for name in self.label_spaces.values()]
        digest = hashlib.sha256(json.dumps([content, tables], sort_keys=True).encode())
        return {**content, 'description': self.description, 'sha256': digest.hexdigest()}


def _plain(value: Any) -> Any:
    if isinstance(value, View):
        return {key: _plain(part) for key, part in asdict(value).items() if part is not None}
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _table(name: str) -> list[list[int]]:
    return [list(pair) for pair in sorted(LABEL_SPACES[name].train_ids.items())]


_SYNTHIA_16 = tuple(name for name in CLASSES if name not in ('terrain', 'truck', 'train'))
_SYNTHIA_13 = tuple(name for name in _SYNTHIA_16 if name not in ('wall', 'fence', 'pole'))

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        protocol.name: protocol
        for protocol in (
            Protocol(
                name='full',
                version=1,
                description='Every image at its native size, all files, labels never resized; '
                "RobustNet's Mapillary map; training on the split that the config names.",
            ),
            Protocol(
                name='full-16',
                version=1,
                description="'full', averaged over the 16 classes that SYNTHIA has.",
                classes=_SYNTHIA_16,
            ),
            Protocol(
                name='full-13',
                version=1,
                description="'full', averaged over 13 classes: SYNTHIA's without wall, fence, "
                'pole.',
                classes=_SYNTHIA_13,
            ),
            Protocol(
                name='robustnet',
                version=1,
                description='RobustNet, WildNet, SHADE (R50), BlindNet, PASTA: 12388 GTA5 images, '
                'Mapillary at height 1536 cut or padded to 1536x1536. Their code centres a padded '
                'portrait image wrongly and counts part of the padding as road; here padding is '
                'ignored.',
                views={
                    **dict.fromkeys(('gta5', 'synthia', 'cityscapes', 'bdd100k'), NATIVE),
                    'mapillary': View(height=1536, window=(1536, 1536)),
                },
                other_views=None,
                label_spaces={'gta5': 'gta5_robustnet'},
                exclude={'gta5': BLANK_GTA5},
                skip_mismatched=('gta5',),
            ),
            Protocol(
                name='rein',
                version=1,
                description='Rein, SoMA, SET, DepthForge: all 24966 GTA5 images, so that the GTA5 '
                'column is not held out; inputs of 1280x720 (GTA5, BDD100K) and 1024x512; '
                'Mapillary halved. Their halved images are stored as JPEG once more, these are '
                'not.',
                views={
                    **dict.fromkeys(('gta5', 'bdd100k'), View(input_size=(1280, 720))),
                    'cityscapes': View(input_size=(1024, 512)),
                    'mapillary': View(scale=0.5, input_size=(1024, 512)),
                },
                other_views=None,
                label_spaces={'mapillary': 'mapillary_v1.2_rein'},
                train_splits={'gta5': 'all'},
            ),
            Protocol(
                name='hrda',
                version=1,
                description='The dg branch of DAFormer and HRDA: all 24966 GTA5 images, so that '
                'the GTA5 column is not held out; every image at its native size.',
                train_splits={'gta5': 'all'},
            ),
            Protocol(
                name='cnsn',
                version=1,
                description="CNSN's released training script: the centre 713x713 of GTA5 and "
                'Cityscapes. Its list of training images was never released; the official split '
                'without its 15 blank images stands in.',
                views=dict.fromkeys(('gta5', 'cityscapes'), View(window=(713, 713))),
                other_views=None,
                exclude={'gta5': BLANK_GTA5},
            ),
        )
    }
)
"""Every protocol by name."""


def protocol_of(name: str) -> Protocol:
    """Look up a protocol.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in PROTOCOLS:
        raise ValueError(
            f"there is no protocol '{name}', only {', '.join(PROTOCOLS)}"
            + did_you_mean(name, PROTOCOLS)
        )
    return PROTOCOLS[name]
