"""Evaluations of checkpoints that were never trained, in the folder of the fixture ``small``."""

from pathlib import Path

import cv2
import numpy as np
from mmengine.config import Config
from tiny_checkpoint import config_file

from cnsn_seg.engine import load_config
from cnsn_seg.evaluation import Options, evaluate_all, plan_jobs


def config(network: str = 'cnsn', **options) -> Config:
    return load_config(config_file(network), options={'test_dataloader.num_workers': 0} | options)


def save(out: Path, **options) -> tuple[dict, dict[str, np.ndarray]]:
    """Evaluate and read the saved predictions by path."""
    jobs = plan_jobs(['cnsn.pth'], out, out / 'pictures')
    (results,) = evaluate_all(config(), jobs, Options(**options))
    return results, {
        str(path.relative_to(out / 'pictures')): cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        for path in sorted((out / 'pictures').rglob('*.png'))
    }
