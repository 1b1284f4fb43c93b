import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnsn_seg.evaluation.confusion import confusion_matrix, grouped, scores


def random_ids(num_classes, shape=(13, 17), seed=0, ignored=0.2):
    rng = np.random.default_rng(seed)
    truth, prediction = rng.integers(num_classes, size=(2, *shape))
    truth[rng.random(shape) < ignored] = 255
    return truth, prediction


def counted_by_loop(truth, prediction, num_classes, ignore_index=255):
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    for t, p in zip(truth.ravel(), prediction.ravel(), strict=True):
        if t != ignore_index:
            matrix[t, p] += 1
    return matrix


@pytest.mark.parametrize('num_classes', [1, 2, 19, 66])
@pytest.mark.parametrize('shape', [(13, 17), (1, 6, 5), (50,)])
def test_counts_equal_a_loop(num_classes, shape):
    truth, prediction = random_ids(num_classes, shape)
    matrix = confusion_matrix(torch.from_numpy(truth), torch.from_numpy(prediction), num_classes)
    assert matrix.dtype == torch.int64
    assert np.array_equal(matrix, counted_by_loop(truth, prediction, num_classes))


INTEGERS = (
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
)


@pytest.mark.parametrize('truth_type', INTEGERS)
@pytest.mark.parametrize('prediction_type', INTEGERS)
@pytest.mark.parametrize('num_classes', [19, 66, 300])
def test_any_integer_type_is_counted_and_left_as_it_is(truth_type, prediction_type, num_classes):
    truth, prediction = random_ids(19, ignored=0)
    given_ids = torch.from_numpy(truth).to(truth_type), torch.from_numpy(prediction)
    given_ids = given_ids[0], given_ids[1].to(prediction_type)
    matrix = confusion_matrix(*given_ids, num_classes)
    assert np.array_equal(matrix, counted_by_loop(truth, prediction, num_classes))
    assert np.array_equal(given_ids[0], truth)
    assert np.array_equal(given_ids[1], prediction)


@st.composite
def labelled_pixels(draw):
    num_classes = draw(st.integers(1, 40))
    shape = draw(array_shapes(max_dims=3, max_side=12))
    ids = st.integers(0, num_classes - 1)
    truth = draw(arrays(np.int64, shape, elements=ids | st.just(255)))
    return truth, draw(arrays(np.int64, shape, elements=ids)), num_classes


def counted(truth, prediction, num_classes):
    return confusion_matrix(torch.from_numpy(truth), torch.from_numpy(prediction), num_classes)


@given(labelled_pixels())
def test_counts_equal_a_loop_and_sum_to_the_pixels(pixels):
    truth = pixels[0]
    matrix = counted(*pixels)
    assert np.array_equal(matrix, counted_by_loop(*pixels))
    assert matrix.sum() == (truth != 255).sum()


@given(labelled_pixels(), st.randoms(use_true_random=False))
def test_the_order_of_pixels_does_not_matter(pixels, random):
    truth, prediction, num_classes = pixels
    order = random.sample(range(truth.size), truth.size)
    shuffled = counted(truth.ravel()[order], prediction.ravel()[order], num_classes)
    assert torch.equal(shuffled, counted(*pixels))


def test_views_that_are_not_contiguous_are_counted():
    truth, prediction = random_ids(19)
    views = torch.from_numpy(truth).T[::2], torch.from_numpy(prediction).T[::2]
    matrix = confusion_matrix(*views, 19)
    assert np.array_equal(matrix, counted_by_loop(truth.T[::2], prediction.T[::2], 19))


def test_deterministic_algorithms_are_allowed():
    torch.use_deterministic_algorithms(True)
    try:
        truth, prediction = random_ids(19)
        assert np.array_equal(
            counted(truth, prediction, 19), counted_by_loop(truth, prediction, 19)
        )
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize('ignore_index', [-1, 255, 70_000])
def test_an_ignored_id_may_be_any_number(ignore_index):
    matrix = confusion_matrix(
        torch.tensor([ignore_index, 0, 1]), torch.tensor([1, 1, 0]), 2, ignore_index
    )
    assert matrix.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize('wrong', [2**8, 2**16, 2**32, 2**32 + 1, -(2**16), -(2**63)])
def test_ids_that_a_narrower_type_would_wrap_are_refused(wrong):
    for name, ids in (('truth', ([wrong], [0])), ('prediction', ([0], [wrong]))):
        with pytest.raises(ValueError, match=f'{name} holds ids from {wrong} to {wrong}'):
            confusion_matrix(*map(torch.tensor, ids), 19)


@pytest.mark.parametrize(
    ('number', 'dtype', 'ignore_index'),
    [(-1, torch.int8, 255), (255, torch.uint8, -1), (44, torch.uint8, 300)],
)
def test_an_ignore_index_that_the_type_cannot_hold_ignores_nothing(number, dtype, ignore_index):
    truth, prediction = torch.tensor([number, 0], dtype=dtype), torch.tensor([0, 0])
    with pytest.raises(ValueError, match='truth holds ids'):
        confusion_matrix(truth, prediction, 19, ignore_index)


def test_another_ignore_index_is_respected():
    truth, prediction = np.array([0, 1, 2, 1]), np.array([0, 2, 2, 1])
    matrix = confusion_matrix(torch.from_numpy(truth), torch.from_numpy(prediction), 3, 2)
    assert np.array_equal(matrix, [[1, 0, 0], [0, 1, 1], [0, 0, 0]])


def test_a_prediction_on_ignored_truth_may_be_anything():
    matrix = confusion_matrix(torch.tensor([255, 0]), torch.tensor([99, 1]), 2)
    assert matrix.tolist() == [[0, 1], [0, 0]]


def test_an_image_without_counted_pixels_counts_nothing():
    matrix = confusion_matrix(torch.full((3, 3), 255), torch.zeros(3, 3, dtype=torch.int64), 4)
    assert matrix.shape == (4, 4)
    assert not matrix.any()


@pytest.mark.parametrize(
    ('truth', 'prediction', 'name'),
    [([0, 19], [0, 1], 'truth'), ([-1, 0], [0, 1], 'truth'), ([0, 1], [0, 255], 'prediction')],
)
def test_ids_out_of_range_are_refused(truth, prediction, name):
    with pytest.raises(ValueError, match=rf'{name} holds ids from .*, expected \[0, 19\)'):
        confusion_matrix(torch.tensor(truth), torch.tensor(prediction), 19)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r'\(4, 4\) and prediction of shape \(4, 5\) differ'):
        confusion_matrix(torch.zeros(4, 4).long(), torch.zeros(4, 5).long(), 19)


def test_scores_follow_their_definitions():
    truth, prediction = random_ids(5)
    result = scores(counted_by_loop(truth, prediction, 5))
    counted = truth != 255
    for class_id in range(5):
        is_truth = (truth == class_id) & counted
        is_predicted = (prediction == class_id) & counted
        hits = (is_truth & is_predicted).sum()
        assert result.iou[class_id] == pytest.approx(100 * hits / (is_truth | is_predicted).sum())
        assert result.accuracy[class_id] == pytest.approx(100 * hits / is_truth.sum())
    assert result.miou == pytest.approx(result.iou.mean())
    assert result.mean_accuracy == pytest.approx(result.accuracy.mean())
    assert result.pixel_accuracy == pytest.approx(100 * (truth == prediction)[counted].mean())


def test_a_perfect_prediction_scores_one_hundred():
    result = scores(np.diag([4, 1, 7]))
    assert (result.miou, result.mean_accuracy, result.pixel_accuracy) == (100, 100, 100)


def test_classes_absent_from_the_truth_are_left_out_but_cost_the_others():
    matrix = np.array([[6, 0, 2], [0, 4, 0], [0, 0, 0]])
    result = scores(matrix)
    assert result.iou[:2].tolist() == [75, 100]
    assert np.isnan(result.iou[2])
    assert np.isnan(result.accuracy[2])
    assert result.miou == 87.5


def test_no_counts_give_no_scores():
    result = scores(np.zeros((3, 3)))
    assert np.isnan([result.miou, result.mean_accuracy, result.pixel_accuracy]).all()
    assert np.isnan(result.iou).all()


def test_counts_beyond_float32_are_exact():
    matrix = np.array([[2**40, 1], [0, 1]], dtype=np.int64)
    assert scores(matrix).iou[1] == 50
    assert scores(matrix).iou[0] == 100 * 2**40 / (2**40 + 1)


def test_precision_and_weighted_iou_follow_their_definitions():
    truth, prediction = random_ids(5)
    result = scores(counted_by_loop(truth, prediction, 5))
    counted = truth != 255
    weights = [(truth == class_id).sum() / counted.sum() for class_id in range(5)]
    for class_id in range(5):
        predicted = (prediction == class_id) & counted
        right = predicted & (truth == class_id)
        assert result.precision[class_id] == pytest.approx(100 * right.sum() / predicted.sum())
    assert result.mean_precision == pytest.approx(result.precision.mean())
    assert result.weighted_iou == pytest.approx(np.dot(weights, result.iou))


def test_precision_is_zero_for_a_class_that_is_never_predicted_and_nan_for_one_that_is_absent():
    result = scores(np.array([[3, 0, 1], [2, 0, 0], [0, 0, 0]]))
    assert result.precision.tolist()[:2] == [60.0, 0.0]
    assert np.isnan(result.precision[2])
    assert result.mean_precision == 30.0


def test_groups_count_as_their_merged_ids():
    truth, prediction = random_ids(6)
    groups = [[0, 3], [1], [2, 4, 5]]
    table = np.full(256, 255)
    for index, group in enumerate(groups):
        table[group] = index
    merged = grouped(counted_by_loop(truth, prediction, 6), groups)
    assert np.array_equal(merged, counted_by_loop(table[truth], table[prediction], 3))
