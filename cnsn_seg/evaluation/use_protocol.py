"""Let a config follow a protocol."""

from typing import Any

from mmengine.config import Config
from mmseg.registry import DATASETS

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.datasets.protocols import NATIVE, protocol_of

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
DEFAULT_PROTOCOL = 'full'


def use_protocol(cfg: Config) -> None:
    """Hand ``cfg.protocol`` (``'full'`` by default) to every data set and evaluator of a config.

    Raises:
        ValueError: If there is no such protocol.
    """
    cfg.protocol = cfg.get('protocol', DEFAULT_PROTOCOL)
    protocol = protocol_of(cfg.protocol)
    for loader in LOADERS:
        if cfg.get(loader):
            for part in domain_parts(cfg[loader].dataset):
                part.protocol = protocol.name
    for evaluator in _domain_metrics(cfg):
        evaluator.classes = list(protocol.classes)


def _domain_metrics(cfg: Config) -> list[Any]:
    evaluators = [cfg.get(name) or [] for name in ('val_evaluator', 'test_evaluator')]
    metrics = [one for some in evaluators for one in (some if isinstance(some, list) else [some])]
    return [metric for metric in metrics if metric['type'] == 'DomainIoUMetric']


def check_views(cfg: Config) -> None:
    """Make sure that the test pipelines show what the protocol wants.

    Raises:
        ValueError: If the protocol does not have a data set of the test, or changes sizes that a
            pipeline without ``ProtocolView`` would leave alone.
    """
    protocol = protocol_of(cfg.protocol)
    for part in domain_parts(cfg.test_dataloader.dataset):
        view = protocol.view(DATASETS.get(part.type).data_set)
        steps = [step['type'] for step in part.pipeline]
        if view != NATIVE and 'ProtocolView' not in steps:
            raise ValueError(
                f"the test pipeline of '{domain_of(part)}' lacks dict(type='ProtocolView') behind "
                f"LoadTrainIds, without which it does not follow protocol '{protocol.name}'"
            )
