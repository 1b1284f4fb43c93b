"""Walking many pairs: in parallel, and only those that are not known yet."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tiny_data import HEIGHT, TOOL, WIDTH, Downloaded, write_image, write_label

from cnsn_seg.checking import walk as module
from cnsn_seg.checking.samples import Pair, check_pair
from cnsn_seg.checking.walk import parallel, walk


@pytest.fixture
def pairs(download) -> list[Pair]:
    return _pairs(download('bdd100k'))


@pytest.fixture
def checked(monkeypatch) -> list[str]:
    """Names of the samples that are really loaded, in order."""
    names = []

    def spy(pair: Pair):
        names.append(pair.name)
        return check_pair(pair)

    monkeypatch.setattr(module, 'check_pair', spy)
    return names


def _pairs(data: Downloaded) -> list[Pair]:
    files = zip(data.form.names, data.images, data.labels, strict=True)
    return [
        Pair('val', name, str(image), str(label), 'train_ids', False)
        for name, image, label in files
    ]


def _same(first, second) -> bool:
    return all(
        a.findings == b.findings
        and np.array_equal(a.pixels, b.pixels)
        and np.array_equal(a.centroids, b.centroids)
        for a, b in zip(first, second, strict=True)
    )


def test_a_second_walk_loads_nothing(pairs, checked, tmp_path):
    first = walk(pairs, tmp_path / 'journal', 1)
    assert checked == [pair.name for pair in pairs]
    second = walk(pairs, tmp_path / 'journal', 1)
    assert len(checked) == len(pairs)
    assert _same(first, second)


@pytest.mark.parametrize('cut', [2, 30, 200])
def test_a_walk_that_was_killed_continues(cut, pairs, checked, tmp_path):
    journal = tmp_path / 'journal'
    complete = walk(pairs, journal, 1)
    content = journal.read_bytes()
    journal.write_bytes(content[:-cut])
    checked.clear()
    assert _same(walk(pairs, journal, 1), complete)
    assert checked == [pairs[-1].name]
    checked.clear()
    assert _same(walk(pairs, journal, 1), complete)
    assert not checked


def test_an_interrupted_walk_keeps_what_it_has(pairs, checked, tmp_path):
    def interrupted(stream, total):
        next(iter(stream))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk(pairs, tmp_path / 'journal', 1, interrupted)
    walk(pairs, tmp_path / 'journal', 1)
    assert sorted(checked) == sorted(pair.name for pair in pairs)


def test_a_changed_file_is_checked_again(pairs, checked, tmp_path):
    walk(pairs, tmp_path / 'journal', 1)
    Path(pairs[1].image).write_bytes(b'')
    checked.clear()
    outcomes = walk(pairs, tmp_path / 'journal', 1)
    assert checked == [pairs[1].name]
    assert [kind for kind, _ in outcomes[1].findings] == ['undecodable']


def test_another_label_space_is_checked_again(pairs, checked, tmp_path):
    walk(pairs, tmp_path / 'journal', 1)
    checked.clear()
    walk([pair._replace(label_space='cityscapes') for pair in pairs], tmp_path / 'journal', 1)
    assert len(checked) == len(pairs)


def test_processes_find_what_one_finds(pairs, tmp_path):
    Path(pairs[2].label).write_bytes(b'')
    assert _same(walk(pairs, tmp_path / 'one', 1), walk(pairs, tmp_path / 'two', 2))


def test_a_process_that_is_killed_ends_the_walk():
    with pytest.raises(ChildProcessError, match='fewer --workers'):
        list(parallel(_die, range(20), 2))


def _die(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_decoder_that_breaks_stops_nothing(pairs, monkeypatch):
    def breaks(content):
        raise MemoryError('too large')

    monkeypatch.setattr('cnsn_seg.checking.samples.decode_image', breaks)
    outcome = check_pair(pairs[0])
    assert outcome.findings[0][0] == 'undecodable'
    assert 'cannot be decoded: MemoryError: too large' in outcome.findings[0][1]


def test_ctrl_c_leaves_a_journal_to_continue_from(tmp_path):
    root = tmp_path / 'bdd100k'
    for number in range(400):
        write_image(root / f'images/10k/val/{number:03d}.jpg', 720, 1280)
        labels = root / f'labels/sem_seg/masks/val/{number:03d}.png'
        write_label(labels, np.zeros((HEIGHT, WIDTH), np.uint8))
        if number == 0:
            source = root / 'images/10k/val/000.jpg'
            content = source.read_bytes()
        else:
            (root / f'images/10k/val/{number:03d}.jpg').write_bytes(content)
    journal = tmp_path / 'work_dirs/check_data/bdd100k/journal.jsonl'
    command = [sys.executable, str(TOOL), f'bdd100k={root}', '--workers', '2']
    process = subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stdout=-1, stderr=-1, text=True
    )
    while not journal.is_file() or journal.stat().st_size < 2000:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, output + errors
    assert 'Traceback' not in errors
    known = len(journal.read_text().splitlines())
    assert 0 < known < 400
