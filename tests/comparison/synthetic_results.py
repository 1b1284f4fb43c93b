"""Evaluations that never took place: results.json with images.npz from drawn predictions."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnsn_seg.datasets import CLASSES, protocol_of
from cnsn_seg.evaluation.confusion import scores
from cnsn_seg.evaluation.image_counts import ImageCounts, save_image_counts
from cnsn_seg.evaluation.results import write_json

COUNTS = dict(gta=8, cityscapes=12, bdd100k=10)


def draw_confusion(seed: int, num_images: int, quality: float) -> np.ndarray:
    """Draw what a model of some pixel accuracy does on images: (num_images, 19, 19), int32.

    The images, their classes and sizes are always the same ones; only the predictions differ.
    """
    truth = np.random.default_rng(num_images).poisson(40, (num_images, 19))
    truth[1:, 18] = 0  # a class that only one image shows
    wrong = (1 - quality) / 18
    shares = np.full((19, 19), wrong) + (quality - wrong) * np.eye(19)
    return np.random.default_rng(seed).multinomial(truth, shares).astype(np.int32)


def confusions(seed: int = 0, quality: float = 0.7, **counts: int) -> dict[str, np.ndarray]:
    """Draw :func:`draw_confusion` for several domains."""
    return {
        name: draw_confusion(seed + 1000 * index, count, quality)
        for index, (name, count) in enumerate((counts or COUNTS).items())
    }


def write_result(
    folder: Path,
    domains: Mapping[str, np.ndarray] | None = None,
    *,
    method: str = 'baseline',
    seed: int | None = 0,
    names: Mapping[str, list[str]] | None = None,
    protocol: str = 'full',
    **more: Any,
) -> Path:
    """Write a results.json of given confusion matrices by image, with its images.npz.

    Args:
        folder: Where to.
        domains: Domain, or ``<domain>+<corruption>-<severity>``, to (num_images, 19, 19).
        method: Method.
        seed: Seed.
        names: Domain to names of its images. Defaults to ``'0000'``, ``'0001'``, ...
        protocol: Name of the protocol.
        **more: Further keys, or others in their place.
    """
    if domains is None:
        domains = confusions(seed or 0)
    counts = {
        name: ImageCounts((names or {}).get(name, [f'{i:04}' for i in range(len(each))]), each)
        for name, each in domains.items()
    }
    save_image_counts(folder / 'images.npz', counts)
    averaged = [CLASSES.index(name) for name in protocol_of(protocol).classes]
    plain = [name for name in domains if name not in ('gta',) and '+' not in name]
    content = dict(
        schema_version=3,
        config=dict(path='configs/x.py', content={}),
        checkpoint=dict(path='x.pth', sha256=f'{method} {seed} {folder}', iteration=1),
        method=method,
        seed=seed,
        protocol=protocol_of(protocol).describe(),
        trained_under=protocol,
        selection=dict(metrics=['gta/mIoU'], target_domains=[]),
        source=['gta'],
        classes=list(CLASSES),
        categories={},
        settings=dict(mode='whole', crop_size=None, stride=None, tta=False, limit=None),
        final=True,
        domains={name: _domain(name, each, averaged) for name, each in domains.items()},
        unseen=dict(domains=plain, mIoU=None) if plain else None,
        corruptions={},
        unlabelled=[],
        images=dict(file='images.npz', sha256=sha256_of(folder / 'images.npz')),
        predictions=None,
        versions={},
        machine='',
        seconds=1.0,
    )
    write_json(folder / 'results.json', content | more)
    return folder / 'results.json'


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _domain(name: str, confusion: np.ndarray, averaged: list[int]) -> dict[str, Any]:
    matrix = confusion.sum(0, dtype=np.int64)
    found = scores(matrix, averaged)
    iou = [None if np.isnan(value) else float(value) for value in found.iou]
    mean = None if np.isnan(found.miou) else found.miou
    domain, _, corruption = name.partition('+')
    kind, _, severity = corruption.partition('-')
    return dict(
        num_images=len(confusion),
        num_expected=len(confusion),
        **dict.fromkeys(('mIoU', 'mAcc', 'mPrecision', 'aAcc', 'fwIoU', 'category_mIoU'), mean),
        **dict.fromkeys(('IoU', 'accuracy', 'precision'), iou),
        category_IoU={},
        absent_classes=[],
        confusion=matrix.tolist(),
        files_sha256=f'files of {domain}',
        seconds=1.0,
        corruption=dict(domain=domain, name=kind, severity=int(severity)) if corruption else None,
    )
