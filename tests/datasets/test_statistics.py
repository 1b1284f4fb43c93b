from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import center_of_mass

from cnsn_seg.datasets.statistics import ClassStatistics, measure

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))
LABELS = SHAPES.flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 7, 18, 255]))
)


def oracle(train_ids, tile):
    """RobustNet's rule, one tile and one class after the other."""
    side = min(tile, *train_ids.shape)
    rows = []
    for top in range(0, train_ids.shape[0] - side + 1, side):
        for left in range(0, train_ids.shape[1] - side + 1, side):
            patch = train_ids[top : top + side, left : left + side]
            for train_id in np.unique(patch[patch != 255]):
                y, x = center_of_mass(patch == train_id)
                rows.append((train_id, int(y) + top, int(x) + left))
    return np.array(rows, dtype=np.int32).reshape(-1, 3)


def check(train_ids, tile):
    pixels, centroids = measure(train_ids, tile)
    assert (pixels.dtype, pixels.shape, centroids.dtype) == (np.int64, (20,), np.int32)
    ids, counts = np.unique(train_ids, return_counts=True)
    expected = np.zeros(256, dtype=np.int64)
    expected[ids] = counts
    np.testing.assert_array_equal(pixels, expected[[*range(19), 255]])
    np.testing.assert_array_equal(centroids, oracle(train_ids, tile))


@given(LABELS, st.integers(1, 50))
def test_measure_is_exact(train_ids, tile):
    check(train_ids, tile)


def test_measure_of_large_labels_in_any_memory_order():
    noise = np.random.default_rng(0).integers(0, 20, (1040, 1060)).astype(np.uint8)
    noise[noise == 19] = 255
    check(noise, 1024)
    check(noise.T[::2, ::-1], 128)


def test_gta5_images_have_one_tile():
    train_ids = np.full((1052, 1914), 2, dtype=np.uint8)
    train_ids[1024:] = 3
    train_ids[:, 1024:] = 4
    pixels, centroids = measure(train_ids)
    assert centroids.tolist() == [[2, 511, 511]]
    assert pixels[2:5].tolist() == [1024 * 1024, 28 * 1024, 1052 * 890]


def test_tile_is_clipped_to_the_shorter_side():
    assert measure(np.zeros((128, 256), dtype=np.uint8))[1].tolist() == [[0, 63, 63], [0, 63, 191]]


def test_label_without_any_class():
    pixels, centroids = measure(np.full((8, 8), 255, dtype=np.uint8))
    assert pixels.tolist() == [0] * 19 + [64]
    assert centroids.shape == (0, 3)


@pytest.fixture
def labels():
    rng = np.random.default_rng(3)
    ids = np.uint8([0, 5, 13, 255])
    return {name: rng.choice(ids, (20, 30)) for name in ('lindau/a', 'lindau/b', 'ulm/a')}


@pytest.fixture
def statistics(labels):
    measurements = map(partial(measure, tile=8), labels.values())
    return ClassStatistics.from_measurements(list(labels), measurements, tile=8)


def assert_same(one, other):
    assert (one.names, one.tile) == (other.names, other.tile)
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.centroids, other.centroids)


def test_from_measurements(labels, statistics):
    assert statistics.names == ('lindau/a', 'lindau/b', 'ulm/a')
    for sample, train_ids in enumerate(labels.values()):
        pixels, centroids = measure(train_ids, 8)
        rows = statistics.centroids
        np.testing.assert_array_equal(statistics.pixels[sample], pixels)
        np.testing.assert_array_equal(rows[rows[:, 0] == sample][:, 1:], centroids)


def test_as_many_measurements_as_names(statistics):
    with pytest.raises(ValueError, match=r'pixels must be int64 of shape \(2, 20\)'):
        ClassStatistics.from_measurements(['a', 'b'], [measure(np.zeros((4, 4), np.uint8))], 1024)


def test_frequency_leaves_ignored_pixels_out(labels, statistics):
    everything = np.stack(list(labels.values()))
    everything = everything[everything != 255]
    expected = np.bincount(everything, minlength=19) / everything.size
    np.testing.assert_allclose(statistics.frequency, expected, rtol=1e-12)
    np.testing.assert_array_equal(statistics.select([]).frequency, np.zeros(19))


def test_save_and_load(tmp_path, statistics):
    path = tmp_path / 'cache' / 'statistics.npz'
    statistics.save(path)
    assert_same(ClassStatistics.load(path), statistics)
    assert list(path.parent.iterdir()) == [path]


def test_same_statistics_give_the_same_file(tmp_path, statistics):
    paths = [tmp_path / 'a.npz', tmp_path / 'b.npz']
    for path in paths:
        statistics.save(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_empty_statistics(tmp_path):
    empty = ClassStatistics.from_measurements([], [], tile=8)
    empty.save(tmp_path / 'empty.npz')
    assert_same(ClassStatistics.load(tmp_path / 'empty.npz'), empty)


def test_interrupted_save_keeps_the_file_that_was_there(tmp_path, statistics, monkeypatch):
    def fail(file, **arrays):
        file.write(b'half a fi')
        raise KeyboardInterrupt

    path = tmp_path / 'statistics.npz'
    statistics.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(np, 'savez_compressed', fail)
    with pytest.raises(KeyboardInterrupt):
        statistics.select([]).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npz': run tools/check_data\.py"):
        ClassStatistics.load(tmp_path / 'none.npz')


@pytest.mark.parametrize('content', [b'', b'a text', b'half'])
def test_files_of_another_kind(tmp_path, statistics, content):
    path = tmp_path / 'statistics.npz'
    statistics.save(path)
    path.write_bytes(path.read_bytes()[:300] if content == b'half' else content)
    with pytest.raises(ValueError, match=r"statistics\.npz' does not hold class statistics"):
        ClassStatistics.load(path)


def test_damaged_file(tmp_path, statistics):
    path = tmp_path / 'statistics.npz'
    statistics.save(path)
    content = bytearray(path.read_bytes())
    middle = content.index(b'pixels.npy') + 60
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"statistics\.npz' does not hold class statistics"):
        ClassStatistics.load(path)


def test_single_array(tmp_path):
    with (tmp_path / 'statistics.npz').open('wb') as file:
        np.save(file, np.zeros(3))
    with pytest.raises(ValueError, match=r"statistics\.npz' does not hold class statistics"):
        ClassStatistics.load(tmp_path / 'statistics.npz')


@pytest.mark.parametrize(
    'wrong',
    [
        {'names': np.array(['a'])},
        {'names': np.array([{}])},
        {'pixels': np.zeros((3, 19), dtype=np.int64)},
        {'pixels': np.zeros((3, 20))},
        {'centroids': np.zeros((5, 3), dtype=np.int32)},
        {'centroids': np.int32([[3, 0, 1, 1]])},
        {'centroids': np.int32([[-1, 0, 1, 1]])},
        {'centroids': np.int32([[0, 19, 1, 1]])},
        {'centroids': np.int32([[1, 0, 1, 1], [0, 0, 1, 1]])},
        {'tile': np.array([8, 8])},
        {'tile': None},
    ],
)
def test_arrays_of_another_kind(tmp_path, statistics, wrong):
    arrays = {**vars(statistics), 'names': np.array(statistics.names), **wrong}
    path = tmp_path / 'statistics.npz'
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(ValueError, match=r"statistics\.npz' does not hold class statistics"):
        ClassStatistics.load(path)


@pytest.mark.parametrize(
    'names', [[], ['ulm/a'], ['ulm/a', 'lindau/a'], ['lindau/b', 'ulm/a', 'lindau/b']]
)
def test_select_is_measuring_those(labels, statistics, names):
    measurements = [measure(labels[name], 8) for name in names]
    expected = ClassStatistics.from_measurements(names, measurements, tile=8)
    assert_same(statistics.select(names), expected)


def test_select_copes_with_samples_without_centroid():
    ignored, road = np.full((4, 4), 255, np.uint8), np.zeros((4, 4), np.uint8)
    measurements = [measure(ids) for ids in (ignored, road, ignored)]
    statistics = ClassStatistics.from_measurements('abc', measurements, tile=8)
    assert statistics.select('ac').centroids.shape == (0, 4)
    assert statistics.select('cba').centroids.tolist() == [[1, 0, 1, 1]]


def test_select_names_the_first_sample_it_lacks(statistics):
    with pytest.raises(ValueError, match=r"lack 'ulm/b'.*run tools/check_data\.py again"):
        statistics.select(['ulm/a', 'ulm/b', 'ulm/c'])
