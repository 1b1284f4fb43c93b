"""One sentence where another rank of a distributed run is gone."""

import atexit
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_GLOO = re.compile(r'^\[\S*/gloo/\S*\] ')  # the place in gloo's sources


@contextmanager
def lost_ranks_as_errors() -> Iterator[None]:
    """Replace what PyTorch raises in an operation that other ranks take no part in.

    Gloo notices at once that a rank is dead, and after the process group's timeout that one hangs.

    The process then ends without PyTorch's own clean-up, which may wait for the rank that is gone.

    Raises:
        ConnectionError: With a sentence for the user.
    """
    try:
        yield
    except RuntimeError as error:
        if not _is_of_process_group(error):
            raise
        atexit.register(_end_at_once)
        cause = _GLOO.sub('', str(error)).splitlines()[0].split('. ')[0]
        raise ConnectionError(
            f'rank {os.environ.get("RANK", 0)} lost another rank, which ended or hangs: look for '
            f'what that one said, then start all again, a training with --resume ({cause})'
        ) from error


def _end_at_once() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _is_of_process_group(error: RuntimeError) -> bool:
    return isinstance(error, torch.distributed.DistError) or bool(_GLOO.match(str(error)))
