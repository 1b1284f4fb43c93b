"""Procedural street scenes in several domains, written in the formats of the real data sets."""

from cnsn_seg.miniature.formats import DEFAULT, FORMATS
from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.looks import DOMAINS
from cnsn_seg.miniature.make import make_miniature
from cnsn_seg.miniature.target import TargetError

__all__ = ['DEFAULT', 'DOMAINS', 'FORMATS', 'TargetError', 'make_image', 'make_miniature']
