"""Load an image and its label as train ids."""

import mmcv
import numpy as np
from mmengine import fileio
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from cnsn_seg.datasets.label_spaces import LABEL_SPACES


@TRANSFORMS.register_module()
class LoadTrainIds(LoadAnnotations):
    """Load a label file and map its raw ids to train ids.

    Required keys: ``seg_map_path``, ``label_space``, ``seg_fields``, as given by
    :class:`DomainDataset`. ``ori_shape`` and ``img_path`` are used when an image is loaded,
    ``label_map`` when fewer classes are chosen through ``metainfo``.

    Added keys: ``gt_seg_map``, train ids, uint8, shape (H, W).

    Args:
        backend_args: MMEngine file backend that reads the file. Defaults to None (by its path).

    Raises:
        ValueError: If the file cannot be decoded, is not one channel of 8 bits, differs in size
            from its image as loaded, or holds an id that the label space does not know.
    """

    def __init__(self, backend_args: dict | None = None) -> None:
        super().__init__(backend_args=backend_args, imdecode_backend='pillow')

    def _load_seg_map(self, results: dict) -> None:
        path = results['seg_map_path']
        raw = self._decode(path)
        _check_size(raw, results)
        try:
            train_ids = LABEL_SPACES[results['label_space']].to_train_ids(raw)
        except ValueError as error:
            raise ValueError(f"label file '{path}': {error}") from error
        if results.get('label_map'):
            train_ids = _choose_classes(train_ids, results['label_map'])
        results['gt_seg_map'] = train_ids
        results['seg_fields'].append('gt_seg_map')

    def _decode(self, path: str) -> np.ndarray:
        content = fileio.get(path, backend_args=self.backend_args)
        try:
            raw = mmcv.imfrombytes(content, flag='unchanged', backend='pillow')
        except (OSError, SyntaxError) as error:
            raise ValueError(f"label file '{path}' cannot be decoded: {error}") from error
        if raw.ndim != 2 or raw.dtype != np.uint8:
            raise ValueError(
                f"label file '{path}' must hold ids in one channel of 8 bits (a grey or palette "
                f'PNG), not an array of shape {raw.shape} and type {raw.dtype}'
            )
        return raw

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend_args={self.backend_args})'


def _check_size(raw: np.ndarray, results: dict) -> None:
    """Compare a label with its image before any resizing."""
    shape = results.get('ori_shape')
    if shape is not None and tuple(shape[:2]) != raw.shape:
        raise ValueError(
            f"label file '{results['seg_map_path']}' is {raw.shape[1]}x{raw.shape[0]} but its "
            f"image '{results['img_path']}' is {shape[1]}x{shape[0]} (width x height)"
        )


def _choose_classes(train_ids: np.ndarray, label_map: dict[int, int]) -> np.ndarray:
    """Renumber train ids by MMSeg's ``label_map`` of a data set with fewer classes."""
    table = np.arange(256, dtype=np.uint8)
    table[list(label_map)] = list(label_map.values())
    return table[train_ids]
