"""What is evaluated: domains, their corrupted variants, and folders of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.datasets.domain_dataset import DomainDataset
from cnsn_seg.datasets.image_folder import ImageFolder
from cnsn_seg.suggest import did_you_mean

from .jobs import short_names
from .options import Options, augmented
from .use_protocol import check_views, use_protocol

Image = tuple[str, str]
"""Domain and name of an image."""


@dataclass(frozen=True)
class Part:
    """One domain or folder of an evaluation.

    Args:
        config: Config of its data set.
        dataset: Its images, all of them.
        limit: Number of images that are evaluated, None for all.
        corruption: ``corruption`` in ``results.json``. Defaults to None.
    """

    config: dict[str, Any]
    dataset: BaseSegDataset
    limit: int | None
    corruption: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """Name under which it is reported."""
        return self.dataset.domain

    @property
    def is_labelled(self) -> bool:
        """Whether there is a truth to compare with."""
        return isinstance(self.dataset, DomainDataset)

    @property
    def folder(self) -> Path:
        """Where its images are."""
        return Path(self.dataset.data_prefix['img_path'])

    @cached_property
    def indices(self) -> list[int]:
        """Images that are evaluated, spread evenly where they are not all."""
        count = len(self.dataset)
        chosen = min(self.limit or count, count)
        return [index * count // chosen for index in range(chosen)]

    @cached_property
    def images(self) -> list[Image]:
        """The images of ``indices``."""
        infos = map(self.dataset.get_data_info, self.indices)
        return [(self.name, info['sample_name']) for info in infos]

    @property
    def num_expected(self) -> int:
        """Number of images under the protocol, those that the config excludes included."""
        return len(self.dataset) + self.dataset.num_excluded


def plan_parts(cfg: Config, options: Options) -> list[Part]:
    """Build the data sets of an evaluation, and let ``cfg.test_dataloader`` have its domains.

    Returns:
        The domains in the order asked for, then their corrupted variants, then folders.

    Raises:
        ValueError: If a domain is unknown or not in the protocol, or a folder's name is taken.
        FileNotFoundError: If files of a data set are missing.
    """
    domains, folders = _domains_and_folders(cfg, options.domains)
    keep_domains(cfg, domains)
    use_protocol(cfg)
    check_views(cfg)
    for part in domain_parts(cfg.test_dataloader.dataset):
        part.test_mode = True
    clean = [_part(part.to_dict(), options) for part in cfg.test_dataloader.dataset.datasets]
    corruptions = [
        (part, dict(domain=part.name, name=name, severity=severity))
        for part in clean
        for name in dict.fromkeys(options.corruptions)
        for severity in sorted(set(options.severities))
    ]
    return [
        *clean,
        *(_corrupted(part, corruption) for part, corruption in corruptions),
        *(_part(config, options) for config in folders),
    ]


def unofficial(parts: Sequence[Part]) -> str:
    """Say which domains list another number of images than the official release, '' for none."""
    found = []
    for part in parts:
        if part.is_labelled and part.corruption is None:
            dataset = part.dataset
            official = dataset.official_counts.get(dataset.split)
            excluded = len(dataset.protocol.exclude.get(dataset.data_set, ()))
            if official and not official - excluded <= part.num_expected <= official:
                found.append(f'{part.name} {part.num_expected} of {official}')
    return ', '.join(found)


def keep_domains(cfg: Config, domains: Sequence[str]) -> None:
    """Let ``cfg.test_dataloader`` have some domains, in the order given.

    They come from the loader itself and from ``cfg.other_test_datasets``, a list of data sets
    that are tested only where they are asked for.

    Raises:
        ValueError: If the config does not have one of them.
    """
    known = _known_domains(cfg)
    for name in domains:
        if name not in known:
            raise ValueError(
                f'the config has no domain {name} to test, only {", ".join(known)}'
                f'{did_you_mean(name, list(known))}'
            )
    cfg.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[known[name] for name in domains]
    )


def _known_domains(cfg: Config) -> dict[str, Any]:
    return {domain_of(part): part for part in (*cfg.get('other_test_datasets', []), *_tested(cfg))}


def _tested(cfg: Config) -> list[Any]:
    dataset = cfg.test_dataloader.dataset
    return dataset.datasets if 'datasets' in dataset else [dataset]


def _domains_and_folders(
    cfg: Config, names: Sequence[str] | None
) -> tuple[list[str], list[dict[str, Any]]]:
    """Tell names of domains from paths of folders, and configure the latter."""
    if names is None:
        return [domain_of(part) for part in _tested(cfg)], []
    names = list(dict.fromkeys(names))
    known = _known_domains(cfg)
    paths = [Path(name) for name in names if name not in known and Path(name).is_dir()]
    folders = dict(zip(short_names(paths), paths, strict=True)) if paths else {}
    for name, path in folders.items():
        if name in known:
            raise ValueError(
                f"the folder '{path}' would be reported as '{name}', which is a domain: rename it"
            )
    pipeline = [dict(type='LoadImage'), dict(type='PackDomainInputs')]
    return [name for name in names if Path(name) not in paths], [
        dict(type=ImageFolder.__name__, folder=str(path), domain=name, pipeline=pipeline)
        for name, path in folders.items()
    ]


def _part(config: dict[str, Any], options: Options) -> Part:
    if options.tta:
        config = {**config, 'pipeline': augmented(config['pipeline'])}
    return Part(config, DATASETS.build(config), options.limit)


def _corrupted(part: Part, corruption: dict[str, Any]) -> Part:
    """Insert a corruption behind the loading of the image."""
    of, name, severity = corruption.values()
    domain, steps = f'{of}+{name}-{severity}', list(part.config['pipeline'])
    loaded = next(i for i, step in enumerate(steps, 1) if step['type'].startswith('LoadImage'))
    steps.insert(loaded, dict(type='Corrupt', name=name, severity=severity))
    config = {**part.config, 'domain': domain, 'pipeline': steps}
    return Part(config, part.dataset.reported_as(domain, steps), part.limit, corruption)
