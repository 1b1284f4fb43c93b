"""mIoU on many domains."""

from .comparable import check_comparable
from .domain_iou_metric import DomainIoUMetric
from .evaluate import evaluate, evaluate_all
from .jobs import Job, plan_jobs
from .options import Options
from .results import read_results
from .use_protocol import use_protocol

__all__ = [
    'DomainIoUMetric',
    'Job',
    'Options',
    'check_comparable',
    'evaluate',
    'evaluate_all',
    'plan_jobs',
    'read_results',
    'use_protocol',
]
