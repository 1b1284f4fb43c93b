"""Find where a training can continue."""

import logging
import re
from pathlib import Path

from mmengine.logging import print_log

from .load import load

_RESUMABLE = ('meta', 'state_dict', 'optimizer', 'message_hub')


def newest_checkpoint(work_dir: str | Path) -> Path | None:
    """Find the checkpoint of the last iteration, or epoch, that can be read in full.

    Damaged ones are named in a warning and passed over. Where ``CheckpointHook`` writes to another
    folder, MMEngine's ``last_checkpoint`` leads there.

    Args:
        work_dir: Folder of the training.

    Returns:
        The file, None where there is no checkpoint at all.

    Raises:
        ValueError: If there are checkpoints and all of them are damaged.
    """
    candidates = _candidates(_checkpoint_folder(Path(work_dir)))
    problems = []
    for path in candidates:
        if problem := _problem(path):
            print_log(f'{problem}; trying the one before', logger='current', level=logging.WARNING)
            problems.append(problem)
            continue
        return path
    if problems:
        raise ValueError(
            f'no checkpoint can be resumed from: {"; ".join(problems)}. Start again in another '
            'work dir, or without --resume'
        )
    return None


def _checkpoint_folder(work_dir: Path) -> Path:
    last = work_dir / 'last_checkpoint'
    noted = last.read_text(errors='replace').strip('\0 \n') if last.is_file() else ''
    return Path(noted).parent if noted and Path(noted).is_file() else work_dir


def _candidates(folder: Path) -> list[Path]:
    """List checkpoints, the newest first."""
    numbered = [
        (int(match[1]), path)
        for path in folder.glob('*.pth')
        if (match := re.fullmatch(r'(?:iter|epoch)_(\d+)\.pth', path.name))
    ]
    return [path for _, path in sorted(numbered, reverse=True)]


def _problem(path: Path) -> str | None:
    """Say why a training cannot continue from a file, None if it can."""
    try:
        content = load(path)
    except (OSError, ValueError) as error:
        return str(error)
    if missing := [key for key in _RESUMABLE if key not in content]:
        return f"'{path}' lacks {', '.join(missing)}"
    return None
