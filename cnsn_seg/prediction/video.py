"""Frames of videos and cameras, and videos of predictions."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from .inputs import Input

_DEFAULT_RATE = 25.0


class FrameReader:
    """Reads the frames of a video or a camera one after the other.

    Args:
        source: The video or camera.
        limit: Most frames to read. Defaults to None (all).

    Attributes:
        rate: Frames a second; 25 where the source does not say.
        count: Frames there are to read as far as is known, else None.

    Raises:
        OSError: If the source cannot be opened.
    """

    def __init__(self, source: Input, limit: int | None = None) -> None:
        self._capture = cv2.VideoCapture(source.source if source.is_camera else str(source.source))
        if not self._capture.isOpened():
            raise OSError(
                f'{source} cannot be opened'
                + ('' if source.is_camera else ': it is damaged, or OpenCV cannot decode it')
            )
        self._source, self._limit = source, limit
        self.rate = self._capture.get(cv2.CAP_PROP_FPS) or _DEFAULT_RATE
        self._announced = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        known = [number for number in (self._announced, limit) if number]
        self.count = min(known) if known else None

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield number, from 0, and pixels (BGR, uint8, shape (H, W, 3)) of every frame.

        Raises:
            ValueError: After the last frame, if the video announces more.
        """
        number = 0
        try:
            while self._limit is None or number < self._limit:
                is_read, frame = self._capture.read()
                if not is_read:
                    break
                yield number, frame
                number += 1
        finally:
            self._capture.release()
        # Containers without an index make OpenCV guess from the duration, up to one frame off.
        if self.count and number < self.count - 1:
            raise ValueError(f'{self._source} ends after {number} of {self.count} frames')


class VideoFile:
    """Writes frames to an MP4 file, which is there under its name once it is whole.

    Left by an exception, nothing remains.

    Args:
        path: The file.
        rate: Frames a second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self._path, self._rate = path, rate
        self._temporary = path.with_name(f'.{path.stem}.{os.getpid()}.mp4')
        self._writer: cv2.VideoWriter | None = None
        self._num_frames = 0

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, BGR, uint8, shape (H, W, 3).

        Raises:
            OSError: If the file cannot be written.
        """
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            size, code = frame.shape[1::-1], cv2.VideoWriter.fourcc(*'mp4v')
            self._writer = cv2.VideoWriter(str(self._temporary), code, self._rate, size)
            if not self._writer.isOpened():
                raise OSError(f"'{self._path}' cannot be written")
        self._writer.write(frame)
        self._num_frames += 1

    def __enter__(self) -> 'VideoFile':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is None:
            return
        self._writer.release()
        if kind is None and self._is_whole():
            self._temporary.replace(self._path)
            return
        self._temporary.unlink(missing_ok=True)
        if kind is None:  # OpenCV does not say what went wrong
            raise OSError(f"'{self._path}' could not be written completely: is the disk full?")

    def _is_whole(self) -> bool:
        capture = cv2.VideoCapture(str(self._temporary))
        try:
            return int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == self._num_frames
        finally:
            capture.release()
