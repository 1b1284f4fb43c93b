import io
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnsn_seg.datasets import decoding
from cnsn_seg.datasets.decoding import decode_image, decode_label

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (9, 13, 3), dtype=np.uint8)
IDS = RNG.integers(0, 35, (9, 13), dtype=np.uint8)
END = b'\0\0\0\0IEND\xaeB`\x82'
DEEP = RNG.integers(0, 65536, (9, 13, 3), dtype=np.uint16)


def encode(image, form='PNG', **options):
    stream = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(stream, form, **options)
    return stream.getvalue()


def palette(ids):
    image = Image.fromarray(ids)
    image.putpalette(RNG.integers(0, 256, 768, dtype=np.uint8).tobytes())
    return image


def chunk(name, data):
    return len(data).to_bytes(4, 'big') + name + data + zlib.crc32(name + data).to_bytes(4, 'big')


def raw_png(header, rows, *chunks, interlaced=False):
    """A PNG of one header (width, height, depth, colour type) and unfiltered rows."""
    width, height, *form = header
    start = width.to_bytes(4, 'big') + height.to_bytes(4, 'big') + bytes([*form, 0, 0, interlaced])
    data = zlib.compress(b''.join(b'\0' + bytes(row) for row in rows))
    inner = b''.join(chunks)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', start) + inner + chunk(b'IDAT', data) + END


def interlaced_png(pixels, colour):
    """Adam7: seven passes over ever more pixels (PNG specification, 8.2)."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = [
        row.tobytes()
        for left, top, across, down in (*passes, (0, 1, 1, 2))
        for row in pixels[top::down, left::across]
    ]
    return raw_png((*pixels.shape[1::-1], 8, colour), rows, interlaced=True)


ORIENTED = Image.Exif()
ORIENTED[0x0112] = 6  # turn by 90 degrees

IMAGES = {
    'RGB PNG': encode(PIXELS),
    'larger RGB PNG': cv2.imencode('.png', cv2.resize(PIXELS, (200, 200)))[1].tobytes(),
    'PNG with gamma': encode(PIXELS)[:33] + chunk(b'gAMA', b'\0\0\1\0') + encode(PIXELS)[33:],
    'PNG with a colour key': encode(PIXELS, transparency=tuple(PIXELS[0, 0].tolist())),
    'oriented PNG': encode(PIXELS, exif=ORIENTED),
    'grey PNG': encode(IDS),
    'palette PNG': encode(palette(IDS)),
    'RGBA PNG': encode(np.dstack([PIXELS, IDS])),
    'LA PNG': encode(Image.fromarray(PIXELS).convert('LA')),
    '16-bit grey PNG': encode(DEEP[..., 0]),
    '16-bit RGB PNG': cv2.imencode('.png', DEEP)[1].tobytes(),
    'JPEG': encode(PIXELS, 'JPEG'),
    'progressive JPEG': encode(PIXELS, 'JPEG', progressive=True),
    'grey JPEG': encode(IDS, 'JPEG'),
    'oriented JPEG': encode(PIXELS, 'JPEG', exif=ORIENTED),
    'BMP': encode(PIXELS, 'BMP'),
}


@pytest.fixture(params=['libspng', 'OpenCV'])
def decoder(request, monkeypatch):
    if request.param == 'OpenCV':
        monkeypatch.setattr(decoding, 'pyspng', None)
    else:
        pytest.importorskip('pyspng')


@pytest.mark.parametrize('name', IMAGES)
def test_images_are_what_opencv_makes_of_them(name, decoder):
    expected = cv2.imdecode(np.frombuffer(IMAGES[name], np.uint8), cv2.IMREAD_COLOR)
    image = decode_image(IMAGES[name])
    np.testing.assert_array_equal(image, expected)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


def test_interlaced_files(decoder):
    image = decode_image(interlaced_png(PIXELS, colour=2))
    np.testing.assert_array_equal(image, PIXELS[..., ::-1])
    np.testing.assert_array_equal(decode_label(interlaced_png(IDS, colour=0)), IDS)


@pytest.mark.parametrize('image', [IDS, palette(IDS)], ids=['grey', 'palette'])
def test_labels_of_8_bits_are_ids(image, decoder):
    label = decode_label(encode(image))
    np.testing.assert_array_equal(label, IDS)
    assert label.dtype == np.uint8
    label[0] = 255  # nobody else holds the pixels


@pytest.mark.parametrize('depth', [1, 2, 4])
@pytest.mark.parametrize('colour', [0, 3])
def test_ids_of_few_bits(depth, colour):
    ids = np.arange(16, dtype=np.uint8).reshape(2, 8) % 2**depth
    bits = ((ids[..., None] >> np.arange(depth - 1, -1, -1)) & 1).reshape(2, -1)
    colours = [chunk(b'PLTE', bytes(range(100, 100 + 3 * 2**depth)))] if colour == 3 else []
    content = raw_png((8, 2, depth, colour), np.packbits(bits, axis=1), *colours)
    label = decode_label(content)
    np.testing.assert_array_equal(label, ids)
    assert label.dtype == np.uint8


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        (encode(DEEP[..., 0]), DEEP[..., 0]),
        (cv2.imencode('.png', DEEP[..., ::-1])[1].tobytes(), DEEP),  # OpenCV writes BGR as RGB
        (encode(PIXELS), PIXELS),
        (encode(np.dstack([PIXELS, IDS])), PIXELS),
    ],
    ids=['16-bit grey', '16-bit RGB', 'RGB', 'RGBA'],
)
def test_other_labels_are_what_is_stored(content, expected):
    label = decode_label(content)
    np.testing.assert_array_equal(label, expected)
    assert label.dtype == expected.dtype


@pytest.mark.parametrize('decode', [decode_image, decode_label])
@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'', r'^is empty$'),
        (b'version https://git-lfs.github.com/spec/v1', r"it begins with b'version https://'$"),
        (b'\x89PNG\r\n\x1a\n', r'^ends inside a chunk'),
        (b'\x89PNG\r\n\x1a\n' + END, r'^is corrupt: it does not begin with a header'),
        (raw_png((0, 0, 8, 2), []), r'^cannot be decoded'),
        (raw_png((8, 8, 8, 2), [range(24)]), r'^cannot be decoded'),  # one row of eight
        (raw_png((8, 8, 8, 5), [range(24)]), r'^cannot be decoded'),  # an unknown colour type
    ],
)
def test_not_a_picture(content, message, decode, decoder):
    with pytest.raises(ValueError, match=message):
        decode(content)


@pytest.mark.parametrize('decode', [decode_image, decode_label])
@given(data=st.data())
def test_every_damage_of_a_png_is_noticed(decode, data):
    content = encode(PIXELS) if decode is decode_image else encode(IDS)
    place = data.draw(st.integers(8, len(content) - 1))
    flipped = content[place] ^ data.draw(st.integers(1, 255))
    for damaged in (
        content[:place],
        content[:place] + bytes([flipped]) + content[place + 1 :],
    ):
        with pytest.raises(ValueError, match=r'corrupt|truncated'):
            decode(damaged)


@given(st.data())
def test_every_truncation_of_a_jpeg_is_noticed(data):
    thumbnail = b'Exif\0\0' + encode(IDS, 'JPEG')
    content = encode(PIXELS, 'JPEG', exif=thumbnail, progressive=data.draw(st.booleans()))
    assert content.count(b'\xff\xd9') == 2
    with pytest.raises(ValueError, match=r'truncated|cannot be decoded|is not an image'):
        decode_image(content[: data.draw(st.integers(1, len(content) - 1))])
    with pytest.raises(ValueError, match='is truncated'):
        decode_image(content[:-2])  # the thumbnail's end marker does not count


def test_bytes_behind_the_end_do_not_matter(decoder):
    for name in ('RGB PNG', 'JPEG'):
        expected = decode_image(IMAGES[name])
        np.testing.assert_array_equal(decode_image(IMAGES[name] + b'\xff\xda\0'), expected)


def test_labels_must_be_png():
    with pytest.raises(ValueError, match='is not a PNG: it begins with'):
        decode_label(IMAGES['JPEG'])
