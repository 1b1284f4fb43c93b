"""Load an image, and its label as train ids."""

import hashlib
import warnings

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine import fileio
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from cnsn_seg.datasets.corrupt import pass_over
from cnsn_seg.datasets.decoding import decode_image, decode_label
from cnsn_seg.datasets.label_spaces import LABEL_SPACES

_CLOSE = 0.02  # of a side: GTA5's images and labels differ by a few pixels where they do

Size = tuple[int, int]


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Load an image in full or not at all.

    Unlike MMCV's ``LoadImageFromFile``, an incomplete file is an error and not a grey area.

    Required keys: ``img_path``. Added keys: ``img``, BGR, uint8, shape (H, W, 3), EXIF
    orientation applied; ``img_shape`` and ``ori_shape``, (H, W); in test mode (``test_mode`` of
    the data set) also ``img_sha256``, the digest of the file.

    Args:
        backend_args: MMEngine file backend that reads the file. Defaults to None (by its path).

    Raises:
        ValueError: If the file cannot be read or decoded, unless ``skip_corrupt`` of the sample
            says that it may be passed over.
    """

    def __init__(self, backend_args: dict | None = None) -> None:
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict | None:
        """Load ``results['img_path']``.

        Args:
            results: Sample of a data set.

        Returns:
            The same dict with the image, or None for a sample to be passed over.
        """
        path = results['img_path']
        try:
            content = fileio.get(path, backend_args=self.backend_args)
            image = decode_image(content)
        except (OSError, ValueError) as error:
            return pass_over(results, f"image file '{path}' {_reason(error)}", error)
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        if results.get('test_mode'):
            results['img_sha256'] = hashlib.sha256(content).hexdigest()
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend_args={self.backend_args})'


@TRANSFORMS.register_module()
class LoadTrainIds(LoadAnnotations):
    """Load a label file and map its raw ids to train ids.

    Required keys: ``seg_map_path``, ``label_space``, ``seg_fields``, as given by
    :class:`DomainDataset`. ``ori_shape`` and ``img_path`` are used when an image is loaded,
    ``label_map`` when fewer classes are chosen through ``metainfo``, ``size_mismatch`` where image
    and label differ in size: by default that is an error; with 'resize' the image is resized
    (bilinear) to its label if they differ by 2 % of a side at most, so that labels are never
    touched; with 'skip' the sample is passed over, which MMEngine answers with another one.

    Added keys: ``gt_seg_map``, train ids, uint8, shape (H, W); in test mode (``test_mode`` of the
    data set) also ``seg_map_sha256``, the digest of the file.

    Args:
        backend_args: MMEngine file backend that reads the file. Defaults to None (by its path).

    Raises:
        ValueError: If the file cannot be decoded, its form is not that of the label space, it
            holds an id that the label space does not know, or it differs in size from its image
            where that is an error.
    """

    def __init__(self, backend_args: dict | None = None) -> None:
        super().__init__(backend_args=backend_args, imdecode_backend='pillow')

    def transform(self, results: dict) -> dict | None:
        """Load ``results['seg_map_path']``.

        Args:
            results: Sample of a data set.

        Returns:
            The same dict with the label, or None for a sample to be passed over.
        """
        results = super().transform(results)
        if 'gt_seg_map' not in results:
            return None
        return _with_one_size(results) if 'ori_shape' in results else results

    def _load_seg_map(self, results: dict) -> None:
        path = results['seg_map_path']
        space = LABEL_SPACES[results['label_space']]
        try:
            content = fileio.get(path, backend_args=self.backend_args)
            stored = decode_label(content)
        except (OSError, ValueError) as error:
            return pass_over(results, f"label file '{path}' {_reason(error)}", error)
        try:
            train_ids = space.to_train_ids(space.from_file(stored))
        except ValueError as error:
            return pass_over(results, f"label file '{path}': {error}", error)
        if results.get('label_map'):
            train_ids = _choose_classes(train_ids, results['label_map'])
        results['gt_seg_map'] = train_ids
        results['seg_fields'].append('gt_seg_map')
        if results.get('test_mode'):
            results['seg_map_sha256'] = hashlib.sha256(content).hexdigest()

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend_args={self.backend_args})'


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f'cannot be read: {error.strerror or error}'
    return str(error)


def _with_one_size(results: dict) -> dict | None:
    """Deal with an image and a label of different size, before any resizing."""
    image, label = results['ori_shape'][:2], results['gt_seg_map'].shape
    if tuple(image) == label:
        return results
    policy = results.get('size_mismatch', 'error')
    difference = describe_sizes(results['img_path'], image, results['seg_map_path'], label)
    if policy == 'skip':
        warnings.warn(f'{difference}: the sample is passed over', stacklevel=2)
        return None
    if policy == 'error' or not are_close(image, label):
        raise ValueError(difference)
    results['img'] = mmcv.imresize(results['img'], label[::-1])
    results['img_shape'] = results['ori_shape'] = label
    return results


def are_close(image: Size, label: Size) -> bool:
    """Whether an image differs so little from its label in size that it may be resized to it."""
    return all(abs(a - b) <= _CLOSE * b for a, b in zip(image, label, strict=True))


def describe_sizes(image_path: str, image: Size, label_path: str, label: Size) -> str:
    """Say how an image and its label differ in size."""
    return (
        f"label file '{label_path}' is {label[1]}x{label[0]} but its image '{image_path}' is "
        f'{image[1]}x{image[0]} (width x height)'
    )


def _choose_classes(train_ids: np.ndarray, label_map: dict[int, int]) -> np.ndarray:
    """Renumber train ids by MMSeg's ``label_map`` of a data set with fewer classes."""
    table = np.arange(256, dtype=np.uint8)
    table[list(label_map)] = list(label_map.values())
    return table[train_ids]
