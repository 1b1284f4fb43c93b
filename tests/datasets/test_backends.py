"""Data that lives elsewhere: over HTTP, which cannot list, and in an object store, which can."""

import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from mmengine.fileio import LocalBackend
from mmengine.fileio.backends import backends, prefix_to_backends, register_backend

PIPELINE = ['LoadImage', 'LoadTrainIds', 'ProtocolView', 'PackDomainInputs']


def pipeline(backend_args: dict | None = None) -> list[dict]:
    loading = [{'type': name, 'backend_args': backend_args} for name in PIPELINE[:2]]
    return [*loading, *({'type': name} for name in PIPELINE[2:])]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve ``tmp_path`` to this machine."""
    with ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


class ObjectStore(LocalBackend):
    """A store whose keys begin with ``store://`` and which sees no other path."""

    def __init__(self, root: str) -> None:
        self.root = root

    def _key(self, path: str) -> str:
        assert path.startswith('store://'), path
        return os.path.join(self.root, path.removeprefix('store://'))

    def get(self, filepath):
        return super().get(self._key(filepath))

    def get_text(self, filepath, encoding='utf-8'):
        return super().get_text(self._key(filepath), encoding)

    def isdir(self, filepath):
        return super().isdir(self._key(filepath))

    def list_dir_or_file(self, dir_path, *args, **kwargs):
        return super().list_dir_or_file(self._key(dir_path), *args, **kwargs)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[dict]:
    register_backend('store', ObjectStore, prefixes='store')
    yield {'backend': 'store', 'root': str(tmp_path)}
    del backends['store'], prefix_to_backends['store']


def test_data_over_http(name, download, address, tmp_path):
    files = download(name)
    local = files.build(pipeline=pipeline(), test_mode=True)
    names = [local.get_data_info(index)['sample_name'] for index in range(2)]
    (tmp_path / 'names.txt').write_text('\n'.join(names))
    remote = files.dataset(
        f'{address}/{name}',
        files.split,
        ann_file=f'{address}/names.txt',
        pipeline=pipeline({'backend': 'http'}),
        backend_args={'backend': 'http'},
        test_mode=True,
        **files.arguments,
    )
    assert_same_samples(remote, local)


def test_a_file_missing_over_http_is_named(download, address, tmp_path):
    files = download('bdd100k')
    (tmp_path / 'names.txt').write_text('nowhere')
    remote = files.dataset(
        f'{address}/bdd100k', 'val', ann_file=f'{address}/names.txt', pipeline=pipeline()
    )
    with pytest.raises(ValueError, match=r'nowhere\.jpg. cannot be read: HTTP Error 404'):
        remote[0]


def test_data_in_an_object_store(name, download, store):
    files = download(name)
    local = files.build(pipeline=pipeline(), test_mode=True)
    remote = files.dataset(
        f'store://{name}',
        files.split,
        pipeline=pipeline(store),
        backend_args=store,
        test_mode=True,
        **files.arguments,
    )
    assert_same_samples(remote, local)


def test_what_is_wrong_in_an_object_store(download, store):
    files = download('mapillary')
    for label in files.labels:
        label.unlink()
    with pytest.raises(FileNotFoundError, match=r"no label '\*\.png' in 'store://mapillary/valid"):
        files.dataset('store://mapillary', 'val', backend_args=store)


def assert_same_samples(remote, local) -> None:
    assert len(remote) == len(local) == 2
    for one, other in zip(remote, local, strict=True):
        np.testing.assert_array_equal(one['inputs'], other['inputs'])
        one, other = one['data_samples'], other['data_samples']
        np.testing.assert_array_equal(one.gt_sem_seg.data, other.gt_sem_seg.data)
        assert (one.img_sha256, one.domain) == (other.img_sha256, other.domain)
