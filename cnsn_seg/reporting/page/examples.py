"""The section of examples: images that the best method gets most wrong and most right."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from cnsn_seg.analysis.evaluated_model import EvaluatedModel
from cnsn_seg.analysis.image_ranking import image_miou, worst_and_best
from cnsn_seg.datasets.label_spaces import IGNORE_INDEX
from cnsn_seg.evaluation.confusion import confusion_matrix
from cnsn_seg.evaluation.image_counts import ImageCounts, load_image_counts

from .pictures import errors_uri, labels_uri, photo_uri
from .study import Study

PER_END = 2
BUDGET = 16_000_000
"""Bytes that all pictures of a page may take together."""
WIDTHS = (960, 640, 480, 320, 240, 160)


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
        name: Path in the domain's image folder.
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


@dataclass(frozen=True)
class _Choice:
    """An image to show: its name and rank, and what the evaluation counted by method."""

    domain: str
    name: str
    rank: str
    counts: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Sight:
    """Photo, truth and predictions by method of one choice."""

    choice: _Choice
    photo: np.ndarray
    truth: np.ndarray
    predictions: dict[str, np.ndarray]
    notes: list[str]


class Examples:
    """The images to show, chosen when it is made and predicted when asked.

    Args:
        study: The results; of every method its first run is shown.

    Raises:
        FileNotFoundError: If an ``images.npz`` is missing.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._runs = {method.name: method.runs[0] for method in study.methods}
        self._models = {
            name: EvaluatedModel(run.results, run.folder) for name, run in self._runs.items()
        }
        self._choices = list(self._choose())

    @property
    def number(self) -> int:
        """How many images are shown."""
        return len(self._choices)

    def make(self, on_image: Callable[[], None] = lambda: None) -> dict[str, list[Example]]:
        """Predict and encode all images.

        Returns:
            Domain to its examples, worst first; their pictures take ``BUDGET`` bytes at most.

        Raises:
            FileNotFoundError: If a checkpoint or data are not there any more.
            ValueError: If a checkpoint or an image has changed.
        """
        sights = []
        for choice in self._choices:
            sights.append(self._see(choice))
            on_image()
        for width in WIDTHS:
            examples = [self._example(sight, width) for sight in sights]
            if sum(_bytes(example) for example in examples) <= BUDGET:
                break
        found: dict[str, list[Example]] = {}
        for sight, example in zip(sights, examples, strict=True):
            found.setdefault(sight.choice.domain, []).append(example)
        return found

    def _choose(self) -> Iterator[_Choice]:
        counts = {
            name: load_image_counts(run.folder / run.results['images']['file'])
            for name, run in self._runs.items()
        }
        best = self._study.best.name
        for domain in self._study.domains:
            by_method = {name: found[domain] for name, found in counts.items() if domain in found}
            if best not in by_method:
                continue
            ranked = by_method[best]
            scores = image_miou(ranked.confusion, self._study.averaged)
            ends = worst_and_best(scores, PER_END)
            for end, indices in zip(('worst', 'best'), ends, strict=True):
                for place, index in enumerate(indices, start=1):
                    rank = f'{end} of {len(ranked.names)}' if place == 1 else f'{end}, no. {place}'
                    name = ranked.names[index]
                    found = {key: _of_image(one, name) for key, one in by_method.items()}
                    yield _Choice(domain, name, rank, found)

    def _see(self, choice: _Choice) -> _Sight:
        notes, predictions = [], {}
        for method in choice.counts:
            model = self._models[method]
            dataset = model.dataset(choice.domain)
            index = _index_of(dataset, choice.name)
            saved = _saved_prediction(self._runs[method], choice)
            if saved is None:
                truth, prediction = model.predictor(dataset, index)
            else:
                truth, prediction = _truth(dataset, index), saved
            predictions[method] = prediction
            notes += _difference(method, choice, truth, prediction)
        return _Sight(choice, _photo(dataset, index, truth.shape), truth, predictions, notes)

    def _example(self, sight: _Sight, width: int) -> Example:
        layers = [Layer('image', photo_uri(sight.photo, width))]
        layers.append(Layer('truth', labels_uri(sight.truth, width)))
        ignored = sight.truth == IGNORE_INDEX
        for method, prediction in sight.predictions.items():
            masked = np.where(ignored, IGNORE_INDEX, prediction).astype(np.uint8)
            layers.append(Layer(f'prediction of {method}', labels_uri(masked, width)))
        for method, prediction in sight.predictions.items():
            errors = errors_uri(sight.truth, prediction, width)
            layers.append(Layer(f'errors of {method}', errors, on_photo=True))
        scores = {
            method: float(image_miou(counts[None], self._study.averaged)[0])
            for method, counts in sight.choice.counts.items()
        }
        choice = sight.choice
        return Example(choice.name, choice.rank, scores, layers, sight.notes)


def _of_image(counts: ImageCounts, name: str) -> np.ndarray:
    return counts.confusion[counts.names.index(name)]


def _index_of(dataset: Dataset, name: str) -> int:
    folder = Path(dataset.data_prefix['img_path'])
    for index in range(len(dataset)):
        if Path(dataset.get_data_info(index)['img_path']) == folder / name:
            return index
    raise FileNotFoundError(f"'{folder / name}' is not there any more")


def _truth(dataset: Dataset, index: int) -> np.ndarray:
    return dataset[index]['data_samples'].gt_sem_seg.data[0].numpy()


def _photo(dataset: Dataset, index: int, shape: tuple[int, int]) -> np.ndarray:
    """What the network saw, at the size of the label: RGB, shape (H, W, 3), uint8."""
    image = dataset[index]['inputs'].numpy()[::-1].transpose(1, 2, 0)  # MMSeg's are BGR
    return cv2.resize(np.ascontiguousarray(image), shape[::-1], interpolation=cv2.INTER_AREA)


def _saved_prediction(run, choice: _Choice) -> np.ndarray | None:
    folder = run.results['predictions']
    if folder is None:
        return None
    path = Path(folder) / choice.domain / Path(choice.name).with_suffix('.png')
    return np.asarray(Image.open(path)) if path.is_file() else None


def _difference(
    method: str, choice: _Choice, truth: np.ndarray, prediction: np.ndarray
) -> list[str]:
    """Say where a prediction is not the one that was evaluated."""
    counts = choice.counts[method]
    try:
        found = confusion_matrix(*map(torch.from_numpy, (truth, prediction)), len(counts))
    except ValueError as error:
        raise ValueError(f"the prediction of {method} for '{choice.name}': {error}") from error
    moved = int(np.abs(found.numpy() - counts).sum()) // 2
    if not moved:
        return []
    share = 100 * moved / max(int(counts.sum()), 1)
    return [f'The evaluated prediction of {method} differs in at least {share:.2g} % of the pixels.']


def _bytes(example: Example) -> int:
    return sum(len(layer.picture) for layer in example.layers)
