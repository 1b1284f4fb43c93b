from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config
from mmseg.registry import MODELS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnsn_seg.engine import load_config

CONFIGS = Path(__file__).parents[2] / 'configs/miniature'


@pytest.fixture(autouse=True)
def _quiet(quiet_logger):
    """`init_weights` of every network would list every parameter."""


@pytest.fixture
def cfg() -> Config:
    return load_config(CONFIGS / 'deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py')


@pytest.fixture
def build(randomised) -> Callable[[Config], nn.Module]:
    def of(cfg: Config) -> nn.Module:
        model = randomised(MODELS.build(cfg.model))
        model.decode_head.conv_seg.weight.mul_(30)  # logits of the size that trained ones have
        return model

    return of


@pytest.fixture
def model(cfg, build) -> nn.Module:
    return build(cfg)


@pytest.fixture
def randomised() -> Callable[[nn.Module], nn.Module]:
    """Give every batch norm, so every gate, parameters and statistics that matter; evaluate."""

    def randomise(network: nn.Module) -> nn.Module:
        for module in network.modules():
            if isinstance(module, _BatchNorm):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, std=0.3)
                nn.init.normal_(module.running_mean, std=0.3)
                nn.init.uniform_(module.running_var, 0.5, 1.5)
        network.eval()
        return network.requires_grad_(False)

    return randomise
