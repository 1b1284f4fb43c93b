"""Predictions of images, videos and cameras, to look at or to hand in."""

from .formats import FORMATS
from .inputs import plan_inputs
from .predict import predict

__all__ = ['FORMATS', 'plan_inputs', 'predict']
