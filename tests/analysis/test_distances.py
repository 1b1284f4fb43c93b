import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from cnsn_seg.analysis.distances import (
    coverage,
    normalised_distance,
    spread_ratio,
    standardised,
    wasserstein,
)

VALUES = st.floats(-100, 100, width=32)


def samples(most: int = 12):
    return arrays(np.float64, st.tuples(st.integers(2, most), st.just(3)), elements=VALUES)


@given(samples(), samples())
def test_wasserstein_agrees_with_scipy_for_any_two_sizes(source, target):
    expected = [wasserstein_distance(source[:, c], target[:, c]) for c in range(3)]
    np.testing.assert_allclose(wasserstein(source, target), expected, rtol=1e-9, atol=1e-9)


@given(samples(), st.floats(0.1, 10), st.floats(-10, 10))
def test_normalised_distance_does_not_depend_on_scale_and_offset(target, scale, offset):
    source = np.random.default_rng(0).normal(size=(20, 3))
    one = normalised_distance(source, target)
    other = normalised_distance(source * scale + offset, target * scale + offset)
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_shift_by_one_standard_deviation_is_at_distance_one():
    source = np.random.default_rng(0).normal(3, 2, size=(40, 5))
    shifted = source + source.std(0, ddof=1)
    np.testing.assert_allclose(normalised_distance(source, shifted), 1)
    np.testing.assert_allclose(normalised_distance(source, source), 0)


def test_dead_channels_have_no_distance():
    source = np.random.default_rng(0).normal(size=(10, 3))
    source[:, 1] = 0
    source[:, 2] = 1e6 + 1e-3 * source[:, 2]  # spread below float32's rounding
    distance = normalised_distance(source, source + 1)
    assert np.isnan(distance).tolist() == [False, True, True]
    assert standardised(source, source).shape == (10, 1)


def test_spread_ratio_is_that_of_the_standard_deviations():
    source = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_allclose(spread_ratio(source, 3 * source + 7), 3)


def test_coverage_of_the_same_distribution_and_of_one_far_away():
    source, other = np.random.default_rng(0).normal(size=(2, 2000, 2))
    assert coverage(source, other) == pytest.approx(0.95, abs=0.02)
    assert coverage(source, other + 100) == 0
