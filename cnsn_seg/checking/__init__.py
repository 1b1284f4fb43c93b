"""Check a data set before days of training are spent on it."""

from .check import Options, check
from .findings import KINDS, Finding
from .report import Report
from .sources import SOURCES, Source, parse_roots
from .table import explanation, summary_table

__all__ = [
    'KINDS',
    'SOURCES',
    'Finding',
    'Options',
    'Report',
    'Source',
    'check',
    'explanation',
    'parse_roots',
    'summary_table',
]
