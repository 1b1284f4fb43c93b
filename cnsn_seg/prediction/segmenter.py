"""A trained model that takes images, as many at a time as fit into memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from cnsn_seg.evaluation.checkpoint_file import config_for, read_checkpoint

_LARGEST = 32
Key = TypeVar('Key')


class Segmenter:
    """A trained model.

    Args:
        cfg: Config of the model.
        checkpoint: Its checkpoint; one that fits another model, stored in it, brings that along.

    Attributes:
        num_classes: Number of classes that it tells apart.
        largest_batch: Images that may be tried at a time. On the CPU one, where several are no
            faster.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the file is no checkpoint, or fits no model.
    """

    def __init__(self, cfg: Config, checkpoint: str | Path) -> None:
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        file = read_checkpoint(Path(checkpoint))
        self._model = MODELS.build(config_for(file, cfg).model)
        file.load_into(self._model)
        device = get_device()
        self._model.to(device).eval()
        self.num_classes: int = self._model.num_classes
        self.largest_batch = 1 if device == 'cpu' else _LARGEST

    @torch.no_grad()
    def __call__(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Predict images of one size.

        Args:
            images: BGR, uint8, shape (H, W, 3) each.

        Returns:
            Train ids, shape (H, W) each.
        """
        meta = dict(ori_shape=images[0].shape[:2], img_shape=images[0].shape[:2])
        batch = dict(
            inputs=[torch.from_numpy(image.transpose(2, 0, 1).copy()) for image in images],
            data_samples=[SegDataSample(metainfo=meta) for _ in images],
        )
        return [found.pred_sem_seg.data[0].cpu().numpy() for found in self._model.test_step(batch)]


def in_fitting_batches(
    images: Iterable[tuple[Key, np.ndarray]],
    segment: Callable[[Sequence[np.ndarray]], list[np.ndarray]],
    largest: int,
) -> Iterator[tuple[Key, np.ndarray, np.ndarray]]:
    """Predict a stream of images in batches that fit into memory.

    Batches hold neighbours of one size. For every size they grow from a single image, by a factor
    of two, until the memory is full or ``largest`` is reached.

    Args:
        images: What tells an image apart, and the image, shape (H, W, 3).
        segment: Predicts images of one size.
        largest: Most images at a time.

    Yields:
        What came with each image, the image, and its train ids, in the order of ``images``.

    Raises:
        MemoryError: If not even a single image fits.
    """
    waiting: list[tuple[Key, np.ndarray]] = []
    size = _BatchSize(largest)
    for key, image in images:
        if waiting and image.shape != waiting[0][1].shape:
            yield from _flush(waiting, segment, size)
            size = _BatchSize(largest)
        waiting.append((key, image))
        if len(waiting) >= size.now:
            yield from _flush(waiting, segment, size)
    yield from _flush(waiting, segment, size)


class _BatchSize:
    """Doubles with every batch that fits, halves with one that does not."""

    def __init__(self, largest: int) -> None:
        self.now, self._largest = 1, largest

    def grow(self) -> None:
        self.now = min(2 * self.now, self._largest)

    def shrink(self, tried: int) -> None:
        self.now = self._largest = tried // 2


def _flush(
    waiting: list[tuple[Key, np.ndarray]],
    segment: Callable[[Sequence[np.ndarray]], list[np.ndarray]],
    size: _BatchSize,
) -> Iterator[tuple[Key, np.ndarray, np.ndarray]]:
    while waiting:
        batch = waiting[: size.now]
        found = _try([image for _, image in batch], segment)
        if found is None:
            size.shrink(len(batch))
            continue
        size.grow()
        del waiting[: len(batch)]
        for (key, image), train_ids in zip(batch, found, strict=True):
            yield key, image, train_ids


def _try(
    images: Sequence[np.ndarray], segment: Callable[[Sequence[np.ndarray]], list[np.ndarray]]
) -> list[np.ndarray] | None:
    """Predict, or return None where the memory does not suffice for several images."""
    try:
        return segment(images)
    except torch.OutOfMemoryError as error:
        if len(images) == 1:
            height, width = images[0].shape[:2]
            raise MemoryError(
                f'there is not enough memory for an image of {width}x{height}: slide a smaller '
                'window over it (--slide)'
            ) from error
    torch.cuda.empty_cache()
    return None
