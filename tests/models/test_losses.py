import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

WEIGHTS = [0.2, 1.0, 3.0]


def by_hand(logits, labels, ignore_index):
    """Weighted mean of the negative log-probabilities, pixel by pixel in float64."""
    total = weights = 0.0
    for sample in range(len(labels)):
        for position in np.ndindex(labels.shape[1:]):
            label = labels[(sample, *position)]
            if label == ignore_index:
                continue
            scores = logits[(sample, slice(None), *position)].astype(np.float64)
            log_probability = scores[label] - np.log(np.exp(scores).sum())
            total -= WEIGHTS[label] * log_probability
            weights += WEIGHTS[label]
    return total / weights


@pytest.mark.parametrize('ignore_index', [255, 2])
def test_class_weights_and_ignored_pixels_work_together(ignore_index):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    labels = rng.integers(0, 3, (2, 4, 5))
    labels[0, :2] = ignore_index
    loss = MODELS.build(dict(type='SyncCrossEntropyLoss', class_weight=WEIGHTS, loss_weight=0.4))
    found = loss(torch.from_numpy(logits), torch.from_numpy(labels), ignore_index=ignore_index)
    assert found.item() == pytest.approx(0.4 * by_hand(logits, labels, ignore_index), rel=1e-5)
