from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest

from cnsn_seg.prediction.inputs import Input
from cnsn_seg.prediction.video import FrameReader, VideoFile

SIZE = (48, 64)


def frame(number: int) -> np.ndarray:
    return np.full((*SIZE, 3), 20 * number, dtype=np.uint8)


def write(path: Path, count: int = 6, rate: float = 10) -> Input:
    with VideoFile(path, rate) as video:
        for number in range(count):
            video.write(frame(number))
    return Input(path, Path(path.stem))


def test_frames_come_back_in_order_with_the_rate(tmp_path):
    reader = FrameReader(write(tmp_path / 'new/v.mp4', rate=12))
    assert (reader.rate, reader.count) == (12, 6)
    for expected, (number, pixels) in enumerate(reader):
        assert number == expected
        assert pixels.shape == (*SIZE, 3)
        assert abs(pixels.mean() - 20 * number) < 4  # the codec loses a little
    assert number == 5
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['v.mp4']


def test_reading_stops_at_the_limit(tmp_path):
    reader = FrameReader(write(tmp_path / 'v.mp4'), limit=2)
    assert reader.count == 2
    assert [number for number, _ in reader] == [0, 1]


def test_an_interrupted_video_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoFile(tmp_path / 'v.mp4', 10) as video:
        video.write(frame(1))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2.VideoWriter, 'isOpened', lambda self: False)
    with pytest.raises(OSError, match=r"'.*v\.mp4' cannot be written"):
        write(tmp_path / 'v.mp4')


def test_what_is_no_video_cannot_be_opened(tmp_path):
    path = tmp_path / 'v.mp4'
    path.write_bytes(b'no video')
    with pytest.raises(OSError, match=r"'.*v\.mp4' cannot be opened: it is damaged"):
        FrameReader(Input(path, Path('v')))
    with pytest.raises(OSError, match='camera 99 cannot be opened'):
        FrameReader(Input(99, Path('camera99')))


def test_a_video_that_ends_early_says_so_after_its_frames(tmp_path):
    path, size = tmp_path / 'v.avi', SIZE[::-1]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 10, size)
    noise = np.random.default_rng(0).integers(0, 256, (20, *SIZE, 3), dtype=np.uint8)
    for pixels in noise:
        writer.write(pixels)
    writer.release()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = iter(FrameReader(Input(path, Path('v'))))
    assert next(frames)[0] == 0
    with pytest.raises(ValueError, match=r'ends after (\d+) of 20 frames') as error:
        deque(frames, maxlen=0)
    assert 1 < int(str(error.value).split()[-4]) < 20
