"""Images chosen to be shown, seen again as the evaluation saw them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from cnsn_seg.analysis.evaluated_model import EvaluatedModel
from cnsn_seg.analysis.image_ranking import image_miou, worst_and_best
from cnsn_seg.datasets.label_spaces import IGNORE_INDEX
from cnsn_seg.evaluation.confusion import confusion_matrix
from cnsn_seg.evaluation.image_counts import load_image_counts

from .study import Run, Study

PER_END = 2


@dataclass(frozen=True)
class Pick:
    """An image to show.

    Args:
        domain: Its domain.
        name: Name of the sample: its path in the domain's image folder, without suffix.
        rank: Such as ``'worst of 100'``.
        counts: Method to what the evaluation counted, shape (C, C).
    """

    domain: str
    name: str
    rank: str
    counts: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Sight:
    """A pick and everything seen of it.

    Args:
        photo: What the network saw, at the size of the label: RGB, shape (H, W, 3), uint8.
        truth: Train ids, shape (H, W), uint8.
        predictions: Method to train ids, shape (H, W), those that the truth ignores included.
        notes: Where a prediction is not the one that was evaluated.
    """

    photo: np.ndarray
    truth: np.ndarray
    predictions: Mapping[str, np.ndarray]
    notes: list[str]


def picks(study: Study) -> Iterator[Pick]:
    """Choose the worst and the best images of every domain by the best method's first run.

    Raises:
        FileNotFoundError: If an ``images.npz`` is missing.
    """
    counts = {
        method.name: load_image_counts(_counts_file(method.runs[0])) for method in study.methods
    }
    for domain in study.domains:
        by_method = {name: found[domain] for name, found in counts.items() if domain in found}
        if study.best.name not in by_method:
            continue
        names = by_method[study.best.name].names
        scores = image_miou(by_method[study.best.name].confusion, study.averaged)
        for end, indices in zip(('worst', 'best'), worst_and_best(scores, PER_END), strict=True):
            for place, index in enumerate(indices, start=1):
                rank = f'{end} of {len(names)}' if place == 1 else f'{end}, no. {place}'
                shown = {
                    method: found.confusion[found.names.index(names[index])]
                    for method, found in by_method.items()
                    if names[index] in found.names
                }
                yield Pick(domain, names[index], rank, shown)


def see(pick: Pick, runs: Mapping[str, Run], models: Mapping[str, EvaluatedModel]) -> Sight:
    """Load an image and what every method predicts, which is read where it was saved.

    Args:
        pick: The image.
        runs: Method to the run that is shown.
        models: Method to the model of that run.

    Raises:
        FileNotFoundError: If a checkpoint or data are not there any more.
        ValueError: If a checkpoint or an image has changed.
    """
    notes, predictions = [], {}
    for method in pick.counts:
        saved = _saved_prediction(runs[method], pick)
        predict = models[method].predictor if saved is None else None
        dataset = models[method].dataset(pick.domain)
        index = _index_of(dataset, pick.name)
        if predict:
            truth, predictions[method] = predict(dataset, index)
        else:
            truth, predictions[method] = _truth(dataset, index), saved
        notes += _difference(method, pick, truth, predictions[method])
    return Sight(_photo(dataset, index, truth.shape), truth, predictions, notes)


def _counts_file(run: Run) -> Path:
    path = run.folder / run.results['images']['file']
    if not path.is_file():
        raise FileNotFoundError(f"'{path}', which belongs to the results, is not there any more")
    return path


def _index_of(dataset: Dataset, name: str) -> int:
    for index in range(len(dataset)):
        if dataset.get_data_info(index)['sample_name'] == name:
            return index
    folder = dataset.data_prefix['img_path']
    raise FileNotFoundError(f"the image '{name}' is not in '{folder}' any more")


def _truth(dataset: Dataset, index: int) -> np.ndarray:
    return dataset[index]['data_samples'].gt_sem_seg.data[0].numpy()


def _photo(dataset: Dataset, index: int, shape: tuple[int, int]) -> np.ndarray:
    image = dataset[index]['inputs'].numpy()[::-1].transpose(1, 2, 0)  # MMSeg's are BGR
    return cv2.resize(np.ascontiguousarray(image), shape[::-1], interpolation=cv2.INTER_AREA)


def _saved_prediction(run: Run, pick: Pick) -> np.ndarray | None:
    if run.results['predictions'] is None:
        return None
    path = Path(run.results['predictions']) / pick.domain / f'{pick.name}.png'
    return np.array(Image.open(path)) if path.is_file() else None


def _difference(
    method: str, pick: Pick, truth: np.ndarray, prediction: np.ndarray
) -> Iterator[str]:
    counts = pick.counts[method]
    pair = (torch.from_numpy(ids.astype(np.int64)) for ids in (truth, prediction))
    try:
        found = confusion_matrix(*pair, len(counts), IGNORE_INDEX).numpy()
    except ValueError as error:
        raise ValueError(f"the prediction of {method} for '{pick.name}': {error}") from error
    moved = int(np.abs(found - counts).sum()) // 2
    if moved:
        share = 100 * moved / counts.sum()
        yield f'The evaluated prediction of {method} differs in at least {share:.2g} % of pixels.'
