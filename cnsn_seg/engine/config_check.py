"""Find mistakes in a config before anything is built, and say where they are.

Names that exist nowhere and arguments that a component does not take are mistakes. Where that
cannot be decided, as with arguments that a class hands on, only near misses of known ones are.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import mmseg.registry
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from cnsn_seg.evaluation.use_protocol import LOADERS
from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm
from cnsn_seg.models.norm_layers import CNBN, CNSNBN, SNBN
from cnsn_seg.models.placement import Placement
from cnsn_seg.suggest import did_you_mean

from .config_domains import check_domains
from .cross_norm_hook import CrossNormHook

_TOP_LEVEL = (
    *inspect.signature(Runner.__init__).parameters,
    *('custom_imports', 'find_unused_parameters', 'activation_checkpointing', 'compile'),
    *('efficient_conv_bn_eval', 'tta_model', 'tta_pipeline', 'train_pipeline', 'test_pipeline'),
    *('val_pipeline', 'crop_size', 'method', 'other_test_datasets', 'protocol', 'strict_load'),
)
"""What MMEngine, MMSegmentation or we read of a config."""
_TAKEN_BY_BUILDERS = (
    *('type', '_scope_', 'requires_grad', 'priority', 'paramwise_cfg', 'constructor'),
    *('convert_to_iter_based', 'init_cfg', 'inplace', 'postfix', 'override'),
)
"""Keys that MMEngine, MMCV and MMSegmentation take out before they build a component."""
_LOADER_KEYS = (
    *inspect.signature(DataLoader.__init__).parameters,
    *('num_batch_per_epoch', '_delete_'),
)
_PLUGIN_KEYS = ('cfg', 'position', 'stages')
_PLUGIN_POSITIONS = ('after_conv1', 'after_conv2', 'after_conv3')
_OTHER_REGISTRIES = ('Albu',)
"""Components whose own parts are none of MMSegmentation's."""
_ALWAYS_BUILT = re.compile(
    r'model(\.\w+)?|model\.\w+_head\.\d+|\w+_dataloader\.(dataset|sampler)|.*_pipeline\.\d+'
    r'|.*\.pipeline\.\d+|optim_wrapper(\.optimizer)?|param_scheduler\.\d+|\w+_evaluator(\.\d+)?'
    r'|(default|custom)_hooks\.\w+|\w+_cfg|visualizer'
)
"""Where MMEngine and MMSegmentation build a component by its name, and nothing else does."""
_CHEAP = {
    CNSN: dict(in_channels=2),
    CrossNorm: dict(),
    SelfNorm: dict(in_channels=2),
    SNBN: dict(num_features=2),
    CNBN: dict(num_features=2),
    CNSNBN: dict(num_features=2),
    CrossNormHook: dict(),
}
"""Components that are built to see whether their arguments are right, with what they need."""


def check_config(cfg: Config) -> None:
    """Find misspelt keys, types, arguments, positions, stages, probabilities and domains.

    Args:
        cfg: A whole config.

    Raises:
        ValueError: If something is wrong. The message names the key, what was expected and the
            nearest valid name.
    """
    cfg = cfg.to_dict()
    for key in cfg:
        is_plural = key.removesuffix('s') in _TOP_LEVEL
        if key not in _TOP_LEVEL and not is_plural and _is_near(key, _TOP_LEVEL):
            raise ValueError(
                f"the config has '{key}', which nothing reads{did_you_mean(key, _TOP_LEVEL)}"
            )
    for name in LOADERS:
        _check_loader(name, cfg.get(name))
    for path, part in _dicts({key: cfg[key] for key in cfg if _is_built(key)}):
        _check_hooks(path, part)
        if 'cnsn' in part:
            _check_cnsn(f'{path}.cnsn', part['cnsn'])
        if 'plugins' in part:
            _check_plugins(f'{path}.plugins', part['plugins'])
        if isinstance(part.get('type'), str):
            _check_component(path, part)
    check_domains(cfg)


def check_options(options: Iterable[str], cfg: Config) -> None:
    """Make sure that options of the command line change something that is there.

    Args:
        options: Dotted keys.
        cfg: The config that they go into.

    Raises:
        ValueError: If the first part of one is neither a key of the config nor read by anything.
    """
    known = [*cfg, *_TOP_LEVEL]
    for option in options:
        key = option.split('.')[0]
        if key not in known:
            raise ValueError(
                f"--cfg-options {option}: the config has no '{key}'{did_you_mean(key, known)}"
            )


def check_batch(cfg: Config) -> None:
    """Make sure that CrossNorm has samples to exchange statistics between.

    Raises:
        ValueError: If ``train_dataloader.batch_size`` is 1 and styles come from no other rank.
    """
    cfg = cfg.to_dict()
    if (cfg.get('train_dataloader') or {}).get('batch_size') != 1:
        return
    for path, part in _dicts(cfg.get('model', {})):
        cnsn = part.get('cnsn') or {}
        layer = cnsn if cnsn.get('cn_pos') else _cross_norm_of(part)
        if layer is None or layer.get('mode') == 'one_instance':
            continue
        if not layer.get('sync_styles') or cfg.get('launcher', 'none') == 'none':
            raise ValueError(
                f'model.{path} places CrossNorm, which exchanges statistics between the images of '
                'a batch, but train_dataloader.batch_size is 1: raise it, or train on several '
                'ranks with sync_styles=True'
            )


def _cross_norm_of(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give CrossNorm's arguments in the config of a plugin or a norm layer."""
    if part.get('type') in ('CrossNorm', 'CNSN'):
        return part
    if part.get('type') in ('CNBN', 'CNSNBN'):
        return part.get('cross_norm') or {}
    return None


def _dicts(part: Any, path: str = '') -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every dict in a config with its path, such as ``model.backbone``."""
    if isinstance(part, Mapping):
        yield path, part
        if part.get('type') in _OTHER_REGISTRIES:
            return
        inner = part.items()
    elif isinstance(part, list | tuple):
        inner = enumerate(part)
    else:
        return
    for key, value in inner:
        yield from _dicts(value, f'{path}.{key}' if path else str(key))


def _check_loader(name: str, loader: Mapping[str, Any] | None) -> None:
    for key in loader or {}:
        if key not in _LOADER_KEYS:
            raise ValueError(
                f"{name} has '{key}', which data loaders do not know"
                f'{did_you_mean(key, _LOADER_KEYS)}'
            )


def _check_hooks(path: str, part: Mapping[str, Any]) -> None:
    if path != 'default_hooks':
        return
    for name, hook in part.items():
        if isinstance(hook, Mapping) and 'type' not in hook:
            others = [other for other in part if other != name]
            raise ValueError(f'default_hooks.{name} has no type{did_you_mean(name, others)}')


def _check_cnsn(path: str, cnsn: Mapping[str, Any] | None) -> None:
    if cnsn is None:
        return
    if not isinstance(cnsn, Mapping):
        raise ValueError(f'{path} should be a dict, got {cnsn!r}')
    _at(path, lambda: Placement.from_config(cnsn))


def _check_plugins(path: str, plugins: Sequence[Mapping[str, Any]] | None) -> None:
    """Check what MMSegmentation's ResNets take besides the plugin itself."""
    for number, plugin in enumerate(plugins or ()):
        for key in plugin if 'cfg' in plugin else ():
            if key not in _PLUGIN_KEYS:
                raise ValueError(f"{path}.{number} has '{key}'{did_you_mean(key, _PLUGIN_KEYS)}")
        position = plugin.get('position', _PLUGIN_POSITIONS[0])
        if position not in _PLUGIN_POSITIONS:
            raise ValueError(
                f'{path}.{number}.position should be one of {", ".join(_PLUGIN_POSITIONS)}, got '
                f"'{position}'{did_you_mean(position, _PLUGIN_POSITIONS)}"
            )


def _check_component(path: str, part: Mapping[str, Any]) -> None:
    name = part['type']
    if '.' in name:  # of another package, or an import path
        return
    candidates = [found for registry in _registries() if (found := registry.get(name)) is not None]
    if not candidates:
        known = [name for registry in _registries() for name in _names(registry)]
        if not (_ALWAYS_BUILT.fullmatch(path) or _is_near(name, known)):
            return
        raise ValueError(
            f"{path}.type is '{name}', which no registry of MMSegmentation has"
            f'{did_you_mean(name, known)}'
        )
    problems = [_problem_of(component, part) for component in candidates]
    if all(problems):
        raise ValueError(f'{path} {problems[0]}')
    if candidates[0] in _CHEAP:
        options = {key: value for key, value in part.items() if key not in _TAKEN_BY_BUILDERS}
        _at(path, lambda: candidates[0](**{**_CHEAP[candidates[0]], **options}))


def _registries() -> list[Registry]:
    return [part for part in vars(mmseg.registry).values() if isinstance(part, Registry)]


def _names(registry: Registry) -> Iterator[str]:
    while registry is not None:
        yield from registry.module_dict
        registry = registry.parent


def _problem_of(component: Callable, part: Mapping[str, Any]) -> str | None:
    """Say which key a component does not take, None where it may take all of them."""
    known, is_complete = _arguments(component)
    for key in part:
        if key in known or key in _TAKEN_BY_BUILDERS:
            continue
        if is_complete or _is_near(key, known):
            return f"has '{key}', which {part['type']} does not take{did_you_mean(key, known)}"
    return None


def _arguments(component: Callable) -> tuple[set[str], bool]:
    """List what a component takes by name, and say whether that is all.

    What a class takes as ``**kwargs`` usually goes to its parents, whose arguments count, too.
    """
    constructors = (
        [base.__init__ for base in component.__mro__ if '__init__' in vars(base)]
        if inspect.isclass(component)
        else [component]
    )
    known: set[str] = set()
    for number, constructor in enumerate(constructors):
        try:
            parameters = inspect.signature(constructor).parameters.values()
        except (TypeError, ValueError):  # written in C
            return known, False
        known.update(one.name for one in parameters)
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            return known, number == 0
    return known, False


def _is_built(key: str) -> bool:
    """Whether components are built from a key of the config, and not just a part of others."""
    return key in _TOP_LEVEL and not key.endswith('_pipeline')


def _is_near(name: str, known: Iterable[str]) -> bool:
    """Whether a name is most probably a misspelling of a known one."""
    return bool(get_close_matches(name, list(known), n=1, cutoff=0.84))


def _at(path: str, build: Callable[[], Any]) -> Any:
    """Build something; an error says for which key of the config."""
    try:
        return build()
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path}: {error}') from error
