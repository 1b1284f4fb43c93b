"""Corrupt an image as ImageNet-C does."""

import hashlib

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

CORRUPTIONS = (
    'gaussian_noise', 'shot_noise', 'impulse_noise',
    'defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur',
    'snow', 'frost', 'fog', 'brightness',
    'contrast', 'elastic_transform', 'pixelate', 'jpeg_compression',
)  # fmt: skip
"""The 15 corruptions that means are over (Hendrycks and Dietterich, ICLR 2019)."""

_SEEDED_BY_ARGUMENT = ('impulse_noise', 'glass_blur')


@TRANSFORMS.register_module()
class Corrupt(BaseTransform):
    """Corrupt an image, always in the same way.

    The pixels come from the package imagecorruptions (Michaelis et al., arXiv 1907.07484). What is
    random in them is drawn from a seed that follows from the image's name and the corruption, so
    that every run, rank and worker sees the same image.

    Required keys: ``img`` (BGR, uint8, 32 pixels a side at least), ``sample_name``. Modified keys:
    ``img``.

    Args:
        name: One of ``CORRUPTIONS``.
        severity: 1 to 5.

    Raises:
        ImportError: If the package is not installed.
        ValueError: If the name or the severity is unknown.
    """

    def __init__(self, name: str, severity: int) -> None:
        if name not in CORRUPTIONS:
            raise ValueError(f"there is no corruption '{name}', only {', '.join(CORRUPTIONS)}")
        if severity not in range(1, 6):
            raise ValueError(f'severity {severity} of a corruption is not one of 1 to 5')
        try:
            from imagecorruptions import corruptions
        except ImportError as error:
            raise ImportError(
                f'corruptions need the package imagecorruptions ({error}): '
                'pip install imagecorruptions-imaug'
            ) from error
        self.name, self.severity = name, severity
        self._corrupt = getattr(corruptions, name)

    def transform(self, results: dict) -> dict:
        """Corrupt ``results['img']``."""
        from PIL import Image

        key = f'{results["sample_name"]} {self.name} {self.severity}'
        seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], 'little')
        more = {'seed': seed} if self.name in _SEEDED_BY_ARGUMENT else {}
        image = Image.fromarray(np.ascontiguousarray(results['img'][..., ::-1]))
        state = np.random.get_state()
        np.random.seed(seed)
        try:
            corrupted = self._corrupt(image, self.severity, **more)
        finally:
            np.random.set_state(state)
        results['img'] = np.ascontiguousarray(np.uint8(corrupted)[..., ::-1])
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name='{self.name}', severity={self.severity})"
