import errno
import re
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from small_training import Score, train
from training_state import state

from cnsn_seg.checkpoints import newest_checkpoint
from cnsn_seg.version import __version__

KEEP_ONE = dict(max_keep_ckpts=1)


def files(work_dir: Path) -> list[str]:
    return sorted(path.name for path in work_dir.glob('*.pth')) + [
        path.name for path in work_dir.glob('.*')
    ]


@pytest.fixture
def full_disk(monkeypatch):
    """Make files of a name too large for the disk."""

    def fill(pattern: str, code: int = errno.ENOSPC) -> None:
        write = Path.write_bytes

        def write_some(path: Path, content: bytes) -> int:
            if not re.search(pattern, path.name):
                return write(path, content)
            write(path, content[: len(content) // 2])
            raise OSError(code, 'No space left on device', str(path))

        monkeypatch.setattr(Path, 'write_bytes', write_some)

    return fill


def test_an_outdated_checkpoint_goes_when_the_next_is_there(tmp_path):
    class Watch(Hook):
        priority = 'LOWEST'
        seen: list[list[str]] = []

        def before_save_checkpoint(self, runner, checkpoint):
            self.seen.append(files(tmp_path))

    watch = Watch()
    train(tmp_path, iterations=3, checkpoint=KEEP_ONE, hooks=[watch])
    assert watch.seen == [[], ['iter_1.pth'], ['iter_2.pth']]
    assert files(tmp_path) == ['iter_3.pth']


def test_a_full_disk_costs_nothing_but_the_time_since_the_last_checkpoint(tmp_path, full_disk):
    with pytest.MonkeyPatch.context(), pytest.raises(OSError) as caught:
        full_disk(r'iter_4\.pth')
        train(tmp_path / 'parts', iterations=6, checkpoint=KEEP_ONE)
    assert re.search(
        r"not saved: cannot write '.*iter_4\.pth': No space left on device; '.*iter_3\.pth' is "
        'complete, go on from it with --resume',
        str(caught.value),
    )
    assert files(tmp_path / 'parts') == ['iter_3.pth']


def test_training_goes_on_from_what_a_full_disk_left(tmp_path, full_disk, monkeypatch):
    full_disk(r'iter_4\.pth')
    with pytest.raises(OSError, match='not saved'):
        train(tmp_path / 'parts', checkpoint=KEEP_ONE)
    monkeypatch.undo()
    newest = newest_checkpoint(tmp_path / 'parts')
    train(tmp_path / 'parts', checkpoint=KEEP_ONE, resume=True, load_from=str(newest))
    train(tmp_path / 'whole', checkpoint=KEEP_ONE)
    assert state(tmp_path / 'parts', 10) == state(tmp_path / 'whole', 10)


def test_the_best_checkpoint_is_kept_until_a_better_one_is_there(tmp_path, full_disk, monkeypatch):
    scores = iter([1.0, 2.0, 3.0])
    monkeypatch.setattr(Score, 'compute_metrics', lambda *_: dict(score=next(scores)))
    full_disk(r'best_score_iter_3\.pth')
    best = dict(save_best='score', rule='greater', **KEEP_ONE)
    with pytest.raises(OSError, match=r"best_score_iter_3\.pth'.*'.*/iter_3\.pth' is complete"):
        train(tmp_path, val_interval=1, checkpoint=best)
    assert files(tmp_path) == ['best_score_iter_2.pth', 'iter_3.pth']


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / '.4711.iter_5.pth').write_text('half')
    train(tmp_path, iterations=1)
    assert files(tmp_path) == ['iter_1.pth']


def test_a_checkpoint_says_what_was_trained_with_what(tmp_path):
    train(tmp_path, iterations=1)
    meta = torch.load(tmp_path / 'iter_1.pth', weights_only=True)['meta']
    assert meta['versions']['cnsn_seg'] == __version__
    assert meta['versions']['torch'] == torch.__version__
    assert meta['protocol'] is None
    assert meta['git_commit'] is None or re.fullmatch('[0-9a-f]{40}(-dirty)?', meta['git_commit'])
