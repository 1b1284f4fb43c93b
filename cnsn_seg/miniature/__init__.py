"""Procedural street scenes in four domains, written in the formats of the real data sets."""

from cnsn_seg.miniature.images import make_image
from cnsn_seg.miniature.make import TargetError, make_miniature

__all__ = ['TargetError', 'make_image', 'make_miniature']
