"""What the command-line tools share."""

import sys
from collections.abc import Callable

USER_ERRORS = (OSError, ValueError, KeyError, ImportError)


def run(command: Callable[[], None]) -> None:
    """Run a tool; end with one sentence and exit code 1 where the user made a mistake.

    ``--debug`` on the command line shows the traceback instead.
    """
    try:
        command()
    except KeyboardInterrupt:
        sys.exit(130)
    except USER_ERRORS as error:
        if '--debug' in sys.argv:
            raise
        message = error.args[0] if isinstance(error, KeyError) and error.args else error
        print(f'error: {message} (--debug shows where)', file=sys.stderr)
        sys.exit(1)
