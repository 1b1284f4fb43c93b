"""Small results for tests of the page: random confusions of the 19 classes, no checkpoint."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from example_results import example

from cnsn_seg.datasets.label_spaces import CLASSES
from cnsn_seg.evaluation.confusion import scores
from cnsn_seg.evaluation.image_counts import ImageCounts, save_image_counts

CLASS_NAMES = list(CLASSES)
DOMAINS = ('gta', 'cityscapes')
ABSENT = CLASS_NAMES.index('train')


def domain_of(matrix: np.ndarray, num_images: int, **more: Any) -> dict[str, Any]:
    found = scores(matrix)
    iou = [None if np.isnan(value) else float(value) for value in found.iou]
    return dict(
        num_images=num_images,
        num_expected=num_images,
        **dict.fromkeys(('mIoU', 'mAcc', 'mPrecision', 'aAcc', 'fwIoU'), float(found.miou)),
        category_mIoU=float(found.miou),
        IoU=iou,
        accuracy=iou,
        precision=iou,
        category_IoU={},
        absent_classes=[CLASS_NAMES[ABSENT]],
        confusion=matrix.tolist(),
        files_sha256='f' * 64,
        seconds=1.0,
        corruption=None,
    ) | dict(more)


def write_result(
    folder: Path,
    method: str = 'baseline',
    seed: int = 0,
    counts: dict[str, ImageCounts] | None = None,
    **more: Any,
) -> Path:
    """Write ``results.json`` and ``images.npz`` of random or given counts."""
    random = np.random.default_rng([seed, *method.encode()])
    if counts is None:
        confusion = random.integers(0, 50, (len(DOMAINS), 6, 19, 19)) + 100 * np.eye(19, dtype=int)
        confusion[:, :, ABSENT] = 0
        names = [f'image_{index}' for index in range(6)]
        counts = {
            name: ImageCounts(names, one) for name, one in zip(DOMAINS, confusion, strict=True)
        }
    domains = {
        name: domain_of(np.asarray(one.confusion, dtype=np.int64).sum(0), len(one.names))
        for name, one in counts.items()
    }
    unseen = [name for name in domains if name != 'gta']
    content = example(
        checkpoint=dict(path='nowhere/iter_1.pth', sha256=random.bytes(32).hex(), iteration=1),
        method=method,
        seed=seed,
        selection=dict(metrics=['gta/mIoU'], target_domains=[]),
        classes=CLASS_NAMES,
        categories={},
        domains=domains,
        unseen=dict(
            domains=unseen, mIoU=float(np.mean([domains[name]['mIoU'] for name in unseen]))
        ),
        images=dict(file='images.npz', sha256='0' * 64),
    ) | dict(more)
    save_image_counts(folder / 'images.npz', counts)
    path = folder / 'results.json'
    path.write_text(json.dumps(content))
    return path
