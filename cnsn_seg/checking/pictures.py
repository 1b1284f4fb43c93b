"""Pictures of a data set: how often each class is there, and a sheet of images with labels."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image, ImageDraw, ImageFont

from cnsn_seg.datasets.label_spaces import CLASSES, LABEL_SPACES, PALETTE
from cnsn_seg.reporting.panel import colour

from .findings import shown
from .samples import Pair, load_image, load_label
from .walk import parallel

_COLUMNS, _ROWS = 4, 6
_WIDTH, _MOST_HEIGHT, _GAP, _CAPTION, _HEADER = 230, 173, 8, 18, 40  # pixels
_INK, _PAPER = (30, 30, 30), (255, 255, 255)
_LEGEND = (*zip(CLASSES, PALETTE, strict=True), ('ignored', (0, 0, 0)))
_LEGEND_WIDTH, _LEAST_WIDTH = 110, 560  # pixels


def save_class_chart(path: Path, pixels: np.ndarray, domain: str) -> None:
    """Draw the share of every class among all pixels of a class, on a logarithmic scale.

    Args:
        path: PNG file to write.
        pixels: Pixels of the 19 classes, then ignored ones, int64, shape (20,).
        domain: Whose pixels they are.
    """
    counted = pixels[: len(CLASSES)]
    shares = 100 * counted / max(counted.sum(), 1)
    ignored = 100 * pixels[-1] / max(pixels.sum(), 1)
    least = 10 ** np.floor(np.log10(shares[shares > 0].min(initial=1))) / 2

    figure = Figure(figsize=(8, 5.6), layout='constrained')
    axes = figure.subplots()
    widths = np.where(shares > 0, shares, least)
    colours = [np.array(rgb) / 255 for rgb in PALETTE]
    axes.barh(CLASSES, widths, color=colours, edgecolor='0.35', linewidth=0.6)
    for row, share in enumerate(shares):
        axes.annotate(
            f'{share:.2g} %' if 0 < share < 10 else f'{share:.1f} %' if share else 'none',
            (widths[row], row),
            xytext=(4, 0),
            textcoords='offset points',
            va='center',
            fontsize='small',
        )
    axes.set_xscale('log')
    axes.set_xlim(least, 200)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f'{value:g} %'))
    axes.set_xlabel('share of the pixels that have a class (logarithmic)')
    axes.set_title(f'{domain}: pixels of each class; {ignored:.1f} % of all pixels are ignored')
    axes.grid(axis='x', alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)
    _save(path, figure)


def save_contact_sheet(path: Path, pairs: Sequence[Pair], domain: str, workers: int) -> None:
    """Draw some images, evenly spread over a data set, each beside its label laid over it.

    Args:
        path: PNG file to write.
        pairs: Images and labels that can be loaded, one at least.
        domain: Whose images they are.
        workers: Number of processes.
    """
    spread = np.linspace(0, len(pairs) - 1, min(len(pairs), _COLUMNS * _ROWS))
    chosen = [pairs[int(number)] for number in spread]
    cells = list(parallel(_draw_pair, chosen, workers))
    columns = min(_COLUMNS, len(cells))
    high = max(cell.shape[0] for cell in cells) + _CAPTION + _GAP
    wide = 2 * _WIDTH + _GAP
    below = _HEADER + -(-len(cells) // columns) * high
    width = max(_GAP + columns * wide, _LEAST_WIDTH)
    per_row = min(width // _LEGEND_WIDTH, len(_LEGEND) // 2)
    size = (width, below + -(-len(_LEGEND) // per_row) * _CAPTION + _GAP)
    sheet = Image.new('RGB', size, _PAPER)
    draw, font = ImageDraw.Draw(sheet), _font(12)
    title = f'{domain}: {len(cells)} of {len(pairs)} images, each beside its label laid over it'
    draw.text((_GAP, 8), title, _INK, _font(18))
    for number, (pair, cell) in enumerate(zip(chosen, cells, strict=True)):
        left = _GAP + number % columns * wide
        top = _HEADER + number // columns * high
        caption = _fitted(f'{pair.split}: {shown(pair.name)}', font)
        draw.text((left, top), caption, _INK, font)
        sheet.paste(Image.fromarray(cell), (left, top + _CAPTION))
    for number, (name, rgb) in enumerate(_LEGEND):
        left = _GAP + number % per_row * (width // per_row)
        top = below + number // per_row * _CAPTION
        draw.rectangle((left, top + 2, left + 11, top + 13), rgb)
        draw.text((left + 16, top), name, _INK, font)
    buffer = io.BytesIO()
    _with_few_colours(sheet).save(buffer, 'PNG', optimize=True)
    _write(path, buffer.getvalue())


def _with_few_colours(sheet: Image.Image) -> Image.Image:
    """Choose 256 colours, those of the legend among them, for a file a quarter as large."""
    fixed = [value for rgb in (*PALETTE, _INK, _PAPER, (0, 0, 0)) for value in rgb]
    free = 256 - len(fixed) // 3
    palette = Image.new('P', (1, 1))
    palette.putpalette(fixed + sheet.quantize(free).getpalette()[: 3 * free])
    return sheet.quantize(palette=palette)


def _draw_pair(pair: Pair) -> np.ndarray:
    """An image and its overlay side by side, RGB, uint8."""
    image = load_image(pair.image)[..., ::-1]
    label = colour(load_label(pair.label, LABEL_SPACES[pair.label_space]))
    scale = min(_WIDTH / image.shape[1], _MOST_HEIGHT / image.shape[0])
    size = tuple(max(round(side * scale), 1) for side in image.shape[1::-1])
    small, painted = (
        cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (image, label)
    )
    return np.hstack([small, cv2.addWeighted(small, 0.45, painted, 0.55, 0)])


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Matplotlib's own font: Pillow's lacks most letters that are not ASCII."""
    return ImageFont.truetype(f'{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf', size)


def _fitted(text: str, font: ImageFont.FreeTypeFont) -> str:
    """Shorten a text in its middle until it fits above a pair."""
    kept = len(text)
    shortened = text
    while font.getlength(shortened) > 2 * _WIDTH and kept > 1:
        kept -= 1
        shortened = f'{text[: kept // 3]}…{text[len(text) - kept + kept // 3 :]}'
    return shortened


def _save(path: Path, figure: Figure) -> None:
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png', dpi=110)
    _write(path, buffer.getvalue())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
