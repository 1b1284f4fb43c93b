"""What the command-line tools share."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
from mmengine.config import Config, DictAction
from tqdm import tqdm

from .engine import load_config, lost_ranks_as_errors
from .error_log import write_traceback

USER_ERRORS = (OSError, ValueError, KeyError, ImportError, MemoryError, FloatingPointError)


def tool_parser(description: str | None, **options: Any) -> argparse.ArgumentParser:
    """Start the parser of a tool, with the option that all of them have.

    Args:
        description: What the tool does.
        **options: Passed to ``ArgumentParser``.
    """
    parser = argparse.ArgumentParser(description=description, **options)
    parser.add_argument('--debug', action='store_true', help='show tracebacks')
    return parser


def config_parser(description: str) -> argparse.ArgumentParser:
    """Start the parser of a tool that works on a config, with the options all of them have."""
    parser = tool_parser(description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='where logs and checkpoints go')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value pairs that override'
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser


def config_of(args: argparse.Namespace) -> Config:
    """Load the config that the arguments of a :func:`config_parser` ask for."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    return load_config(
        args.config, work_dir=args.work_dir, options=args.cfg_options, launcher=args.launcher
    )


def image_progress(images: Iterable[None], total: int, title: str | None = None) -> Iterable[None]:
    """Show a stream of finished images as a progress bar with the time left."""
    return tqdm(images, total=total, unit='image', desc=title)


@contextmanager
def image_bar(total: int | None, title: str) -> Iterator[Callable[[], object]]:
    """Show a progress bar with the time left, where the total is known.

    Call what it yields after every image.
    """
    with tqdm(total=total, unit='image', desc=title) as bar:
        yield bar.update


def run(command: Callable[[], None]) -> None:
    """Run a tool; end with one sentence, the path of the log and exit code 1 where it fails.

    ``--debug`` on the command line shows the traceback instead. An interrupt ends with 130, a
    request to terminate with 143, after everything has been cleaned up.
    """
    signal.signal(signal.SIGTERM, _terminate)
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    try:
        with lost_ranks_as_errors():
            command()
            sys.stdout.flush()
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
        _end_quietly(130)
    except BrokenPipeError:  # whoever read the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if '--debug' in sys.argv:
            raise
        log = write_traceback(error)
        where = f'log: {log}' if log else '--debug shows where'
        print(f'{_rank()}error: {_sentence(error)} ({where})', file=sys.stderr)
        sys.exit(1)


def _terminate(*_: Any) -> NoReturn:
    _end_quietly(143)


def _end_quietly(code: int) -> NoReturn:
    """End without what PyTorch's half-started data loaders have to say about it."""
    sys.unraisablehook = lambda _: None
    sys.exit(code)


def _rank() -> str:
    rank = os.environ.get('RANK', '0')
    return '' if rank == '0' else f'rank {rank}: '


def _sentence(error: Exception) -> str:
    """Say in one line what is wrong, and where it is not the user's mistake, that it is not."""
    message = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    line = _without_worker(message).strip().partition('\n')[0]
    if _is_out_of_memory(error, message):
        return f'not enough memory: lower the batch size or the crop size ({line})'
    if 'does not have a deterministic implementation' in message:
        return f'{line}; train without --deterministic, or without what needs it'
    if isinstance(error, USER_ERRORS) or 'got an unexpected keyword argument' in message:
        return line or type(error).__name__
    return f'unexpected {type(error).__name__}: {line}; please report it with the log'


def _is_out_of_memory(error: Exception, message: str) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate" in message


def _without_worker(message: str) -> str:
    """Reduce the traceback that PyTorch makes of an error in a data loader's process to it."""
    if message.startswith('Caught ') and 'DataLoader worker process' in message:
        return message.rstrip().rpartition('\n')[2].partition(': ')[2]
    return message
