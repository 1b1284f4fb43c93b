"""``results.json``: what one evaluation found, and everything needed to trust it.

The file holds one object::

    schema_version  2
    config          path of the config
    checkpoint      path of the checkpoint
    protocol        the evaluation protocol as :meth:`Protocol.describe` spells it out; its sha256
                    covers all of it but the description, and the label tables it names
    trained_under   name of the protocol that the training run followed; null where the checkpoint
                    does not say
    selection       {metrics, target_domains}: how the training run chose its best checkpoint;
                    null where the checkpoint does not say
    source          domains that training saw
    classes         names of the classes, in the order of every list below
    domains         domain -> {num_images, mIoU, mAcc, aAcc, IoU, absent_classes, confusion,
                    files_sha256}; the last is a digest of the image and label files evaluated
    unseen          {domains, mIoU}: plain mean of mIoU over the domains not in source;
                    null without any
    versions        package -> version
    machine         processor or GPU, in words
    seconds         wall time of the evaluation

Scores are in percent and not rounded; ``IoU`` has null for a class that the domain's truth does
not show. ``confusion`` counts pixels, rows are the truth.
"""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .confusion import scores

SCHEMA_VERSION = 2
_PACKAGES = ('mmsegmentation', 'onedl-mmsegmentation', 'mmengine', 'onedl-mmengine', 'numpy')


def domain_results(
    matrix: np.ndarray,
    num_images: int,
    classes: Sequence[str],
    averaged: Sequence[int],
    files_sha256: str | None,
) -> dict[str, Any]:
    """Describe one domain.

    Args:
        matrix: Confusion matrix, int64, shape (C, C), rows are the truth.
        num_images: Number of images counted.
        classes: Names of the C classes.
        averaged: Those that the means are over.
        files_sha256: Digest of the files.

    Returns:
        The entry of ``domains`` in ``results.json``.
    """
    found = scores(matrix, averaged)
    return dict(
        num_images=num_images,
        mIoU=_number(found.miou),
        mAcc=_number(found.mean_accuracy),
        aAcc=_number(found.pixel_accuracy),
        IoU=[_number(value) for value in found.iou],
        absent_classes=[
            name for name, pixels in zip(classes, matrix.sum(1), strict=True) if pixels == 0
        ],
        confusion=matrix.tolist(),
        files_sha256=files_sha256,
    )


def unseen_results(
    domains: Mapping[str, Mapping[str, Any]], source: Sequence[str]
) -> dict[str, Any] | None:
    """Average mIoU over the domains that training did not see, None without any."""
    unseen = [name for name in domains if name not in source]
    if not unseen:
        return None
    values = [domains[name]['mIoU'] for name in unseen]
    mean = None if None in values else float(np.mean(values))
    return dict(domains=unseen, mIoU=mean)


def environment() -> dict[str, Any]:
    """Name the versions and the machine behind a result."""
    from cnsn_seg import __version__

    versions = {'cnsn_seg': __version__, 'torch': torch.__version__}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        machine = torch.cuda.get_device_name()
    else:
        machine = f'{platform.machine()}, {os.cpu_count()} CPU cores'
    return dict(versions=versions, machine=machine)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON through a temporary file, so that the target is complete or untouched."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    temporary.write_text(json.dumps(content, allow_nan=False) + '\n', encoding='utf-8')
    temporary.replace(path)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
