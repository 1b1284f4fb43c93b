"""What the labels of a data set hold, measured once and cached: class counts and centroids."""

import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnsn_seg.atomic_write import atomic_write

from .label_spaces import CLASSES

_IGNORED = len(CLASSES)  # where pixels of no class are counted


def measure(train_ids: np.ndarray, tile: int = 1024) -> tuple[np.ndarray, np.ndarray]:
    """Count the pixels of every class and find its centroid in every tile.

    As in RobustNet (Choi et al., CVPR 2021; ``datasets/uniform.py``), only whole tiles count, from
    the top left corner on, and a centroid is the centre of mass of a class's pixels in one tile,
    rounded down. Unlike there, ``tile`` is clipped to the shorter side of the image, so that an
    image smaller than one tile has centroids as well.

    Args:
        train_ids: Train ids, uint8, shape (H, W). Whatever is not 0-18 is ignored.
        tile: Side of a tile in pixels. Defaults to 1024.

    Returns:
        Pixels of the 19 classes, then ignored ones, int64, shape (20,); and centroids, int32,
        shape (K, 3): rows of train id, y and x, tile by tile, in each by train id.
    """
    side = min(tile, *train_ids.shape)
    across = train_ids.shape[1] // side
    y, x, length = _runs(train_ids, side)
    classes = np.minimum(train_ids[y, x], _IGNORED).astype(np.intp)
    pixels = np.bincount(classes, length, _IGNORED + 1).astype(np.int64)

    whole = (classes < _IGNORED) & (y < train_ids.shape[0] // side * side) & (x < across * side)
    y, x, length, classes = y[whole], x[whole], length[whole], classes[whole]
    tile_class = (y // side * across + x // side) * _IGNORED + classes
    mass = np.bincount(tile_class, length)
    present = np.flatnonzero(mass)
    centres = [
        np.bincount(tile_class, length * middle)[present] // mass[present]
        for middle in (y, x + (length - 1) / 2)
    ]
    return pixels, np.stack([present % _IGNORED, *centres], axis=1).astype(np.int32)


def _runs(ids: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut rows into runs of one id within one tile.

    Labels have some twenty times fewer runs than pixels, and a run's sums are known in closed
    form; they are integers or halves far below 2**53, so that sums in float64 are exact.

    Returns:
        First y, first x and length of every run, int64, shape (R,).
    """
    starts = np.ones(ids.shape, dtype=bool)
    np.not_equal(ids[:, 1:], ids[:, :-1], out=starts[:, 1:])
    starts[:, ::side] = True
    first = np.flatnonzero(starts)
    return *np.divmod(first, ids.shape[1]), np.diff(first, append=ids.size)


@dataclass(frozen=True, eq=False)
class ClassStatistics:
    """What :func:`measure` finds in the labels of a data set.

    Args:
        names: Name of every sample, as :class:`DomainDataset` gives it: relative to the image
            folder, without suffix.
        pixels: Pixels of the 19 classes, then ignored ones, int64, shape (N, 20).
        centroids: Rows of sample, train id, y and x, int32, shape (M, 4), sorted by sample.
        tile: Side of a tile in pixels.

    Raises:
        ValueError: If shapes, types or sample numbers do not fit together.
    """

    names: tuple[str, ...]
    pixels: np.ndarray
    centroids: np.ndarray
    tile: int

    def __post_init__(self) -> None:
        expected = {
            'pixels': (np.int64, (len(self.names), _IGNORED + 1)),
            'centroids': (np.int32, (len(self.centroids), 4)),
        }
        for name, (dtype, shape) in expected.items():
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != shape:
                raise ValueError(
                    f'{name} must be {np.dtype(dtype)} of shape {shape}, '
                    f'not {array.dtype} of shape {array.shape}'
                )
        sample, train_id = self.centroids[:, :2].T
        known = (sample >= 0) & (sample < len(self.names)) & (train_id >= 0) & (train_id < _IGNORED)
        if not known.all() or (np.diff(sample) < 0).any():
            raise ValueError('centroids must be of known samples and classes, sorted by sample')

    @classmethod
    def from_measurements(
        cls,
        names: Sequence[str],
        measurements: Iterable[tuple[np.ndarray, np.ndarray]],
        tile: int,
    ) -> 'ClassStatistics':
        """Collect what :func:`measure` returned.

        Args:
            names: Name of every sample.
            measurements: Pixels, int64, shape (20,), and centroids, int32, shape (K, 3), of every
                sample, in the order of ``names``.
            tile: Side of a tile in pixels that was measured with.

        Raises:
            ValueError: If there are not as many measurements as names.
        """
        pixels = [np.empty((0, _IGNORED + 1), dtype=np.int64)]
        centroids = [np.empty((0, 4), dtype=np.int32)]
        for sample, (counts, points) in enumerate(measurements):
            pixels.append(counts[None])
            centroids.append(np.insert(points, 0, sample, axis=1))
        return cls(tuple(names), np.concatenate(pixels), np.concatenate(centroids), tile)

    @classmethod
    def load(cls, path: str | Path) -> 'ClassStatistics':
        """Read what :meth:`save` wrote.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file holds anything else.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"no class statistics in '{path}': run tools/check_data.py, which writes them"
            )
        try:
            with np.load(path) as arrays:
                return cls(
                    names=tuple(arrays['names'].tolist()),
                    pixels=arrays['pixels'],
                    centroids=arrays['centroids'],
                    tile=int(arrays['tile']),
                )
        except _UNREADABLE as error:
            raise ValueError(
                f"'{path}' does not hold class statistics ({error}): "
                'run tools/check_data.py, which writes them'
            ) from error

    def save(self, path: str | Path) -> None:
        """Write an npz file, at once or not at all; the same statistics give the same bytes.

        Args:
            path: File to write; its folder is made where it is missing.
        """
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as temporary, temporary.open('wb') as file:
            np.savez_compressed(
                file,
                names=np.array(self.names, dtype=np.str_),
                pixels=self.pixels,
                centroids=self.centroids,
                tile=self.tile,
            )

    def select(self, names: Sequence[str]) -> 'ClassStatistics':
        """Keep the samples named, in the order named.

        Raises:
            ValueError: If one of them is missing.
        """
        index = {name: sample for sample, name in enumerate(self.names)}
        if missing := next((name for name in names if name not in index), None):
            raise ValueError(
                f"the class statistics lack '{missing}', so they are of other or older data: "
                'run tools/check_data.py again'
            )
        chosen = np.array([index[name] for name in names], dtype=np.intp)
        first = np.searchsorted(self.centroids[:, 0], chosen)
        count = np.searchsorted(self.centroids[:, 0], chosen, side='right') - first
        sample = np.repeat(np.arange(len(chosen)), count)
        row = np.arange(len(sample)) + np.repeat(first - np.cumsum(count) + count, count)
        centroids = self.centroids[row]
        centroids[:, 0] = sample
        return ClassStatistics(tuple(names), self.pixels[chosen], centroids, self.tile)

    @property
    def frequency(self) -> np.ndarray:
        """Share of each class among all pixels of a class, float64, shape (19,)."""
        pixels = self.pixels[:, :_IGNORED].sum(axis=0)
        return pixels / max(pixels.sum(), 1)


_UNREADABLE = (
    AttributeError,  # a single array, which is no context manager
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
