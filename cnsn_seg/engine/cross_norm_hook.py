"""Choose which CrossNorms are active, once per training iteration."""

import math

import numpy as np
import torch
from mmengine.dist import broadcast_object_list, get_rank
from mmengine.hooks import Hook
from mmengine.registry import HOOKS
from mmengine.runner import Runner

from cnsn_seg.layers import CrossNorm


@HOOKS.register_module()
class CrossNormHook(Hook):
    """Activate some of the model's CrossNorms in some training iterations.

    Tang et al., ICCV 2021, section 4 (settings of the authors' segmentation release: probability
    0.5, one active layer). The choice holds for the whole iteration. It depends on the run's
    seed, the rank and the iteration alone, so that it survives resuming and never touches the
    global generators: ``prob=0`` trains the plain network bit for bit. Where CrossNorms take
    styles from all ranks (``sync_styles``), all ranks choose what rank 0 chooses.

    Args:
        prob: Probability that CrossNorm acts in an iteration, in [0, 1]. Defaults to 0.5.
        num_active: How many layers act then, at least 1. Defaults to 1.

    Raises:
        ValueError: If an argument is outside its range.
    """

    def __init__(self, prob: float = 0.5, num_active: int = 1) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'CrossNormHook expects prob in [0, 1], got {prob}')
        if num_active < 1:
            raise ValueError(f'CrossNormHook expects num_active >= 1, got {num_active}')
        self.prob = prob
        self.num_active = num_active

    def before_train(self, runner: Runner) -> None:
        """Take over every CrossNorm that has no probability of its own.

        Raises:
            ValueError: If the model has fewer such layers than ``num_active``.
        """
        self._layers = [
            module
            for module in runner.model.modules()
            if isinstance(module, CrossNorm) and module.prob is None
        ]
        if len(self._layers) < self.num_active:
            raise ValueError(
                f'CrossNormHook should activate {self.num_active} CrossNorm layers, but the model '
                f'has {len(self._layers)} without a prob of their own: place CrossNorm in the '
                'model (cn_pos), lower num_active, or remove the hook from custom_hooks'
            )
        for layer in self._layers:
            layer.has_hook = True
        seeds = [runner.seed]
        broadcast_object_list(seeds)
        together = any(layer.sync_styles for layer in self._layers)
        self._entropy = seeds[0], 0 if together else get_rank()
        if runner.cfg.get('compile'):
            self._allow_graphs(math.comb(len(self._layers), self.num_active))

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Draw this iteration's active layers and their seeds."""
        seed = np.random.SeedSequence([*self._entropy, runner.iter]).generate_state(1)
        generator = torch.Generator().manual_seed(int(seed[0]))
        if torch.rand((), generator=generator).item() >= self.prob:
            return
        layers = self._trained_layers()
        chosen = torch.randperm(len(layers), generator=generator)[: self.num_active]
        seeds = torch.randint(2**31, (self.num_active,), generator=generator)
        for index, layer_seed in zip(chosen.tolist(), seeds.tolist(), strict=True):
            layers[index].activate(layer_seed)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | None = None,
        outputs: dict | None = None,
    ) -> None:
        """End the iteration's choice."""
        for layer in self._layers:
            layer.deactivate()

    def _allow_graphs(self, choices: int) -> None:
        """Let torch.compile have a graph for each choice of layers, for none, for evaluation."""
        import torch._dynamo

        config = torch._dynamo.config
        config.recompile_limit = max(config.recompile_limit, choices + 2)

    def _trained_layers(self) -> list[CrossNorm]:
        """Leave out layers that cannot act, because frozen_stages keeps them in evaluation mode."""
        layers = [layer for layer in self._layers if layer.training]
        if len(layers) < self.num_active:
            raise ValueError(
                f'CrossNormHook should activate {self.num_active} CrossNorm layers, but only '
                f'{len(layers)} of {len(self._layers)} are in training mode: lower num_active, or '
                'frozen_stages of the backbone'
            )
        return layers
