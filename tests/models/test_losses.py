import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

WEIGHTS = [0.2, 1.0, 3.0]


def by_hand(logits, labels, ignore_index, class_weight=WEIGHTS):
    """Weighted mean of the negative log-probabilities, pixel by pixel in float64."""
    total = weights = 0.0
    for sample in range(len(labels)):
        for position in np.ndindex(labels.shape[1:]):
            label = labels[(sample, *position)]
            if label == ignore_index:
                continue
            scores = logits[(sample, slice(None), *position)].astype(np.float64)
            log_probability = scores[label] - np.log(np.exp(scores).sum())
            total -= class_weight[label] * log_probability
            weights += class_weight[label]
    return total / weights


def random_case(ignore_index):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 4, 5)).astype(np.float32)
    labels = rng.integers(0, 3, (2, 4, 5))
    labels[0, :2] = ignore_index
    return logits, labels


@pytest.mark.parametrize('ignore_index', [255, 2])
def test_class_weights_and_ignored_pixels_work_together(ignore_index):
    logits, labels = random_case(ignore_index)
    loss = MODELS.build(dict(type='SyncCrossEntropyLoss', class_weight=WEIGHTS, loss_weight=0.4))
    found = loss(torch.from_numpy(logits), torch.from_numpy(labels), ignore_index=ignore_index)
    assert found.item() == pytest.approx(0.4 * by_hand(logits, labels, ignore_index), rel=1e-5)


@pytest.mark.parametrize('ignore_index', [255, 2])
def test_without_class_weights_every_pixel_that_counts_counts_alike(ignore_index):
    logits, labels = random_case(ignore_index)
    loss = MODELS.build(dict(type='SyncCrossEntropyLoss'))
    found = loss(torch.from_numpy(logits), torch.from_numpy(labels), ignore_index=ignore_index)
    assert found.item() == pytest.approx(by_hand(logits, labels, ignore_index, [1] * 3), rel=1e-5)


@pytest.mark.parametrize('class_weight', [None, WEIGHTS])
def test_a_batch_without_any_pixel_that_counts_has_no_loss(class_weight):
    logits = torch.randn(2, 3, 4, 5, requires_grad=True)
    loss = MODELS.build(dict(type='SyncCrossEntropyLoss', class_weight=class_weight))
    loss(logits, torch.full((2, 4, 5), 255)).backward()
    assert not logits.grad.any()
