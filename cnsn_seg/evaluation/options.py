"""What an evaluation is asked for, and how it applies the model: windows and augmentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from cnsn_seg.datasets.transforms.corruption import CORRUPTIONS
from cnsn_seg.suggest import did_you_mean

SEVERITIES = (1, 2, 3, 4, 5)
SCALES = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
"""Scales of test-time augmentation, each with and without a horizontal flip, as in MMSeg."""
_OVERLAP = 1 / 3


@dataclass(frozen=True)
class Options:
    """What an evaluation is asked for.

    Args:
        domains: Domains in this order, out of ``cfg.test_dataloader`` and
            ``cfg.other_test_datasets``, and folders of images without labels. Defaults to the
            domains of ``cfg.test_dataloader``.
        corruptions: Names out of ``CORRUPTIONS``: every domain is evaluated under these, too.
            Defaults to none.
        severities: Severities of the corruptions. Defaults to 1 to 5.
        tta: Whether predictions are averaged over ``SCALES`` and flips. Defaults to False.
        slide: Whether the model slides over the image in windows of the training's crop size.
            Defaults to False (as ``model.test_cfg`` says).
        limit: Number of images of a domain, spread evenly over its list; a preview. Defaults to
            None (all).

    Raises:
        ValueError: If ``limit`` is not positive, or a corruption or severity is unknown.
    """

    domains: Sequence[str] | None = None
    corruptions: Sequence[str] = ()
    severities: Sequence[int] = SEVERITIES
    tta: bool = False
    slide: bool = False
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise ValueError(f'the limit is {self.limit} images a domain, expected 1 at least')
        for name in self.corruptions:
            if name not in CORRUPTIONS:
                raise ValueError(
                    f"there is no corruption '{name}', only {', '.join(CORRUPTIONS)}"
                    f'{did_you_mean(name, CORRUPTIONS)}'
                )
        for severity in self.severities:
            if severity not in SEVERITIES:
                raise ValueError(f'severity {severity} is not one of {SEVERITIES}')


def use_slide(cfg: Config) -> None:
    """Let the model slide over images in windows of ``cfg.crop_size`` that overlap by a third.

    Raises:
        ValueError: If the model knows no sliding, or the crop size is unknown.
    """
    if cfg.model.get('test_cfg') is None:
        raise ValueError(
            f"--slide needs a model with test_cfg such as EncoderDecoder; '{cfg.model.type}' of "
            'the config has none'
        )
    crop = cfg.get('crop_size') or cfg.model.get('data_preprocessor', {}).get('size')
    if crop is None:
        raise ValueError(
            "--slide needs the training's crop size, which the config does not say: add "
            'crop_size=(height, width)'
        )
    stride = [round(side * (1 - _OVERLAP)) for side in crop]
    cfg.model.test_cfg = dict(mode='slide', crop_size=tuple(crop), stride=tuple(stride))


def settings(model: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Describe how a model is applied: the ``settings`` of ``results.json``."""
    test_cfg = model.get('test_cfg') or {}
    slides = test_cfg.get('mode') == 'slide'
    return dict(
        mode='slide' if slides else 'whole',
        crop_size=list(test_cfg['crop_size']) if slides else None,
        stride=list(test_cfg['stride']) if slides else None,
        tta=options.tta,
        limit=options.limit,
    )


def augmented(pipeline: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Let a test pipeline end with all scales and flips of the image; its label stays as it is."""
    *steps, pack = pipeline
    scales = [dict(type='Resize', scale_factor=scale, keep_ratio=True) for scale in SCALES]
    flips = [dict(type='RandomFlip', prob=prob, direction='horizontal') for prob in (0.0, 1.0)]
    return [
        *steps,
        dict(type='KeepLabel'),
        dict(type='TestTimeAug', transforms=[scales, flips, [pack]]),
    ]
