"""Any ``results.json`` and ``images.npz`` is read as what it is, or refused with a sentence."""

import copy
import json
from pathlib import Path

import example_results
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cnsn_seg.evaluation.image_counts import ImageCounts, load_image_counts, save_image_counts
from cnsn_seg.evaluation.results import read_results

WITH_FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@pytest.fixture(scope='module')
def content():
    return example_results.example()


def places(value, path=()):
    """List the paths of all values inside."""
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def read(path: Path) -> str | None:
    try:
        results = read_results(path)
    except ValueError as error:
        assert '\n' not in str(error)
        assert str(path) in str(error)
        return str(error)
    json.dumps(results, allow_nan=False)
    return None


@WITH_FILES
@given(st.data())
def test_a_changed_value_is_refused_or_of_the_same_type(tmp_path, content, data):
    changed = copy.deepcopy(content)
    *parents, last = data.draw(st.sampled_from([path for path in places(changed) if path]))
    inside = changed
    for key in parents:
        inside = inside[key]
    if data.draw(st.booleans()):
        del inside[last]
    else:
        inside[last] = data.draw(JSON)
    path = tmp_path / 'results.json'
    path.write_text(json.dumps(changed))
    read(path)


@WITH_FILES
@given(st.binary(max_size=60))
@example(b'[' * 100_000)
@example(b'{"schema_version": 3' + b'0' * 5000 + b'}')
@example('{"schema_version": 3}'.encode('utf-16'))
@example(b'{"schema_version": NaN}')
def test_other_bytes_are_refused(tmp_path, content):
    path = tmp_path / 'results.json'
    path.write_bytes(content)
    assert read(path)


@pytest.mark.parametrize('number', ['NaN', 'Infinity', '-Infinity', '1e999'])
def test_scores_that_are_no_numbers_are_refused(tmp_path, content, number):
    text = json.dumps({**content, 'seconds': 123.25})
    path = tmp_path / 'results.json'
    path.write_text(text.replace('123.25', number))
    assert 'seconds' in read(path) or number in read(path)


@WITH_FILES
@given(st.integers(0, 2000), st.binary(max_size=9), st.integers(0, 9))
def test_damaged_image_counts(tmp_path, start, inserted, removed):
    path = tmp_path / 'images.npz'
    save_image_counts(path, {'gta': ImageCounts(['a', 'b'], np.ones((2, 3, 3), np.int32))})
    damaged = bytearray(path.read_bytes())
    start %= len(damaged)
    damaged[start : start + removed] = inserted
    path.write_bytes(damaged)
    try:
        counts = load_image_counts(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert all(isinstance(found, ImageCounts) for found in counts.values())
