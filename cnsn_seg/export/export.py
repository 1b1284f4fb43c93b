"""Export a checkpoint for deployment, and make sure that the file computes what the model does."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config
from mmseg.models.segmentors import EncoderDecoder
from mmseg.models.utils import resize
from torch import Tensor

from cnsn_seg.evaluation.predictor import Predictor

from .formats import FORMATS
from .network import DeployedNetwork

TOLERANCE = 1e-4
"""Largest difference of a logit from the model's that an exported file may have, by default."""

LEAST_EQUAL = 0.9999
"""Smallest share of pixels to which an exported file gives the same class as the model."""

_SHAPES = ((1, 3, 128, 256), (2, 3, 96, 160))


class Agreement(NamedTuple):
    """How close an exported file comes to the model.

    Args:
        difference: Largest difference of the logits.
        equal: Share of pixels of the same class, from 0 to 1.
    """

    difference: float
    equal: float


def export(
    cfg: Config,
    checkpoint: str | Path,
    format: str,
    out: str | Path | None = None,
    tolerance: float = TOLERANCE,
) -> tuple[Path, Agreement]:
    """Export a checkpoint.

    Args:
        cfg: Config of the model.
        checkpoint: Checkpoint that fits the model to the last key.
        format: One of :data:`FORMATS`.
        out: File to write. Defaults to the checkpoint's name with the suffix of the format.
        tolerance: See :func:`export_model`. Defaults to 1e-4.

    Returns:
        The file written, and how well it agrees with the model.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ImportError: If a package that the format needs is missing.
        ValueError: If the checkpoint does not fit, is ``out`` too, or see :func:`export_model`.
    """
    checkpoint = Path(checkpoint)
    if not checkpoint.is_file():
        raise FileNotFoundError(f"there is no checkpoint '{checkpoint}'")
    out = Path(out or checkpoint.with_suffix(FORMATS[format].suffix))
    if out.exists() and out.samefile(checkpoint):
        raise ValueError(f'{out} would overwrite the checkpoint that it is made from')
    return out, export_model(_model(cfg, checkpoint), format, out, tolerance)


def export_model(
    model: EncoderDecoder, format: str, out: Path, tolerance: float = TOLERANCE
) -> Agreement:
    """Export a model on the CPU; ``out`` is written once it agrees with the model, or not at all.

    Args:
        model: A segmentor in evaluation mode; it is not changed.
        format: One of :data:`FORMATS`.
        out: File to write.
        tolerance: Largest difference of a logit from the model's. Deep networks with large
            logits may need more than the default, 1e-4, as float32 itself is no more exact.

    Returns:
        How well the file agrees with the model.

    Raises:
        ImportError: If a package that the format needs is missing.
        ValueError: If the network cannot be exported, or the file would not agree with it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f'.{os.getpid()}.{out.stem}{FORMATS[format].suffix}')
    try:
        _write(DeployedNetwork(model), format, temporary)
        agreement = agreement_with(model, FORMATS[format].load(temporary))
        _check(agreement, tolerance)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return agreement


@torch.no_grad()
def agreement_with(model: EncoderDecoder, network: Callable[[Tensor], Tensor]) -> Agreement:
    """Compare an exported network with the model on random images of two sizes.

    Args:
        model: The segmentor in evaluation mode, on the CPU.
        network: Maps raw images (N, 3, H, W) to logits (N, classes, H, W).

    Returns:
        The worst of both sizes.
    """
    generator = torch.Generator().manual_seed(0)
    images = [torch.randint(256, shape, generator=generator).float() for shape in _SHAPES]
    pairs = [(network(image), eager_logits(model, image)) for image in images]
    return Agreement(
        max((found - wanted).abs().max().item() for found, wanted in pairs),
        min(
            (found.argmax(1) == wanted.argmax(1)).double().mean().item() for found, wanted in pairs
        ),
    )


def eager_logits(model: EncoderDecoder, image: Tensor) -> Tensor:
    """Predict raw images (N, 3, H, W) as MMSegmentation does; logits (N, classes, H, W)."""
    inputs = model.data_preprocessor(dict(inputs=list(image)))['inputs']
    return model.whole_inference(inputs, [dict(img_shape=inputs.shape[2:])])


def _model(cfg: Config, checkpoint: Path) -> EncoderDecoder:
    try:
        return Predictor(cfg, checkpoint).model.cpu()
    except RuntimeError as error:
        raise ValueError(
            f"checkpoint '{checkpoint}' does not fit the model of the config: {error}"
        ) from error


def _write(network: DeployedNetwork, format: str, path: Path) -> None:
    try:
        with _sizes_left_free():
            FORMATS[format].write(network, path)
    except RuntimeError as error:
        reason = str(error).partition('\n')[0]
        raise ValueError(f'the network cannot be exported as {format}: {reason}') from error


@contextmanager
def _sizes_left_free() -> Iterator[None]:
    """Keep MMSegmentation's `resize` from advice on sizes, for which it makes them constants."""
    defaults = resize.__defaults__
    resize.__defaults__ = (*defaults[:-1], False)  # of its last argument, `warning`
    try:
        yield
    finally:
        resize.__defaults__ = defaults


def _check(agreement: Agreement, tolerance: float) -> None:
    # Written so that NaN fails.
    if not (agreement.difference <= tolerance and agreement.equal >= LEAST_EQUAL):
        raise ValueError(
            f'nothing is written, as the export would differ from the model by up to '
            f'{agreement.difference:.1e} and on {1 - agreement.equal:.3%} of the pixels, more '
            f'than {tolerance:.0e} and {1 - LEAST_EQUAL:.3%}'
        )
