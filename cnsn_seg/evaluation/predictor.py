"""Predict single samples of a data set."""

from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch.utils.data import Dataset

from cnsn_seg.checkpoints import load, state_dict_of


class Predictor:
    """A trained model that predicts samples as they come out of a data set.

    Args:
        cfg: Config of the model.
        checkpoint: Checkpoint that fits the model to the last key.
    """

    def __init__(self, cfg: Config, checkpoint: str | Path) -> None:
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        self.model = MODELS.build(cfg.model).to(get_device()).eval()
        self.model.load_state_dict(state_dict_of(load(checkpoint)))

    @torch.no_grad()
    def __call__(self, dataset: Dataset, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Predict one sample.

        Args:
            dataset: Data set with a test pipeline.
            index: Index of the sample.

        Returns:
            Truth and prediction as train ids, shape (H, W) each, at the label's size.
        """
        sample = self.model.test_step(pseudo_collate([dataset[index]]))[0]
        truth, prediction = sample.gt_sem_seg.data, sample.pred_sem_seg.data
        return truth[0].cpu().numpy(), prediction[0].cpu().numpy()
