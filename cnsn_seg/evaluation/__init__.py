"""mIoU on many domains."""

from .domain_iou_metric import DomainIoUMetric
from .evaluate import evaluate

__all__ = ['DomainIoUMetric', 'evaluate']
