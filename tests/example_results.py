"""A small ``results.json`` for tests."""

from typing import Any

import numpy as np

from cnsn_seg.datasets import protocol_of

CLASSES = ['road', 'sky', 'train']


def domain(matrix: list[list[int]], **more: Any) -> dict[str, Any]:
    matrix = np.asarray(matrix)
    truth, predicted = matrix.sum(1), matrix.sum(0)
    iou = [
        100.0 * matrix[i, i] / (truth[i] + predicted[i] - matrix[i, i]) if truth[i] else None
        for i in range(len(matrix))
    ]
    mean = float(np.mean([value for value in iou if value is not None]))
    return dict(
        num_images=2,
        num_expected=2,
        mIoU=mean,
        mAcc=mean,
        mPrecision=mean,
        aAcc=mean,
        fwIoU=mean,
        category_mIoU=mean,
        IoU=iou,
        accuracy=iou,
        precision=iou,
        category_IoU=dict(flat=mean, sky=mean, vehicle=None),
        absent_classes=['train'],
        confusion=matrix.tolist(),
        files_sha256='f' * 64,
        seconds=1.5,
        corruption=None,
    ) | dict(more)


def example(**more: Any) -> dict[str, Any]:
    """Content of a ``results.json`` with three classes and two domains."""
    return dict(
        schema_version=3,
        config=dict(path='configs/x.py', content=dict(model=dict(type='EncoderDecoder'))),
        checkpoint=dict(path='work_dirs/x/iter_1.pth', sha256='c' * 64, iteration=1),
        method='x',
        seed=0,
        protocol=protocol_of('full').describe(),
        trained_under='full',
        selection=None,
        source=['gta'],
        classes=CLASSES,
        categories=dict(flat=['road'], sky=['sky'], vehicle=['train']),
        settings=dict(mode='whole', crop_size=None, stride=None, tta=False, limit=None),
        final=True,
        domains=dict(
            gta=domain([[90, 10, 0], [10, 50, 0], [0, 0, 0]]),
            cityscapes=domain([[60, 40, 0], [20, 40, 0], [0, 0, 0]]),
        ),
        unseen=dict(domains=['cityscapes'], mIoU=45.0),
        corruptions={},
        unlabelled=[],
        images=dict(file='images.npz', sha256='i' * 64),
        predictions=None,
        versions=dict(cnsn_seg='0'),
        machine='a machine',
        seconds=3.0,
    ) | dict(more)
