import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnsn_seg.comparison.bootstrap import _draws, class_pixels, interval, miou, resampled_miou
from cnsn_seg.evaluation.confusion import scores


@given(
    arrays(np.int64, (4, 4), elements=st.integers(0, 2) | st.integers(0, 2**40)),
    st.sets(st.integers(0, 3), min_size=1),
)
def test_miou_is_that_of_the_evaluation(matrix, averaged):
    found = miou(class_pixels(matrix), sorted(averaged))
    assert found == pytest.approx(scores(matrix, sorted(averaged)).miou, rel=1e-12, nan_ok=True)


def miou_of_pixels(images, averaged) -> float:
    """MIoU of (truth, prediction) pairs of pixels, counted one by one."""
    ious = []
    for label in averaged:
        pairs = [pair for image in images for pair in image if label in pair]
        if any(truth == label for truth, _ in pairs):
            hits = sum(truth == prediction for truth, prediction in pairs)
            ious.append(hits / len(pairs))
    return 100 * sum(ious) / len(ious) if ious else float('nan')


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_resamples_are_those_of_a_slow_loop_over_pixels(num_images, seed):
    rng = np.random.default_rng(seed)
    models = rng.integers(0, 3, (2, num_images, 3, 3)) * rng.integers(0, 2, (num_images, 3, 1))
    images = [
        [
            [(t, p) for t in range(3) for p in range(3) for _ in range(image[t, p])]
            for image in model
        ]
        for model in models
    ]
    found = resampled_miou(class_pixels(models), [0, 2], 'cityscapes', 5)
    (times,) = _draws(num_images, 'cityscapes', 5)
    for model, pixels in enumerate(images):
        for draw, counts in enumerate(times.astype(int)):
            drawn = [
                image for image, count in zip(pixels, counts, strict=True) for _ in range(count)
            ]
            expected = miou_of_pixels(drawn, [0, 2])
            assert found[model, draw] == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_draws_are_uniform_with_replacement_and_differ_between_streams():
    times = np.concatenate(list(_draws(20, 'cityscapes', 3000)))
    assert times.shape == (3000, 20)
    assert (times.sum(1) == 20).all()
    # The count of an image is binomial(20, 1/20): mean 1, variance 0.95.
    assert times.mean(0) == pytest.approx(np.ones(20), abs=5 * (0.95 / 3000) ** 0.5)
    assert times.var() == pytest.approx(0.95, rel=0.05)
    other = np.concatenate(list(_draws(20, 'bdd100k', 3000)))
    assert abs(np.corrcoef(times.ravel(), other.ravel())[0, 1]) < 0.02
    again = np.concatenate(list(_draws(20, 'cityscapes', 3000)))
    assert (times == again).all()


def test_counts_of_a_large_data_set_stay_exact():
    confusion = np.full((2000, 2, 2), 2**30 - 1, dtype=np.int32)
    confusion[:, 0, 1] = 1
    # Half the images would do for float32 to lose the ones.
    assert class_pixels(confusion).sum(0)[1].tolist() == [2000 * 2**30, 2000 * (2**31 - 2)]


def test_no_images_give_no_score():
    assert np.isnan(resampled_miou(np.zeros((2, 0, 3, 4)), [0], 'x', 10)).all()


def test_the_interval_cuts_equal_tails():
    assert interval(np.arange(1001.0), 95) == pytest.approx((25, 975))
    assert interval(np.arange(1001.0), 50) == pytest.approx((250, 750))


def draw_models(rng, num_images, shown):
    """Two models on the same images of varying difficulty, the fourth class on some of them."""
    truth = rng.poisson(rng.dirichlet([2, 2, 1, 0.3], num_images) * 500)
    truth[:, 3] *= rng.random(num_images) < shown
    difficulty = rng.normal(0, 0.08, (num_images, 1))
    models = []
    for accuracy in ([0.8, 0.8, 0.7, 0.6], [0.78, 0.79, 0.68, 0.5]):
        right = np.clip(accuracy + difficulty + rng.normal(0, 0.03, (num_images, 4)), 0.05, 0.95)
        shares = (1 - right)[..., None] / 3 * (1 - np.eye(4)) + right[..., None] * np.eye(4)
        models.append(rng.multinomial(truth, shares))
    return class_pixels(np.stack(models))


@pytest.mark.parametrize('shown', [1, 0.04])
def test_intervals_hold_the_true_difference_as_often_as_they_say(shown):
    rng = np.random.default_rng(0)
    population = miou(draw_models(rng, 100_000, shown).sum(1), range(4))
    true = population[0] - population[1]
    hits = 0
    for trial in range(300):
        first, second = resampled_miou(draw_models(rng, 80, shown), range(4), f'trial {trial}', 500)
        low, high = interval(first - second, 90)
        hits += low <= true <= high
    # Binomial(300, 0.9) has a standard deviation of 5.2; percentile intervals run a little short.
    assert 249 <= hits <= 286
