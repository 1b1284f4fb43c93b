"""Cross entropy over the pixels of all ranks."""

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class SyncCrossEntropyLoss(nn.CrossEntropyLoss):
    """PyTorch's cross entropy as a loss of MMSegmentation's decode heads.

    The mean over the pixels that count, by their class weights, of all ranks: DDP averages the
    gradients of the ranks, each of which therefore divides by the average of all ranks' weights.
    MMSegmentation's own loss divides by the rank's own, so that a pixel counts the more, the more
    pixels its rank ignores; 1.2.2's fails where class weights meet ignored pixels.

    Args:
        class_weight: Weight of every class. Defaults to None: 1 each.
        loss_weight: Factor on the loss. Defaults to 1.0.
        loss_name: Name in the log; starts with ``loss_``. Defaults to ``'loss_ce'``.
    """

    def __init__(
        self,
        class_weight: Sequence[float] | None = None,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
    ) -> None:
        weight = None if class_weight is None else torch.tensor(class_weight)
        super().__init__(weight=weight, reduction='sum')
        self.loss_weight = loss_weight
        self.loss_name = loss_name

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = 255,
    ) -> Tensor:
        """Compute the loss.

        Args:
            logits: Scores, shape (N, C, H, W).
            labels: Train ids, shape (N, H, W), int64.
            weight: Pixel weights of a pixel sampler; not supported, None.
            ignore_index: Value of ``labels`` that does not count. Defaults to 255.

        Returns:
            Scalar; zero where no pixel counts.
        """
        self.ignore_index = ignore_index
        # CUDA adds up a sum of pixels in any order.
        self.reduction = 'none' if torch.are_deterministic_algorithms_enabled() else 'sum'
        total_weight = self._weight_of(labels, labels != ignore_index)
        all_reduce(total_weight, 'mean')
        tiny = torch.finfo(total_weight.dtype).tiny
        total = super().forward(logits, labels).sum()
        return self.loss_weight * total / total_weight.clamp(min=tiny)

    def _weight_of(self, labels: Tensor, counts: Tensor) -> Tensor:
        if self.weight is None:
            return counts.sum(dtype=torch.float32)
        return (self.weight[labels.where(counts, 0)] * counts).sum()
