"""Where tracebacks go that users do not have to see."""

import logging
import os
import shlex
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from mmengine.logging import MMLogger


def write_traceback(error: BaseException) -> Path | None:
    """Append a traceback to the log of this run.

    That is MMEngine's log file in the work dir, where the run has got as far, else a new file in
    ``cnsn_seg`` in the system's folder for temporary files.

    Returns:
        The file, None if it cannot be written.
    """
    with suppress(OSError):
        path = _log_of_run() or _new_log()
        with path.open('a', encoding='utf-8') as file:
            file.write(f'{time.strftime("%Y/%m/%d %H:%M:%S")} {shlex.join(sys.argv)}\n')
            file.writelines(traceback.format_exception(error))
        return path
    return None


def _log_of_run() -> Path | None:
    for handler in MMLogger.get_current_instance().handlers:
        if isinstance(handler, logging.FileHandler) and Path(handler.baseFilename).is_file():
            return Path(os.path.relpath(handler.baseFilename))
    return None


def _new_log() -> Path:
    folder = Path(tempfile.gettempdir()) / 'cnsn_seg'
    folder.mkdir(exist_ok=True)
    tool = Path(sys.argv[0]).stem or 'python'
    return folder / f'{tool}_{time.strftime("%Y%m%d_%H%M%S")}_{os.getpid()}.log'
