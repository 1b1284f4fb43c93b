"""Making and adding: determinism, and respect for what is there already."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from miniature_size import TRAIN, VAL

from cnsn_seg.miniature import DEFAULT, DOMAINS, FORMATS, TargetError, make_miniature

TOOL = Path(__file__).parents[2] / 'tools' / 'make_miniature.py'


def _make(out, **options):
    return make_miniature(out, **{'seed': 7, 'train': TRAIN, 'val': VAL, 'workers': 1, **options})


@pytest.fixture(scope='module')
def default(tmp_path_factory):
    """The four data sets that are made unless others are asked for."""
    out = tmp_path_factory.mktemp('sets') / 'default'
    assert _make(out)
    return out


@pytest.fixture
def copy(default, tmp_path):
    return Path(shutil.copytree(default, tmp_path / 'copy'))


def _digests(root):
    files = sorted(p for p in root.rglob('*') if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_four_data_sets_are_made_by_default(default):
    assert {p.name for p in default.iterdir() if p.is_dir()} == {*DEFAULT}


def test_files_do_not_depend_on_the_number_of_workers_or_on_what_was_made_first(
    default, copy, everything
):
    assert _make(copy, domains=FORMATS, workers=2)
    added = _digests(copy)
    assert added == _digests(everything)
    kept = {k: v for k, v in _digests(default).items() if '/' in k}
    assert kept.items() <= added.items()


def test_adding_leaves_files_in_place(copy):
    before = {p: p.stat().st_mtime_ns for p in copy.rglob('*.png') if p.parent != copy}
    assert _make(copy, domains=['dark_zurich', 'gta5'])
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert (copy / 'dark_zurich').is_dir()
    assert not (copy / 'acdc').exists()


def test_nothing_is_left_beside_the_set(default, everything):
    for root in (default, everything):
        assert not [p.name for p in root.parent.iterdir() if p.name.startswith('.')]


def test_the_same_set_is_not_made_twice(everything):
    before = _digests(everything)
    assert not _make(everything)
    assert not _make(everything, domains=['idd', 'acdc'])
    assert _digests(everything) == before


def test_a_manifest_from_before_there_was_a_choice_means_the_four(copy):
    manifest = json.loads((copy / 'miniature.json').read_text())
    del manifest['domains']
    (copy / 'miniature.json').write_text(json.dumps(manifest))
    assert not _make(copy)
    assert _make(copy, domains=['nighttime_driving'])
    names = json.loads((copy / 'miniature.json').read_text())['domains']
    assert names == [*DEFAULT, 'nighttime_driving']


def test_a_data_set_that_is_listed_but_missing_is_made_again(copy):
    before = _digests(copy)
    shutil.rmtree(copy / 'bdd100k')
    assert _make(copy)
    assert _digests(copy) == before


@pytest.mark.parametrize('change', [{'seed': 8}, {'train': TRAIN + 1}, {'val': VAL + 1}])
def test_another_set_is_never_overwritten(default, change):
    before = _digests(default)
    with pytest.raises(TargetError, match='another miniature'):
        _make(default, domains=['idd'], **change)
    assert _digests(default) == before


def test_a_folder_of_someone_else_is_never_overwritten(copy):
    (copy / 'acdc').mkdir()
    (copy / 'acdc/mine.txt').write_text('mine')
    with pytest.raises(TargetError, match='acdc is no part of the miniature'):
        _make(copy, domains=['acdc'])
    assert (copy / 'acdc/mine.txt').read_text() == 'mine'


def test_an_interrupted_addition_leaves_everything_as_it_was(copy):
    before = _digests(copy)

    def interrupt(images, total):
        yield next(iter(images))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _make(copy, domains=['acdc'], progress=interrupt)
    assert _digests(copy) == before
    assert [p.name for p in copy.parent.iterdir()] == ['copy']


def test_unknown_data_sets_are_named(tmp_path):
    with pytest.raises(ValueError, match="'kitti'"):
        _make(tmp_path, domains=['kitti'])


def test_opencv_threads_in_the_caller_do_not_stall_the_workers(tmp_path):
    script = (
        'import cv2, numpy as np\n'
        'from cnsn_seg.miniature import make_miniature\n'
        'cv2.setNumThreads(2)\n'
        'cv2.GaussianBlur(np.zeros((2000, 2000), np.float32), (0, 0), 3)\n'
        f'make_miniature({str(tmp_path / "set")!r}, domains=["idd"], train=1, val=2, workers=2)\n'
        'assert cv2.getNumThreads() == 2\n'
    )
    subprocess.run([sys.executable, '-c', script], check=True, timeout=60, capture_output=True)


def test_the_sheet_shows_every_domain_once_and_wraps(default, everything):
    few, many = (
        cv2.imread(str(root / 'contact_sheet.png')).shape for root in (default, everything)
    )
    assert few[1] > 4 * 512
    assert many[1] < few[1]
    assert np.prod(many) / np.prod(few) == pytest.approx(len(DOMAINS) / 4 * 4 / 6, rel=0.1)


def test_the_tool_refuses_a_folder_in_use_in_one_line(tmp_path):
    (tmp_path / 'holiday.txt').write_text('mine')
    command = [sys.executable, str(TOOL), '--out', str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'holds no miniature' in done.stderr
    assert 'Traceback' not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ['holiday.txt']


def test_the_tool_makes_what_it_is_asked_for(tmp_path):
    size = ['--train', '1', '--val', '1', '--workers', '1']
    command = [sys.executable, str(TOOL), '--out', str(tmp_path), *size]
    subprocess.run([*command, '--domains', 'acdc', 'mapillary_v2'], check=True, capture_output=True)
    assert {p.name for p in tmp_path.iterdir() if p.is_dir()} == {'acdc', 'mapillary_v2'}
    subprocess.run([*command, '--domains', 'all'], check=True, capture_output=True)
    assert {p.name for p in tmp_path.iterdir() if p.is_dir()} == {*DOMAINS, 'mapillary_v2'}
