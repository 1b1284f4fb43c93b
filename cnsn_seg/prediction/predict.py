"""Predict images, videos and cameras into a folder."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from mmengine.config import Config
from tqdm import tqdm

from cnsn_seg.datasets.decoding import decode_image
from cnsn_seg.evaluation.jobs import check_writable
from cnsn_seg.evaluation.options import use_slide
from cnsn_seg.evaluation.png import save_png

from .formats import FORMATS, Format, check_classes
from .inputs import Input
from .segmenter import Segmenter, in_fitting_batches
from .video import FrameReader, VideoFile

Bar = Callable[[int | None, str], AbstractContextManager[Callable[[], object]]]
_DECODED_AHEAD = 4


@dataclass(frozen=True)
class Outputs:
    """Where the pictures of inputs go, and in which format.

    Args:
        folder: The folder.
        format_name: One of ``FORMATS``.
    """

    folder: Path
    format_name: str

    @property
    def make(self) -> Format:
        """Makes the pixels that are written."""
        return FORMATS[self.format_name]

    @property
    def are_videos(self) -> bool:
        """Whether a video becomes a video, and not a folder of its frames."""
        return self.format_name == 'overlay'

    def path(self, source: Input) -> Path:
        """File, or folder of frames, that an input becomes."""
        suffix = '.png' if source.is_image else '.mp4' if self.are_videos else ''
        return self.folder / source.name.with_name(source.name.name + suffix)

    def check(self, inputs: Sequence[Input], overwrite: bool) -> None:
        """Make sure that nothing is lost by writing.

        Raises:
            FileExistsError: If an output is there already and may not be overwritten, or is the
                file of an input.
            OSError: If the folder cannot be written to.
        """
        check_writable(self.folder)
        files = {one.source.resolve() for one in inputs if not one.is_camera}
        for path in map(self.path, inputs):
            if path.resolve() in files:
                raise FileExistsError(f"'{path}' is to be predicted: choose another --out")
            if path.exists() and not overwrite:
                raise FileExistsError(
                    f"'{path}' exists already: choose another --out, or replace what is there "
                    '(--overwrite)'
                )


def predict(
    cfg: Config,
    checkpoint: str | Path,
    inputs: Sequence[Input],
    out: str | Path,
    *,
    format_name: str = 'overlay',
    slide: bool = False,
    max_frames: int | None = None,
    overwrite: bool = False,
    bar: Bar = lambda total, title: nullcontext(lambda: None),
) -> None:
    """Predict images at their own size, and videos frame by frame.

    An image becomes ``out/<name>.png``. A video becomes ``out/<name>.mp4`` as an overlay, and a
    folder of PNGs, one a frame, as ids. Files appear under their names once they are whole. What
    cannot be decoded is named at once and passed over. A camera is read until ``max_frames`` or
    Ctrl-C.

    Args:
        cfg: Config of the model.
        checkpoint: Its checkpoint.
        inputs: What to predict, see :func:`plan_inputs`.
        out: Folder to write to.
        format_name: One of ``FORMATS``: ``'overlay'``, the image mixed with the Cityscapes colours;
            ``'train-ids'``; ``'label-ids'``, which the Cityscapes server takes. Defaults to
            ``'overlay'``.
        slide: Whether the model slides over images in windows of the training's crop size.
            Defaults to False (as ``model.test_cfg`` says).
        max_frames: Most frames of each video or camera. Defaults to None (all).
        overwrite: Whether files that are there may be replaced. Defaults to False.
        bar: Shows progress over a number of images, None if it is not known, under a title; its
            context is a function to call after every image. Defaults to none.

    Raises:
        FileExistsError: As :meth:`Outputs.check` says, before anything is predicted.
        OSError: If an output cannot be written.
        ValueError: If the model does not fit the checkpoint or the format; at the end, if inputs
            could not be predicted, or not completely.
        MemoryError: If an image does not fit into memory.
    """
    outputs = Outputs(Path(out), format_name)
    outputs.check(inputs, overwrite)
    if slide:
        use_slide(cfg)
    segmenter = Segmenter(cfg, checkpoint)
    check_classes(format_name, segmenter.num_classes)
    problems = _Problems()
    images = [one for one in inputs if one.is_image]
    if images:
        with bar(len(images), 'images') as advance:
            _predict_images(images, outputs, segmenter, problems, advance)
    for one in inputs:
        if not one.is_image:
            _predict_video(one, outputs, segmenter, problems, max_frames, bar)
    if problems.found:
        raise ValueError(
            f'{len(problems.found)} of {len(inputs)} inputs could not be predicted completely: '
            + '; '.join(problems.found)
        )


class _Problems:
    """Collects what is wrong with inputs, and tells it at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, error: Exception) -> None:
        self.found.append(str(error))
        tqdm.write(f'passed over: {error}')


def _predict_images(
    images: Sequence[Input],
    outputs: Outputs,
    segmenter: Segmenter,
    problems: _Problems,
    advance: Callable[[], object],
) -> None:
    def whole() -> Iterator[tuple[Input, np.ndarray]]:
        for one, future in _ahead(images, _load):
            try:
                yield one, future.result()
            except (OSError, ValueError) as error:
                problems.add(error)
                advance()

    predicted = in_fitting_batches(whole(), segmenter, segmenter.largest_batch)
    for one, image, train_ids in predicted:
        save_png(outputs.path(one), outputs.make(image, train_ids))
        advance()


def _predict_video(
    source: Input,
    outputs: Outputs,
    segmenter: Segmenter,
    problems: _Problems,
    max_frames: int | None,
    bar: Bar,
) -> None:
    try:
        frames = FrameReader(source, max_frames)
    except OSError as error:
        problems.add(error)
        return
    path = outputs.path(source)
    with ExitStack() as stack:
        advance = stack.enter_context(bar(frames.count, str(source)))
        video = stack.enter_context(VideoFile(path, frames.rate)) if outputs.are_videos else None
        largest = 1 if source.is_camera else segmenter.largest_batch
        predicted = in_fitting_batches(_until_end(frames, problems), segmenter, largest)
        try:
            for number, frame, train_ids in predicted:
                pixels = outputs.make(frame, train_ids)
                if video:
                    video.write(pixels)
                else:
                    save_png(path / f'{number:06d}.png', pixels)
                advance()
        except KeyboardInterrupt:
            if not source.is_camera:
                raise


def _until_end(frames: FrameReader, problems: _Problems) -> Iterator[tuple[int, np.ndarray]]:
    try:
        yield from frames
    except ValueError as error:
        problems.add(error)


def _load(one: Input) -> np.ndarray:
    try:
        return decode_image(one.source.read_bytes())
    except ValueError as error:
        raise ValueError(f'image file {one} {error}') from error


def _ahead(
    items: Iterable[Input], work: Callable[[Input], np.ndarray]
) -> Iterator[tuple[Input, Future[np.ndarray]]]:
    """Start work on a few items before they are asked for, in the order of the items."""
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=2) as pool:
        started = deque(
            (item, pool.submit(work, item)) for item in islice(remaining, _DECODED_AHEAD)
        )
        while started:
            yield started.popleft()
            for item in islice(remaining, 1):
                started.append((item, pool.submit(work, item)))
