"""Any bytes are a picture of the right form, or one sentence about the file."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnsn_seg.datasets.decoding import decode_image, decode_label
from cnsn_seg.datasets.label_spaces import LABEL_SPACES

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 17, 3), dtype=np.uint8)


def encoded(suffix: str, pixels: np.ndarray) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


def palette() -> bytes:
    image = Image.fromarray(PIXELS[..., 0] % 19)
    image.putpalette(list(range(256)) * 3)
    file = BytesIO()
    image.convert('P').save(file, 'PNG')
    return file.getvalue()


FILES = [
    encoded('.png', PIXELS),
    encoded('.png', PIXELS[..., 0]),
    encoded('.png', PIXELS[..., 0].astype(np.uint16) * 250),
    encoded('.png', np.dstack([PIXELS, PIXELS[..., :1]])),
    encoded('.jpg', PIXELS),
    palette(),
]


@st.composite
def damaged(draw) -> bytes:
    """A file with some bytes changed, removed or put in, or random bytes behind its signature."""
    content = bytearray(draw(st.sampled_from(FILES)))
    if draw(st.integers(0, 9)) == 0:
        return bytes(content[: draw(st.integers(0, 16))]) + draw(st.binary(max_size=200))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 9)))
        content[start:end] = draw(st.binary(max_size=9))
    return bytes(content)


@given(damaged())
def test_images(content):
    try:
        image = decode_image(content)
    except ValueError as error:
        assert '\n' not in str(error)
    else:
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3


@given(damaged(), st.sampled_from(sorted(LABEL_SPACES)))
def test_labels_of_every_label_space(content, name):
    space = LABEL_SPACES[name]
    try:
        train_ids = space.to_train_ids(space.from_file(decode_label(content)))
    except ValueError as error:
        assert '\n' not in str(error)
    else:
        assert train_ids.dtype == np.uint8
        assert train_ids.ndim == 2
        assert set(np.unique(train_ids)) <= {*range(19), 255}


def png(width: int, height: int) -> bytes:
    """A whole PNG whose header promises that many pixels."""
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4, 'big') + body + zlib.crc32(body).to_bytes(4, 'big')

    header = width.to_bytes(4, 'big') + height.to_bytes(4, 'big') + b'\x08\x02\0\0\0'
    rows = zlib.compress(b'\0' * 99)
    parts = chunk(b'IHDR', header) + chunk(b'IDAT', rows) + chunk(b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + parts


@pytest.mark.parametrize('decode', [decode_image, decode_label])
@pytest.mark.parametrize(
    'size', [(2**31 - 1, 2**31 - 1), (2**20, 2**20), (0, 5), (100_000, 50_000)]
)
def test_sizes_that_cannot_be_are_refused_without_trying(decode, size):
    with pytest.raises(ValueError, match=r'cannot be|corrupt'):
        decode(png(*size))
