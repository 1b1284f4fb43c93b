"""mIoU on many domains."""

from .comparable import check_comparable
from .domain_iou_metric import DomainIoUMetric
from .evaluate import evaluate
from .use_protocol import use_protocol

__all__ = ['DomainIoUMetric', 'check_comparable', 'evaluate', 'use_protocol']
