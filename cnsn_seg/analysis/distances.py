"""How far apart the channel statistics of two sets of images are."""

import numpy as np

SMALLEST_SPREAD = 1e-6
"""Share of a channel's magnitude below which its spread over images counts as none."""


def wasserstein(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """1-Wasserstein distance between two samples, channel by channel.

    ``W1 = integral over q in [0, 1] of |F_source^-1(q) - F_target^-1(q)|`` (Vallender,
    Calculation of the Wasserstein distance between probability distributions on the line, 1974).

    Args:
        source: Shape (N, C).
        target: Shape (M, C).

    Returns:
        Distance in the unit of the values, shape (C,), float64.
    """
    source, target = (np.sort(np.float64(values), axis=0) for values in (source, target))
    n, m = len(source), len(target)
    # Quantiles at which either function jumps, in units of 1 / (n * m).
    levels = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    widths = np.diff(levels, prepend=0) / (n * m)
    gaps = np.abs(source[(levels - 1) // m] - target[(levels - 1) // n])
    return widths @ gaps


def normalised_distance(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """:func:`wasserstein` in standard deviations of the source: ``W1_c / std_c(source)``.

    Scaling or shifting a channel does not change it, so that it can be compared before and after
    a layer. 0 is equal distributions; 1 is as far as a shift by one standard deviation.

    Args:
        source: Shape (N, C), N >= 2.
        target: Shape (M, C).

    Returns:
        Shape (C,), float64; NaN where the source does not vary, as in channels that are dead.
    """
    spread = _spread(source)
    return np.divide(
        wasserstein(source, target), spread, out=np.full(len(spread), np.nan), where=spread > 0
    )


def spread_ratio(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Standard deviation over images after a change, relative to before.

    Args:
        before: Shape (N, C), N >= 2.
        after: Shape (M, C), M >= 2.

    Returns:
        Shape (C,), float64; NaN where ``before`` does not vary.
    """
    spread = _spread(before)
    return np.divide(
        np.std(np.float64(after), axis=0, ddof=1),
        spread,
        out=np.full(len(spread), np.nan),
        where=spread > 0,
    )


def coverage(source: np.ndarray, target: np.ndarray) -> float:
    """Share of a target's values that lie in the central 95 % of the source's, over all channels.

    Args:
        source: Shape (N, C).
        target: Shape (M, C).

    Returns:
        Share in [0, 1]; 0.95 or a little more where the two have one distribution.
    """
    low, high = np.quantile(np.float64(source), (0.025, 0.975), axis=0)
    return float(((target >= low) & (target <= high)).mean())


def standardised(values: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Express every channel in the source's mean and standard deviation.

    Args:
        values: Shape (M, C).
        source: Shape (N, C), N >= 2.

    Returns:
        Shape (M, K), float64: the K channels in which the source varies.
    """
    spread = _spread(source)
    varies = spread > 0
    centred = np.float64(values)[:, varies] - np.float64(source)[:, varies].mean(0)
    return centred / spread[varies]


def _spread(values: np.ndarray) -> np.ndarray:
    """Standard deviation over images, shape (C,), zero where it is rounding alone."""
    values = np.float64(values)
    spread = values.std(0, ddof=1)
    return np.where(spread > SMALLEST_SPREAD * np.abs(values).max(0), spread, 0)
