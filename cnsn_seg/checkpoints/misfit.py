"""Say in what a state dict differs from a model's."""

from collections.abc import Iterable, Mapping

from torch import Size, nn

_MOST_NAMES = 5


def misfit(shapes: Mapping[str, Size], model: nn.Module) -> str:
    """Say which weights are not those of a model.

    Batch norm's counters of batches, which old checkpoints lack, are not asked for.

    Args:
        shapes: Name of a weight to its shape.
        model: The model.

    Returns:
        What differs, '' where nothing does.
    """
    wanted = {name: value.shape for name, value in model.state_dict().items()}
    optional = {name: wanted[name] for name in wanted if name.endswith('num_batches_tracked')}
    return '; '.join(differences({**optional, **shapes}, wanted))


def differences(shapes: Mapping[str, Size], wanted: Mapping[str, Size]) -> Iterable[str]:
    """Say in what a state dict differs from another, given the shapes by name of both."""
    if missing := [name for name in wanted if name not in shapes]:
        yield f'missing {_listed(missing)}'
    if unexpected := [name for name in shapes if name not in wanted]:
        yield f'unexpected {_listed(unexpected)}'
    reshaped = [
        f'{name} {tuple(shapes[name])} instead of {tuple(wanted[name])}'
        for name in wanted
        if name in shapes and shapes[name] != wanted[name]
    ]
    if reshaped:
        yield f'of another shape {_listed(reshaped)}'


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ', '.join(names[:_MOST_NAMES]) + (f' and {more} more' if more > 0 else '')
