"""Confusion matrices and the scores that follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


def confusion_matrix(
    truth: Tensor, prediction: Tensor, num_classes: int, ignore_index: int = 255
) -> Tensor:
    """Count pixels by true and predicted class.

    Args:
        truth: Train ids, any shape, an integer type.
        prediction: Train ids, same shape, an integer type.
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
    counted = truth != ignore_index
    truth, prediction = truth[counted].long(), prediction[counted].long()
    for name, ids in (('truth', truth), ('prediction', prediction)):
        if ids.numel() and not (ids.min() >= 0 and ids.max() < num_classes):
            raise ValueError(
                f'{name} holds ids from {ids.min()} to {ids.max()}, expected [0, {num_classes})'
            )
    joint = torch.bincount(truth * num_classes + prediction, minlength=num_classes**2)
    return joint.reshape(num_classes, num_classes)


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
