"""What the command-line tools share."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from mmengine.config import Config, DictAction
from tqdm import tqdm

from .engine import load_config, lost_ranks_as_errors

USER_ERRORS = (OSError, ValueError, KeyError, ImportError, MemoryError, FloatingPointError)


def config_parser(description: str) -> argparse.ArgumentParser:
    """Start the parser of a tool that works on a config, with the options all of them have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='where logs and checkpoints go')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value pairs that override'
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument('--debug', action='store_true', help='show tracebacks')
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
    """Run a tool; end with one sentence and exit code 1 where the user made a mistake.

    ``--debug`` on the command line shows the traceback instead.
    """
    try:
        with lost_ranks_as_errors():
            command()
    except KeyboardInterrupt:
        sys.exit(130)
    except USER_ERRORS as error:
        if '--debug' in sys.argv:
            raise
        message = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
        print(f'error: {_without_worker(message)} (--debug shows where)', file=sys.stderr)
        sys.exit(1)


def _without_worker(message: str) -> str:
    """Reduce the traceback that PyTorch makes of an error in a data loader's process to it."""
    if message.startswith('Caught ') and 'DataLoader worker process' in message:
        return message.rstrip().rpartition('\n')[2].partition(': ')[2]
    return message
