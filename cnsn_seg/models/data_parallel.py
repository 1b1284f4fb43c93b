"""Training on the CPU by several processes."""

from typing import Any

from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from cnsn_seg.layers.sync_batch_norm import SyncBatchNormOnCPU


@MODEL_WRAPPERS.register_module()
class DataParallelOnCPU(MMDistributedDataParallel):
    """MMEngine's data parallel model, with batch norms over all ranks that need no GPU.

    Args:
        module: The model, with ``torch.nn.SyncBatchNorm`` where the config has ``sync_bn='torch'``.
        device_ids: What MMEngine passes; there are none.
        **kwargs: Arguments of ``MMDistributedDataParallel``.
    """

    def __init__(self, module: nn.Module, device_ids: Any = None, **kwargs: Any) -> None:
        SyncBatchNormOnCPU.take_over(module)
        super().__init__(module, **{'broadcast_buffers': False, **kwargs})
