"""Confusion matrices and the scores that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_BYTE = 256
_SIGNED = {torch.uint16: torch.int32, torch.uint32: torch.int64, torch.uint64: torch.int64}
"""What to compute in where PyTorch has no arithmetic of a type."""


def confusion_matrix(
    truth: Tensor, prediction: Tensor, num_classes: int, ignore_index: int = 255
) -> Tensor:
    """Count pixels by true and predicted class, in integers throughout.

    Truth that fits in a byte is counted as it is, so that ignored pixels need no mask; that and
    the narrow joint label make it fast. Works under ``torch.use_deterministic_algorithms(True)``.

    Args:
        truth: Train ids, any shape of one dimension at least, an integer type.
        prediction: Train ids, same shape and device, an integer type. May be anything where the
            truth is ignored.
        num_classes: Number of classes.
        ignore_index: Value of ``truth`` that is not counted. Defaults to 255.

    Returns:
        Counts, shape (num_classes, num_classes), int64, rows are the truth.

    Raises:
        ValueError: If the shapes differ or a counted id is not in [0, num_classes).
    """
    if truth.shape != prediction.shape:
        raise ValueError(
            f'truth of shape {tuple(truth.shape)} and prediction of shape '
            f'{tuple(prediction.shape)} differ'
        )
    truth, prediction = (ids.to(_SIGNED.get(ids.dtype, ids.dtype)) for ids in (truth, prediction))
    if not (_are_below(_BYTE, truth) and _are_below(num_classes, prediction)):
        truth, prediction = _counted(truth, prediction, num_classes, ignore_index)
    counts = _joint_counts(truth, prediction, num_classes)
    if 0 <= ignore_index < _BYTE:
        counts[ignore_index] = 0
    if counts[num_classes:].any():
        _counted(truth, prediction, num_classes, ignore_index)  # raises
    return counts[:num_classes]


def _are_below(bound: int, ids: Tensor) -> bool:
    """Whether all ids are in [0, bound); on a CPU in one pass, faster than ``aminmax``."""
    if not ids.numel():
        return True
    if ids.device.type == 'cpu':  # negative numbers are large unsigned ones
        bound = min(bound, torch.iinfo(ids.dtype).max + 1)
        return int(ids.numpy().view(f'u{ids.itemsize}').max()) < bound
    lowest, highest = (extreme.item() for extreme in ids.aminmax())
    return lowest >= 0 and highest < bound


def _counted(
    truth: Tensor, prediction: Tensor, num_classes: int, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """Leave out ignored pixels, and raise if an id of the others is out of range."""
    counted = truth.long() != ignore_index  # a narrow type would wrap the index
    truth, prediction = truth[counted], prediction[counted]
    for name, ids in (('truth', truth), ('prediction', prediction)):
        if not _are_below(num_classes, ids):
            raise ValueError(
                f'{name} holds ids from {ids.min()} to {ids.max()}, expected [0, {num_classes})'
            )
    return truth, prediction


def _joint_counts(truth: Tensor, prediction: Tensor, num_classes: int) -> Tensor:
    """Count truth in [0, R) and predictions in range, shape (R, num_classes), R >= 256.

    On a CPU, neighbouring pixels go to different counters: adding to the one that was just written
    has to wait for it, and neighbours are mostly alike. On a GPU more counters would not fit in
    shared memory.
    """
    rows = max(_BYTE, num_classes)
    lanes, bins = 4 if truth.device.type == 'cpu' else 1, rows * num_classes
    dtype = torch.int16 if lanes * bins <= torch.iinfo(torch.int16).max else torch.int32
    joint = prediction.to(dtype, copy=True).add_(truth, alpha=num_classes)
    if lanes > 1:
        column = torch.arange(truth.shape[-1], dtype=torch.int32)
        joint.add_((column % lanes * bins).to(dtype))
    counts = torch.bincount(joint.flatten(), minlength=lanes * bins)
    return counts.reshape(lanes, rows, num_classes).sum(0)


@dataclass(frozen=True)
class Scores:
    """Scores of one domain in percent.

    Args:
        iou: Intersection over union of every class, NaN where the truth has no pixel of it.
        accuracy: Recall of every class, NaN likewise.
        precision: Share of every class's predicted pixels that are right, NaN likewise; 0 where
            none is predicted.
        miou: Mean of ``iou`` over the classes that the truth has.
        mean_accuracy: Mean of ``accuracy`` over the same classes.
        mean_precision: Mean of ``precision`` over the same classes.
        pixel_accuracy: Share of counted pixels that are right.
        weighted_iou: ``iou`` weighted by the classes' pixels in the truth, all C of them.
    """

    iou: np.ndarray
    accuracy: np.ndarray
    precision: np.ndarray
    miou: float
    mean_accuracy: float
    mean_precision: float
    pixel_accuracy: float
    weighted_iou: float


def scores(matrix: np.ndarray, averaged: Sequence[int] | None = None) -> Scores:
    """Compute scores from a confusion matrix.

    ``IoU = TP / (TP + FP + FN)`` over all pixels of a domain (Everingham et al., The Pascal
    Visual Object Classes Challenge, IJCV 2015). A class without a pixel in the truth has no
    score and is left out of the means.

    Args:
        matrix: Counts, shape (C, C), rows are the truth.
        averaged: Classes that the means are over. All pixels count for their IoU, whatever class
            the truth or the prediction is. Defaults to all C.

    Returns:
        The scores; NaN throughout for an empty matrix.
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    hits, truth, predicted = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    present = truth > 0
    iou = _percent(hits, truth + predicted - hits, present)
    accuracy = _percent(hits, truth, present)
    precision = _percent(hits, np.maximum(predicted, 1), present)
    counted = present
    if averaged is not None:
        counted = present & np.isin(np.arange(len(matrix)), averaged)
    if not counted.any():
        return Scores(iou, accuracy, precision, np.nan, np.nan, np.nan, np.nan, np.nan)
    return Scores(
        iou,
        accuracy,
        precision,
        float(iou[counted].mean()),
        float(accuracy[counted].mean()),
        float(precision[counted].mean()),
        float(100 * hits.sum() / truth.sum()),
        float(truth[present] @ iou[present] / truth.sum()),
    )


def grouped(matrix: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Merge classes into groups.

    Args:
        matrix: Counts, shape (C, C), rows are the truth.
        groups: Classes of each of G groups.

    Returns:
        Counts by group, shape (G, G).
    """
    member = np.zeros((len(groups), len(matrix)), dtype=np.asarray(matrix).dtype)
    for index, group in enumerate(groups):
        member[index, list(group)] = 1
    return member @ matrix @ member.T


def _percent(part: np.ndarray, whole: np.ndarray, where: np.ndarray) -> np.ndarray:
    return 100 * np.divide(part, whole, out=np.full(part.shape, np.nan), where=where)
