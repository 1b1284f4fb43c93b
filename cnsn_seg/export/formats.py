"""The file formats of exported networks; batch, height and width stay free in each of them."""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

OPSET = 18
"""Version of ONNX's operators."""

_ONNX_PACKAGES = ('onnx', 'onnxscript', 'onnxruntime')
_AXES = {0: 'batch', 2: 'height', 3: 'width'}


class Format(NamedTuple):
    """How a network is written and read.

    Args:
        suffix: End of the name of its files.
        write: Writes a network that maps images (N, 3, H, W) to logits.
        load: Reads what was written, to be called on the CPU.
    """

    suffix: str
    write: Callable[[nn.Module, Path], None]
    load: Callable[[Path], Callable[[Tensor], Tensor]]


def _write_onnx(network: nn.Module, path: Path) -> None:
    missing = [name for name in _ONNX_PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(
            f'the format onnx needs {", ".join(missing)}: pip install {" ".join(missing)}'
        )
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # the exporter's, of its own internals
        torch.onnx.export(
            network,
            (_example(),),
            path,
            dynamo=True,
            opset_version=OPSET,
            input_names=['image'],
            output_names=['logits'],
            dynamic_shapes=(_AXES,),
            external_data=False,
            verbose=False,
        )


def _load_onnx(path: Path) -> Callable[[Tensor], Tensor]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
    return lambda image: torch.from_numpy(session.run(None, {'image': image.numpy()})[0])


def _write_torchscript(network: nn.Module, path: Path) -> None:
    torch.jit.trace(network, _example()).save(path)


def _write_exported(network: nn.Module, path: Path) -> None:
    free = dict.fromkeys(_AXES, torch.export.Dim.DYNAMIC)
    program = torch.export.export(network, (_example(),), dynamic_shapes=(free,))
    torch.export.save(program, path)


def _load_exported(path: Path) -> Callable[[Tensor], Tensor]:
    return torch.export.load(path).module()


def _example() -> Tensor:
    """An image to trace with; an axis of length 1 would be taken for a constant."""
    return torch.rand(2, 3, 96, 160) * 255


FORMATS = {
    'onnx': Format('.onnx', _write_onnx, _load_onnx),
    'torchscript': Format('.torchscript', _write_torchscript, torch.jit.load),
    'exported': Format('.pt2', _write_exported, _load_exported),
}
"""What ``--format`` names: ONNX, a traced `torch.jit` module, a `torch.export` program."""
