"""Cross entropy with class weights."""

from collections.abc import Sequence

import torch
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class ClassWeightedCrossEntropyLoss(nn.CrossEntropyLoss):
    """PyTorch's cross entropy as a loss of MMSegmentation's decode heads.

    MMSegmentation 1.2.2's own loss fails where class weights meet ignored pixels. The mean is
    taken over the weights of the pixels that count.

    Args:
        class_weight: Weight of every class.
        loss_weight: Factor on the loss. Defaults to 1.0.
        loss_name: Name in the log; starts with ``loss_``. Defaults to ``'loss_ce'``.
    """

    def __init__(
        self, class_weight: Sequence[float], loss_weight: float = 1.0, loss_name: str = 'loss_ce'
    ) -> None:
        super().__init__(weight=torch.tensor(class_weight))
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
            Scalar.
        """
        self.ignore_index = ignore_index
        return self.loss_weight * super().forward(logits, labels)
