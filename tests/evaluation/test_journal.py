import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnsn_seg.evaluation.domain_iou_metric import ImageRecord
from cnsn_seg.evaluation.journal import Journal

MATRIX = np.array([[3, 0], [1, 2**31]])


def record(name: str, confusion: np.ndarray | None = MATRIX, domain: str = 'gta') -> ImageRecord:
    return ImageRecord(domain, name, confusion, 'd' * 64)


def write(folder, *records, fingerprint='f', rank=0) -> Journal:
    journal = Journal(folder, fingerprint)
    journal.recover()
    journal.open(rank)
    for one in records:
        journal.add(one, 0.5)
    journal.close()
    return journal


def names(journal) -> list[str]:
    return sorted(found.name for found, _ in journal.records())


@given(arrays(np.int64, (3, 3), elements=st.integers(0, 2**40)))
def test_records_come_back_as_they_went(tmp_path_factory, confusion):
    folder = tmp_path_factory.mktemp('journal')
    ((found, seconds),) = write(folder, record('a/b', confusion)).records()
    assert (found.domain, found.name, found.digest, seconds) == ('gta', 'a/b', 'd' * 64, 0.5)
    assert (found.confusion == confusion).all()


def test_an_image_without_truth_has_no_counts(tmp_path):
    ((found, _),) = write(tmp_path, record('a', None)).records()
    assert found.confusion is None


@pytest.mark.parametrize('cut', range(1, 60, 7))
def test_a_record_that_was_cut_off_is_dropped_and_writing_goes_on(tmp_path, cut):
    write(tmp_path, record('a'), record('b'))
    path = tmp_path / 'rank0.jsonl'
    path.write_bytes(path.read_bytes()[:-cut])
    assert names(write(tmp_path, record('c'))) == ['a', 'c']


def test_a_header_that_was_cut_off_is_no_other_evaluation(tmp_path):
    (tmp_path / 'rank0.jsonl').write_text('{"fing')
    journal = Journal(tmp_path, 'f')
    assert not journal.recover()
    assert names(journal) == []


def test_another_fingerprint_discards(tmp_path):
    write(tmp_path, record('a'))
    write(tmp_path, record('b'), rank=1)
    other = Journal(tmp_path, 'g')
    assert other.recover()
    assert names(other) == []
    assert not other.recover()


def test_files_of_all_ranks_are_read_and_every_image_once(tmp_path):
    write(tmp_path, record('a'), record('b'))
    journal = write(tmp_path, record('b'), record('c'), rank=1)
    assert names(journal) == ['a', 'b', 'c']
    assert [one.name for one, _ in journal.records({('gta', 'c'), ('x', 'a')})] == ['c']


def test_removing_leaves_nothing(tmp_path):
    write(tmp_path / 'x', record('a')).remove()
    assert list(tmp_path.iterdir()) == []
