from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnsn_seg.evaluation.jobs import check_writable, plan_jobs, short_names


@pytest.mark.parametrize(
    ('paths', 'names'),
    [
        (['w/cn_seed0/iter_7.pth', 'w/cn_seed1/iter_7.pth'], ['cn_seed0', 'cn_seed1']),
        (['w/cn/iter_7.pth', 'w/cn/iter_9.pth'], ['iter_7', 'iter_9']),
        (['a/x/iter_7.pth', 'b/x/iter_7.pth'], ['a', 'b']),
        (
            ['w/cn/iter_7.pth', 'w/cn/iter_9.pth', 'w/sn/iter_9.pth'],
            ['cn/iter_7', 'cn/iter_9', 'sn/iter_9'],
        ),
        (['/iter_7.pth', '/cn/iter_7.pth'], ['iter_7', 'cn']),
        (['a-b/c.pth', 'a/b-c.pth', 'x/c.pth'], ['a-b/c', 'a/b-c', 'x/c']),
        (['w/cn/iter_7.pth'], ['iter_7']),
    ],
)
def test_names_are_the_parts_that_differ(paths, names):
    assert short_names([Path(path) for path in paths]) == names


PARTS = st.lists(st.sampled_from(['a', 'b', 'iter_1', 'iter_2']), min_size=1, max_size=4)


@given(st.lists(PARTS.map(lambda parts: Path(*parts, 'x.pth')), min_size=2, unique=True))
def test_names_are_unique_and_never_empty(paths):
    names = short_names(paths)
    assert len(set(names)) == len(paths)
    assert all(names)


def test_several_checkpoints_get_a_folder_each(tmp_path):
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'x.pth').touch()
    one = plan_jobs([tmp_path / 'a/x.pth'], tmp_path / 'out', tmp_path / 'pictures')
    assert [(job.out, job.predictions) for job in one] == [
        (tmp_path / 'out', tmp_path / 'pictures')
    ]
    two = plan_jobs([tmp_path / 'a/x.pth', tmp_path / 'b/x.pth'], tmp_path / 'out')
    assert [job.out for job in two] == [tmp_path / 'out/a', tmp_path / 'out/b']
    assert [job.predictions for job in two] == [None, None]


def test_a_folder_below_a_file_cannot_be_written_to(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(NotADirectoryError, match=r'file/x/y.* cannot be a folder: .*file. is a f'):
        check_writable(tmp_path / 'file/x/y')
    check_writable(tmp_path / 'x/y')
    assert not (tmp_path / 'x').exists()
