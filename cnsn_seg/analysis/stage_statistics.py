"""Channel statistics of a backbone's stages, image by image.

Tang et al. (ICCV 2021, section 3) argue that CrossNorm widens the distribution of the channel
statistics that training sees, and that SelfNorm narrows the gap between the statistics of training
and test. Both are measured here on the model at hand.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor, nn
from torch.utils.data import Dataset

from cnsn_seg.atomic_write import atomic_write
from cnsn_seg.layers import CrossNorm, SelfNorm
from cnsn_seg.layers.functional import instance_stats

INPUT = 'input'
BATCH_SIZE = 4


class Statistics(NamedTuple):
    """Mean and standard deviation of every channel of every image.

    Args:
        mean: Shape (num_images, C), float32.
        std: Shape (num_images, C), float32.
    """

    mean: np.ndarray
    std: np.ndarray


Points = dict[str, Statistics]
"""Place in the backbone to what was measured there: ``'input'``, ``'stage 1'`` and so on, and
``'stage 1 before SelfNorm'``, ``'stage 1 after SelfNorm'`` around a stage's last SelfNorm."""


def before(stage: str) -> str:
    """Name the place in front of a stage's last SelfNorm."""
    return f'{stage} before SelfNorm'


def after(stage: str) -> str:
    """Name the place behind a stage's last SelfNorm."""
    return f'{stage} after SelfNorm'


def crosses(model: nn.Module) -> bool:
    """Whether a segmentor's backbone has any CrossNorm."""
    return bool(_layers(model.backbone, CrossNorm))


@torch.no_grad()
def measure(
    model: nn.Module,
    dataset: Dataset,
    indices: Sequence[int],
    *,
    cross: bool = False,
    on_image: Callable[[], None] = lambda: None,
) -> Points:
    """Run images through a segmentor's backbone and collect the statistics of its stages.

    Args:
        model: MMSegmentation segmentor in evaluation mode.
        dataset: Data set with a test pipeline.
        indices: Images to measure.
        cross: Whether CrossNorm acts. Then each batch of images of one size has one of the
            backbone's CrossNorms active, in turn, as in training; an image that is alone in its
            size goes uncrossed. Defaults to False.
        on_image: Called after every image.

    Returns:
        Statistics by place, images in the order of ``indices``.
    """
    recorder = _Recorder(model.backbone)
    crossnorms = list(_layers(model.backbone, CrossNorm).values()) if cross else []
    with recorder.recording():
        for number, inputs in enumerate(_batches(model, dataset, indices)):
            active = crossnorms[number % len(crossnorms)] if crossnorms else None
            with _acting(active, seed=number):
                model.extract_feat(inputs)
            for _ in inputs:
                on_image()
    return recorder.points()


def save_points(path: str | Path, measured: Mapping[str, Points]) -> None:
    """Write statistics by name and place to an ``npz``, completely or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f'{name}/{point}/{kind}': values
        for name, points in measured.items()
        for point, statistics in points.items()
        for kind, values in statistics._asdict().items()
    }
    with atomic_write(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def load_points(path: str | Path) -> dict[str, Points]:
    """Read what :func:`save_points` wrote."""
    measured: dict[str, Points] = {}
    with np.load(path, allow_pickle=False) as file:
        for key in (key for key in file.files if key.endswith('/mean')):
            name, point, _ = key.rsplit('/', 2)
            statistics = Statistics(file[key], file[f'{name}/{point}/std'])
            measured.setdefault(name, {})[point] = statistics
    return measured


class _Recorder:
    """Hooks that keep the statistics of what passes by."""

    def __init__(self, backbone: nn.Module) -> None:
        self.backbone = backbone
        self._found: dict[str, list[tuple[Tensor, Tensor]]] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        handles = [self.backbone.register_forward_hook(self._stages)]
        entrance = getattr(self.backbone, 'input_crossnorm', None)
        if entrance is not None:
            handles.append(entrance.register_forward_hook(lambda _, x, y: self._keep(INPUT, y)))
        else:
            handles.append(
                self.backbone.register_forward_pre_hook(lambda _, x: self._keep(INPUT, x[0]))
            )
        for stage, layer in _last_selfnorms(self.backbone).items():
            handles.append(layer.register_forward_hook(self._around(stage)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def points(self) -> Points:
        return {
            point: Statistics(*(torch.cat(part).numpy() for part in zip(*found, strict=True)))
            for point, found in self._found.items()
        }

    def _keep(self, point: str, x: Tensor) -> None:
        mean, std = instance_stats(x, eps=0)
        self._found.setdefault(point, []).append((mean.float().cpu(), std.float().cpu()))

    def _stages(self, backbone: nn.Module, x: tuple[Tensor], maps: Sequence[Tensor]) -> None:
        numbers = getattr(backbone, 'out_indices', range(len(maps)))
        for number, stage in zip(numbers, maps, strict=True):
            self._keep(f'stage {number + 1}', stage)

    def _around(self, stage: str) -> Callable[[nn.Module, tuple[Tensor], Tensor], None]:
        def hook(layer: nn.Module, x: tuple[Tensor], y: Tensor) -> None:
            self._keep(before(stage), x[0])
            self._keep(after(stage), y)

        return hook


def _layers(backbone: nn.Module, kind: type[nn.Module]) -> dict[str, nn.Module]:
    return {name: part for name, part in backbone.named_modules() if isinstance(part, kind)}


def _last_selfnorms(backbone: nn.Module) -> dict[str, nn.Module]:
    """Stage to its last SelfNorm; a ResNet's stages are called ``layer1`` and so on."""
    return {
        re.sub(r'^layer(\d+)$', r'stage \1', name.partition('.')[0]): layer
        for name, layer in _layers(backbone, SelfNorm).items()
    }


@contextmanager
def _acting(layer: CrossNorm | None, seed: int) -> Iterator[None]:
    """Let one CrossNorm act as in training, the network around it being in evaluation mode."""
    if layer is None:
        yield
        return
    layer.train().activate(seed)
    try:
        yield
    finally:
        layer.eval().deactivate()


def _batches(model: nn.Module, dataset: Dataset, indices: Sequence[int]) -> Iterator[Tensor]:
    """Preprocessed images (N, 3, H, W) with N up to BATCH_SIZE, neighbours of one size together."""
    waiting: list[dict] = []
    for index in indices:
        sample = dataset[int(index)]
        full = len(waiting) == BATCH_SIZE
        if waiting and (full or sample['inputs'].shape != waiting[0]['inputs'].shape):
            yield model.data_preprocessor(pseudo_collate(waiting), False)['inputs']
            waiting = []
        waiting.append(sample)
    if waiting:
        yield model.data_preprocessor(pseudo_collate(waiting), False)['inputs']
