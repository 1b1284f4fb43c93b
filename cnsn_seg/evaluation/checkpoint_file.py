"""What a checkpoint says about its training, and whether it fits a model."""

import ast
import copy
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmseg.registry import MODELS
from torch import Size, nn

from cnsn_seg.checkpoints import load, misfit, state_dict_of

from .progress import note


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file without its weights.

    Args:
        path: The file.
        sha256: Digest of the file.
        shapes: Name of a weight to its shape.
        meta: What MMEngine wrote about the training; empty for a bare state dict.
    """

    path: Path
    sha256: str
    shapes: Mapping[str, Size]
    meta: Mapping[str, Any]

    def setting(self, name: str) -> Any:
        """Look up a variable of the training's config, None where there is none.

        The text of the config is parsed and never executed, since a checkpoint may come from
        anybody: literals and ``dict(...)`` are understood.
        """
        try:
            statements = ast.parse(self.meta.get('cfg') or '').body
        except SyntaxError:
            return None
        for statement in statements:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
                try:
                    return ast.literal_eval(_DictCalls().visit(statement.value))
                except ValueError:
                    return None
        return None

    @property
    def model(self) -> dict[str, Any] | None:
        """The model in the training's config, None where the checkpoint does not say.

        Raises:
            ValueError: If it names a class by its import path, which could be anything.
        """
        model = self.setting('model')
        for kind in _types(model):
            if not re.fullmatch(r'\w+', str(kind)):
                raise ValueError(
                    f"the config in checkpoint '{self.path}' names the type {kind!r}, which is no "
                    'registered name: give the config that it was trained with'
                )
        return model

    @property
    def config_name(self) -> str | None:
        """Name of the config file of the training, None where the checkpoint does not say."""
        name = self.meta.get('experiment_name')
        return name and re.sub(r'_\d{8}_\d{6}$', '', name)

    def misfit(self, model: nn.Module) -> str:
        """Say which weights are not those of a model, '' where all are."""
        return misfit(self.shapes, model)

    def load_into(self, model: nn.Module) -> None:
        """Load the weights into a model that they fit."""
        model.load_state_dict(state_dict_of(load(self.path)), strict=False)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read what a checkpoint file says.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint.
    """
    content = load(path)
    try:
        state = state_dict_of(content)
    except ValueError as error:
        raise ValueError(f"'{path}' is no checkpoint: {error}") from error
    meta = content.get('meta')
    return Checkpoint(
        path=path,
        sha256=file_sha256(path),
        shapes={name: value.shape for name, value in state.items()},
        meta=meta if isinstance(meta, Mapping) else {},
    )


def config_for(checkpoint: Checkpoint, cfg: Config) -> Config:
    """Give a config the model that a checkpoint fits: its own, else the one stored there.

    Returns:
        A copy.

    Raises:
        ValueError: If the checkpoint fits neither, or the stored one cannot be trusted.
    """
    cfg = copy.deepcopy(cfg)
    misfit = checkpoint.misfit(MODELS.build(cfg.model))
    if not misfit:
        return cfg
    stored = checkpoint.model
    if stored is None or checkpoint.misfit(MODELS.build(stored)):
        raise ValueError(
            f"checkpoint '{checkpoint.path}' does not fit the model of the config: {misfit}"
        )
    note(
        f"'{checkpoint.path}' does not fit the model of the config and is evaluated with its own "
        f'({checkpoint.config_name})'
    )
    cfg.model = stored
    return cfg


def file_sha256(path: Path) -> str:
    """Digest a file."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class _DictCalls(ast.NodeTransformer):
    """Write ``dict(a=1)`` as ``{'a': 1}``, which is a literal."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.func) != 'dict' or node.args:
            return node
        keys = [word.arg and ast.Constant(word.arg) for word in node.keywords]
        return ast.Dict(keys=keys, values=[word.value for word in node.keywords])


def _types(config: Any) -> list[Any]:
    if isinstance(config, Mapping):
        inner = [kind for value in config.values() for kind in _types(value)]
        return [config['type'], *inner] if 'type' in config else inner
    if isinstance(config, (list, tuple)):
        return [kind for value in config for kind in _types(value)]
    return []
