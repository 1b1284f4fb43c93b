"""The section of examples: images that the best method gets most wrong and most right."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cnsn_seg.analysis.evaluated_model import EvaluatedModel
from cnsn_seg.analysis.image_ranking import image_miou
from cnsn_seg.datasets.label_spaces import IGNORE_INDEX

from .pictures import errors_uri, labels_uri, photo_uri
from .sights import Pick, Sight, picks, see
from .study import Study

BUDGET = 16_000_000
"""Bytes that all pictures of a page may take together."""
WIDTHS = (960, 640, 480, 320, 240, 160, 80)
"""Widths of pictures in pixels, of which the first is taken that keeps the budget."""


@dataclass(frozen=True)
class Layer:
    """Something that a viewer can show.

    Args:
        label: For its selection box.
        picture: Data URI.
        on_photo: Whether it is transparent and lies on the photo. Defaults to False.
    """

    label: str
    picture: str
    on_photo: bool = False


@dataclass(frozen=True)
class Example:
    """One image with all that is shown of it.

    Args:
        name: Path in the domain's image folder, without suffix.
        rank: Such as ``'worst of 100'``.
        scores: Method to mIoU of this image in percent.
        layers: Photo, truth, and prediction and errors of every method.
        notes: What to know about the pictures.
    """

    name: str
    rank: str
    scores: dict[str, float]
    layers: list[Layer]
    notes: list[str]

    def as_json(self) -> list[dict[str, Any]]:
        """What ``page.js`` needs of the layers."""
        return [asdict(layer) for layer in self.layers]


class Examples:
    """The images to show, chosen when it is made and predicted when asked.

    Args:
        study: The results; of every method its first run is shown.

    Raises:
        FileNotFoundError: If an ``images.npz`` is missing.
    """

    def __init__(self, study: Study) -> None:
        self._averaged = study.averaged
        self._runs = {method.name: method.runs[0] for method in study.methods}
        self._picks = list(picks(study))

    @property
    def number(self) -> int:
        """How many images are shown."""
        return len(self._picks)

    def make(self, on_image: Callable[[], object]) -> dict[str, list[Example]]:
        """Predict and encode all images.

        Args:
            on_image: Called after every image.

        Returns:
            Domain to its examples, worst first; their pictures take ``BUDGET`` bytes at most, if
            need be by being smaller.

        Raises:
            FileNotFoundError: If a checkpoint or data are not there any more.
            ValueError: If a checkpoint or an image has changed.
        """
        models = {name: EvaluatedModel(run.results, run.folder) for name, run in self._runs.items()}
        sights = []
        for pick in self._picks:
            sights.append(see(pick, self._runs, models))
            on_image()
        seen = list(zip(self._picks, sights, strict=True))
        for width in WIDTHS:
            examples = [_example(pick, sight, width, self._averaged) for pick, sight in seen]
            if sum(map(_bytes, examples)) <= BUDGET:
                break
        found: dict[str, list[Example]] = {}
        for pick, example in zip(self._picks, examples, strict=True):
            found.setdefault(pick.domain, []).append(example)
        return found


def _example(pick: Pick, sight: Sight, width: int, averaged: list[int]) -> Example:
    layers = [
        Layer('image', photo_uri(sight.photo, width)),
        Layer('truth', labels_uri(sight.truth, width)),
    ]
    ignored = sight.truth == IGNORE_INDEX
    for method, prediction in sight.predictions.items():
        masked = np.where(ignored, IGNORE_INDEX, prediction).astype(np.uint8)
        layers.append(Layer(f'prediction of {method}', labels_uri(masked, width)))
    for method, prediction in sight.predictions.items():
        errors = errors_uri(sight.truth, prediction, width)
        layers.append(Layer(f'errors of {method}', errors, on_photo=True))
    scores = {
        method: float(image_miou(counts[None], averaged)[0])
        for method, counts in pick.counts.items()
    }
    return Example(pick.name, pick.rank, scores, layers, sight.notes)


def _bytes(example: Example) -> int:
    return sum(len(layer.picture) for layer in example.layers)
