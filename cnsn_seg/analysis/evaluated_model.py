"""A result's model and data, built once more from its ``results.json``."""

import io
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import import_modules_from_strings
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.evaluation.checkpoint_file import file_sha256
from cnsn_seg.evaluation.predictor import Predictor
from cnsn_seg.evaluation.use_protocol import use_protocol


class EvaluatedModel:
    """What an evaluation evaluated: the same network, weights, protocol and images.

    Args:
        results: Content of ``results.json``.
        folder: Folder of ``results.json``, where a checkpoint that moved along is looked for.
    """

    def __init__(self, results: Mapping[str, Any], folder: Path) -> None:
        self.results = results
        self.folder = folder
        self._datasets: dict[str, Dataset] = {}

    @cached_property
    def checkpoint(self) -> Path:
        """The file of weights.

        Raises:
            FileNotFoundError: If it is not there any more.
            ValueError: If it is not the file that was evaluated.
        """
        path = Path(self.results['checkpoint']['path'])
        path = path if path.is_file() else self.folder / path.name
        if not path.is_file():
            raise FileNotFoundError(
                f"the checkpoint '{self.results['checkpoint']['path']}' is not there any more"
            )
        if file_sha256(path) != self.results['checkpoint']['sha256']:
            raise ValueError(f"the checkpoint '{path}' has changed since it was evaluated")
        return path

    @cached_property
    def predictor(self) -> Predictor:
        """The model with its weights, in evaluation mode."""
        checkpoint = self.checkpoint
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.filterwarnings('ignore', module=r'(mmcv|mmengine|mmseg|torch)\.')
            return Predictor(self._config, checkpoint)

    def dataset(self, domain: str) -> Dataset:
        """Build the images of a domain, with labels.

        Raises:
            FileNotFoundError: If the data is not there any more.
            ValueError: If the config has no such domain.
        """
        if domain not in self._datasets:
            self._datasets[domain] = self._build(domain)
        return self._datasets[domain]

    def _build(self, domain: str) -> Dataset:
        cfg = self._config
        others = cfg.get('other_test_datasets', [])
        for part in (*domain_parts(cfg.test_dataloader.dataset), *others):
            if domain_of(part) == domain:
                return DATASETS.build({**part, 'test_mode': True})
        raise ValueError(f"the evaluated config has no domain '{domain}'")

    @cached_property
    def _config(self) -> Config:
        cfg = Config(self.results['config']['content'])
        import_modules_from_strings(**cfg.get('custom_imports', {'imports': []}))
        init_default_scope(cfg.get('default_scope', 'mmseg'))
        cfg.protocol = self.results['protocol']['name']
        use_protocol(cfg)
        return cfg
