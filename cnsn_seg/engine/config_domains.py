"""Find domains in a config that its data sets do not have."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.evaluation.use_protocol import LOADERS
from cnsn_seg.suggest import did_you_mean

_SCORES = ('mIoU', 'mAcc', 'aAcc')


def check_domains(cfg: Mapping[str, Any]) -> None:
    """Compare domains that metrics and ``save_best`` name with those that the data sets have.

    Args:
        cfg: A whole config.

    Raises:
        ValueError: If there is no such domain; the message names the nearest.
    """
    for split in ('val', 'test'):
        evaluators = cfg.get(f'{split}_evaluator') or []
        for metric in evaluators if isinstance(evaluators, list) else [evaluators]:
            if metric.get('type') == 'DomainIoUMetric':
                _check_source(f'{split}_evaluator', metric, cfg)
                if split == 'val':
                    _check_save_best(cfg)


def _check_source(path: str, metric: Mapping[str, Any], cfg: Mapping[str, Any]) -> None:
    known = [domain for name in LOADERS for domain in _domains_of(cfg.get(name))]
    known += [domain_of(part) for part in cfg.get('other_test_datasets') or []]
    source = metric.get('source', 'gta')
    for name in [source] if isinstance(source, str) else source:
        if known and name not in known:
            raise ValueError(
                f"{path}.source names the domain '{name}', which no data set of the config is of: "
                f'{", ".join(dict.fromkeys(known))}{did_you_mean(name, known)}'
            )


def _check_save_best(cfg: Mapping[str, Any]) -> None:
    chosen = ((cfg.get('default_hooks') or {}).get('checkpoint') or {}).get('save_best')
    domains = list(_domains_of(cfg.get('val_dataloader')))
    if not chosen or not domains:
        return
    known = [f'{domain}/{score}' for domain in domains for score in _SCORES]
    known += ['auto', 'source/mIoU', 'unseen/mIoU']
    for name in [chosen] if isinstance(chosen, str) else chosen:
        if name not in known:
            raise ValueError(
                f"default_hooks.checkpoint.save_best is '{name}', which validation does not "
                f'measure, only {", ".join(known[:-3])}{did_you_mean(name, known)}'
            )


def _domains_of(loader: Mapping[str, Any] | None) -> Iterator[str]:
    if loader and loader.get('dataset'):
        yield from (domain_of(part) for part in domain_parts(loader['dataset']))
