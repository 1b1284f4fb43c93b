"""The only place that knows which versions of OpenMMLab and torch are installed.

`prepare` makes two things work where they would not:

* Importing MMSegmentation 1.x beside an MMCV without compiled operators (`mmcv-lite`): names of
  `mmcv.ops` that it imports unconditionally get stand-ins. A complete MMCV is never touched, and
  neither is the onedl line, whose MMSegmentation does without `mmcv.ops`.
* Resuming under PyTorch's `torch.load`, which refuses everything that is not on an allow-list:
  the few harmless types that MMEngine keeps in its checkpoints are put on it.
"""

import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pickle import UnpicklingError
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

_PACKAGES = ('mmcv', 'mmengine', 'mmseg')
_OPERATORS = 'mmcv._ext'

_INSTALL_HINT = "pip install 'cnsn-seg[openmmlab]' (or 'cnsn-seg[onedl]')"
_FULL_MMCV_HINT = (
    "install the full MMCV: pip uninstall mmcv-lite, then pip install 'setuptools<81' and "
    'pip install --no-build-isolation mmcv==2.1.0 (or mim install mmcv==2.1.0)'
)
_DTYPE_CODES = '?' + np.typecodes['AllInteger'] + np.typecodes['Float']
_STATISTICS = ('min', 'max', 'current', 'mean')

logger = logging.getLogger('cnsn_seg')


def available() -> bool:
    """Whether MMCV, MMEngine and MMSegmentation are all installed."""
    return not _missing_packages()


def require() -> None:
    """Raises an `ImportError` that says what to install where MMSegmentation cannot be used."""
    if missing := _missing_packages():
        raise ImportError(f'not installed: {", ".join(missing)}; {_INSTALL_HINT}')


def prepare() -> None:
    """Makes MMSegmentation importable and its checkpoints loadable; repeating it is harmless.

    Does nothing where a part of OpenMMLab is not installed: the layers need none of it.

    Raises:
        ImportError: MMSegmentation lacks a package that it needs.
    """
    if not available():
        return
    missing = _module_missing_from_mmseg()
    if missing == _OPERATORS:
        _install_stand_ins()
        missing = _module_missing_from_mmseg()
    if missing:
        raise ImportError(f'mmseg needs {missing}, which is not installed; {_INSTALL_HINT}')
    _allow_checkpoint_types()


def _missing_packages() -> list[str]:
    return [name for name in _PACKAGES if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:  # a finder that forbids the import instead of leaving it to the next
        return False


def _module_missing_from_mmseg() -> str | None:
    try:
        importlib.import_module('mmseg.utils')
    except ModuleNotFoundError as error:
        return error.name
    return None


# Stand-ins for compiled operators


def _install_stand_ins() -> None:
    """Puts a module in the place of MMCV's compiled one.

    Its spec has no loader, by which `mmengine.utils.dl_utils.mmcv_full_available` and
    `mmcv.utils.check_ops_exist` still see that MMCV is not complete.
    """
    module = ModuleType(_OPERATORS, 'Stand-ins by cnsn_seg for operators that were not compiled.')
    module.__spec__ = ModuleSpec(_OPERATORS, loader=None)
    module.__getattr__ = _missing_operator
    module.sigmoid_focal_loss_forward = _sigmoid_focal_loss_forward
    module.sigmoid_focal_loss_backward = _sigmoid_focal_loss_backward
    module.get_compiler_version = module.get_compiling_cuda_version = lambda: 'n/a'
    sys.modules[_OPERATORS] = module
    logger.warning('MMCV has no compiled operators: mmcv.ops gets stand-ins (see cnsn_seg.compat)')


def _missing_operator(name: str) -> Callable[..., NoReturn]:
    if name.startswith('__'):
        raise AttributeError(name)

    def operator(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(f'mmcv.ops: {name!r} was not compiled; {_FULL_MMCV_HINT}')

    return operator


def _sigmoid_focal_loss_forward(
    logits: Tensor, target: Tensor, weight: Tensor, output: Tensor, gamma: float, alpha: float
) -> None:
    """Writes the sigmoid focal loss of each logit to `output`.

    Args:
        logits: Shape (N, C).
        target: Class of each row, shape (N,); any id outside [0, C) is background.
        weight: Weight of each class, shape (C,), or empty.
        output: Receives the losses, shape (N, C).
        gamma: Focusing exponent.
        alpha: Weight of positives; negatives weigh 1 - alpha.
    """
    output.copy_(_sigmoid_focal_loss(logits, target, weight, gamma, alpha))


def _sigmoid_focal_loss_backward(
    logits: Tensor, target: Tensor, weight: Tensor, grad_logits: Tensor, gamma: float, alpha: float
) -> None:
    """Writes the derivative of each loss with respect to its logit to `grad_logits`.

    Takes the arguments of `_sigmoid_focal_loss_forward`.
    """
    with torch.enable_grad():
        logits = logits.detach().requires_grad_()
        total = _sigmoid_focal_loss(logits, target, weight, gamma, alpha).sum()
    grad_logits.copy_(torch.autograd.grad(total, logits)[0])


def _sigmoid_focal_loss(
    logits: Tensor, target: Tensor, weight: Tensor, gamma: float, alpha: float
) -> Tensor:
    classes = torch.arange(logits.size(1), device=logits.device)
    positive = target[:, None] == classes
    evidence = torch.where(positive, logits, -logits)
    focus = torch.exp(gamma * F.logsigmoid(-evidence))
    balance = torch.where(positive, alpha, 1 - alpha).to(logits)
    loss = -balance * focus * F.logsigmoid(evidence)
    return loss if weight.numel() == 0 else loss * weight[target, None]


# Checkpoints


def _allow_checkpoint_types() -> None:
    """Allows what a checkpoint of `mmengine.runner.Runner` holds besides tensors and containers.

    NumPy's functions go by different names in files written under NumPy 1 and 2; both are served.
    """
    from mmengine.logging import HistoryBuffer

    array = np.empty(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(code)) for code in _DTYPE_CODES}
    allowed = {
        'mmengine.logging.history_buffer.HistoryBuffer': HistoryBuffer,
        'builtins.getattr': _history_statistic,
        'numpy.ndarray': np.ndarray,
        'numpy.dtype': np.dtype,
        **{f'numpy.dtypes.{dtype.__name__}': dtype for dtype in dtypes},
        **{f'numpy.{core}.multiarray._reconstruct': array for core in ('core', '_core')},
        **{f'numpy.{core}.multiarray.scalar': scalar for core in ('core', '_core')},
    }
    # Named pairs outlive onedl-mmengine's own allow-list, which withdraws bare types after a load.
    torch.serialization.add_safe_globals([(value, name) for name, value in allowed.items()])


def _history_statistic(owner: Any, name: str) -> Callable:
    """Answers for `getattr` while unpickling: gives a `HistoryBuffer` its own statistics, only.

    A pickled `HistoryBuffer` refers to its methods as `getattr(HistoryBuffer, 'mean')`. Allowing
    the real `getattr` would let a crafted file reach any attribute of any allowed object.
    """
    from mmengine.logging import HistoryBuffer

    if owner is HistoryBuffer and name in _STATISTICS:
        return getattr(owner, name)
    raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not allowed in a checkpoint')
