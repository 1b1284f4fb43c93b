"""CrossNorm and SelfNorm once more, in float64 NumPy, written from the paper's formulas."""

import itertools

import numpy as np


def instance_stats(x, eps):
    mean, std = np.empty(x.shape[:2]), np.empty(x.shape[:2])
    for n, c in itertools.product(*map(range, x.shape[:2])):
        values = x[n, c].ravel()
        mean[n, c] = sum(values) / len(values)
        squares = sum((value - mean[n, c]) ** 2 for value in values)
        std[n, c] = (squares / max(len(values) - 1, 1) + eps) ** 0.5
    return mean, std


def cross_norm(
    x, permutation, channel_permutation=None, style_box=None, content_box=None, eps=1e-5
):
    whole = tuple(slice(None) for _ in x.shape[2:])
    style, content = _slices(style_box) or whole, _slices(content_box) or whole
    style_mean, style_std = instance_stats(x[(slice(None), slice(None), *style)], eps)
    mean, std = instance_stats(x[(slice(None), slice(None), *content)], eps)
    y = x.copy()
    for n, c in itertools.product(*map(range, x.shape[:2])):
        source = permutation[n], c if channel_permutation is None else channel_permutation[c]
        normalised = (x[(n, c, *content)] - mean[n, c]) / std[n, c]
        y[(n, c, *content)] = normalised * style_std[source] + style_mean[source]
    return y


def self_norm(x, g_gate, f_gate=None, eps=1e-12, norm_eps=1e-5):
    """SelfNorm in training mode; a gate is (weights (C, 2), scale (C,), shift (C,))."""
    mean, std = instance_stats(x, eps)
    g = _gate(mean, std, *g_gate, norm_eps)
    f = g if f_gate is None else _gate(mean, std, *f_gate, norm_eps)
    y = np.empty_like(x)
    for n, c in itertools.product(*map(range, x.shape[:2])):
        normalised = (x[n, c] - mean[n, c]) / std[n, c]
        y[n, c] = normalised * (g[n, c] * std[n, c]) + f[n, c] * mean[n, c]
    return y


def sample_box(rng, height, width, beta, min_ratio):
    while True:
        side = np.sqrt(rng.beta(beta, beta))
        box = []
        for length in (height, width):
            size, centre = int(length * side), rng.integers(length)
            box.append(np.clip([centre - size // 2, centre + size // 2], 0, length))
        (top, bottom), (left, right) = box
        if (bottom - top) * (right - left) / (height * width) > min_ratio:
            return top, left, bottom, right


def _gate(mean, std, weights, scale, shift, norm_eps):
    score = mean * weights[:, 0] + std * weights[:, 1]
    normalised = (score - score.mean(0)) / np.sqrt(score.var(0) + norm_eps)
    return 1 / (1 + np.exp(-(normalised * scale + shift)))


def _slices(box):
    return None if box is None else (slice(box[0], box[2]), slice(box[1], box[3]))
