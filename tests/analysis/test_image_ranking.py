import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnsn_seg.analysis.image_ranking import image_miou, worst_and_best
from cnsn_seg.evaluation.confusion import scores


@given(arrays(np.int64, (4, 3, 3), elements=st.integers(0, 9)), st.sampled_from([None, [0, 2]]))
def test_an_image_is_scored_as_a_domain_of_its_own(confusion, averaged):
    expected = [scores(matrix, averaged).miou for matrix in confusion]
    np.testing.assert_allclose(image_miou(confusion, averaged), expected)


@given(st.lists(st.floats(0, 100) | st.just(float('nan')), max_size=9), st.integers(1, 4))
def test_worst_and_best_are_ends_of_the_ranking_and_never_overlap(values, number):
    values = np.array(values)
    worst, best = worst_and_best(values, number)
    known = np.sort(values[np.isfinite(values)])
    assert not set(worst) & set(best)
    assert values[worst].tolist() == known[: len(worst)].tolist()
    assert values[best].tolist() == known[::-1][: len(best)].tolist()
    assert len(worst) + len(best) == min(2 * number, len(known))


def test_of_an_image_alone_it_is_the_worst():
    assert worst_and_best(np.array([50.0]), 2) == ([0], [])
