"""The progress of an evaluation."""

from types import TracebackType

from mmengine.dist import get_world_size, is_main_process
from tqdm import tqdm


class Progress:
    """A bar over the images of all checkpoints, with the time left.

    Args:
        total: Number of images of all checkpoints together.
        is_shown: Whether there is a bar, on the main process.
    """

    def __init__(self, total: int, is_shown: bool) -> None:
        self._bar = tqdm(total=total, unit='image', disable=not (is_shown and is_main_process()))

    def start(self, title: str, done: int) -> None:
        """Begin with a checkpoint of which some images are done, which say nothing about speed."""
        self._bar.set_description(title, refresh=False)
        if not self._bar.disable:
            self._bar.initial += done
        self._bar.update(done)

    def advance(self, domain: str, count: int) -> None:
        """Move on by a batch of this rank; the others have done about as much."""
        self._bar.set_postfix_str(domain, refresh=False)
        self._bar.update(min(count * get_world_size(), self._bar.total - self._bar.n))

    def __enter__(self) -> 'Progress':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()


def note(sentence: str) -> None:
    """Tell the user something, past a bar."""
    if is_main_process():
        tqdm.write(f'note: {sentence}')
