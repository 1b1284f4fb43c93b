"""Networks for deployment: no CrossNorm, SelfNorm folded, as ONNX, TorchScript or torch.export."""

from .export import TOLERANCE, Agreement, export, export_model
from .fold import FoldedSelfNorm, for_inference
from .formats import FORMATS
from .network import DeployedNetwork

__all__ = [
    'FORMATS',
    'TOLERANCE',
    'Agreement',
    'DeployedNetwork',
    'FoldedSelfNorm',
    'export',
    'export_model',
    'for_inference',
]
