"""Decode image and label files: whole pictures or a clear error, and ids rather than colours.

PNG images are decoded by libspng where the package ``pyspng`` is installed, which takes about two
thirds of OpenCV's time for the same pixels. Every PNG's checksums are verified first: libspng's
binding skips them, and a damaged file would pass as a picture.
"""

import zlib
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

try:
    import pyspng
except ImportError:
    pyspng = None

_PNG = b'\x89PNG\r\n\x1a\n'
_JPEG = b'\xff\xd8\xff'
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types of PNG's header (PNG specification, 11.2.1)


def decode_image(content: bytes) -> np.ndarray:
    """Decode an image file of any format that OpenCV reads, as ``cv2.IMREAD_COLOR`` does.

    EXIF orientation is applied, alpha is dropped, grey becomes three equal channels, and 16 bits
    become 8.

    Args:
        content: The file's bytes.

    Returns:
        BGR pixels, uint8, shape (H, W, 3).

    Raises:
        ValueError: If ``content`` is empty, not an image, truncated or corrupt. The message goes
            after the file's name. Damage inside a JPEG's compressed data goes unnoticed.
    """
    _check_content(content)
    if content.startswith(_PNG):
        depth, colour, chunks = _inspect_png(content)
        if pyspng and (depth, colour) == (8, _RGB) and b'eXIf' not in chunks:
            return cv2.cvtColor(_decode_rgb(content), cv2.COLOR_RGB2BGR)
    elif content.startswith(_JPEG):
        _check_jpeg(content)
    return _decode_by_opencv(content, cv2.IMREAD_COLOR)


def decode_label(content: bytes) -> np.ndarray:
    """Decode a PNG label file to the numbers that it stores.

    Args:
        content: The file's bytes.

    Returns:
        Grey and palette files of up to 8 bits: ids, uint8, shape (H, W), palette indices and not
        their colours. Grey of 16 bits: uint16, shape (H, W). Anything else: RGB, shape (H, W, 3),
        uint8 or uint16 (SYNTHIA), without alpha.

    Raises:
        ValueError: If ``content`` is empty, not a PNG, truncated or corrupt. The message goes
            after the file's name.
    """
    _check_content(content)
    if not content.startswith(_PNG):
        raise ValueError(f'is not a PNG: it begins with {content[:16]!r}')
    depth, colour, _ = _inspect_png(content)
    if depth <= 8 and colour in (_GREY, _PALETTE):
        return _decode_ids(content, depth, colour)
    pixels = _decode_by_opencv(content, cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:
        return pixels
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGB)


def _check_content(content: bytes) -> None:
    if not content:
        raise ValueError('is empty')


def _inspect_png(content: bytes) -> tuple[int, int, set[bytes]]:
    """Give bit depth, colour type and chunk names of a PNG whose chunks are all whole."""
    view, chunks, start = memoryview(content), set(), len(_PNG)
    while b'IEND' not in chunks:
        end = start + 8 + int.from_bytes(view[start : start + 4], 'big')
        if end + 4 > len(content):
            raise ValueError('ends inside a chunk: it is truncated or corrupt')
        if zlib.crc32(view[start + 4 : end]) != int.from_bytes(view[end : end + 4], 'big'):
            raise ValueError('is corrupt: a checksum is wrong')
        chunks.add(content[start + 4 : start + 8])
        start = end + 4
    if content[8:16] != b'\0\0\0\rIHDR':
        raise ValueError('is corrupt: it does not begin with a header')
    return content[24], content[25], chunks


def _check_jpeg(content: bytes) -> None:
    """Look for the end marker behind the headers, which may hold a thumbnail with its own."""
    start = 2
    while content[start + 1 : start + 2] not in (b'\xda', b''):
        start += 2 + int.from_bytes(content[start + 2 : start + 4], 'big')
    if content.rfind(b'\xff\xd9', start) < 0:
        raise ValueError('is truncated: a JPEG without its end marker')


def _decode_rgb(content: bytes) -> np.ndarray:
    try:
        return pyspng.load(content, 'RGB')
    except RuntimeError as error:
        raise ValueError(f'cannot be decoded: {error}') from error


def _decode_by_opencv(content: bytes, flags: int) -> np.ndarray:
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error as error:
        raise ValueError(f'cannot be decoded: {error}') from error
    if pixels is not None:
        return pixels
    if content.startswith((_PNG, _JPEG)):
        raise ValueError('cannot be decoded: it is corrupt')
    raise ValueError(f'is not an image: it begins with {content[:16]!r}')


def _decode_ids(content: bytes, depth: int, colour: int) -> np.ndarray:
    try:
        with Image.open(BytesIO(content)) as image:
            ids = np.array(image.convert('L') if colour == _GREY else image)
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f'cannot be decoded: {error}') from error
    if colour == _GREY and depth < 8:
        ids //= 255 // (2**depth - 1)  # Pillow stretches grey of few bits to 0-255
    return ids
