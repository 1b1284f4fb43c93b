import os

import pytest

from cnsn_seg.atomic_write import atomic_write


@pytest.mark.parametrize('durable', [False, True])
def test_the_file_appears_when_it_is_complete(tmp_path, durable):
    path = tmp_path / 'x.npz'
    path.write_text('old')
    with atomic_write(path, durable=durable) as temporary:
        temporary.write_text('new')
        assert path.read_text() == 'old'
        assert temporary.suffix == '.npz'
    assert path.read_text() == 'new'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('error', [KeyboardInterrupt, ValueError])
def test_an_exception_leaves_the_old_file(tmp_path, error):
    path = tmp_path / 'x'
    path.write_text('old')
    with pytest.raises(error), atomic_write(path) as temporary:
        temporary.write_text('half')
        raise error
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='needs /dev/full')
def test_a_full_disk_is_named(tmp_path):
    path = tmp_path / 'x'
    with (
        pytest.raises(OSError, match=r"cannot write '.*/x': No space left on device"),
        atomic_write(path) as temporary,
    ):
        temporary.symlink_to('/dev/full')
        temporary.write_text('new')
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_named(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"cannot write '.*gone/x': No such file"),
        atomic_write(tmp_path / 'gone/x') as temporary,
    ):
        temporary.write_text('new')
