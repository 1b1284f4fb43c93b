"""Check JSON against types."""

import math
import types
from collections.abc import Iterator
from typing import (
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_MISSING = object()
_NUMBER = (int, float)
_NAMES = {
    bool: 'true or false',
    int: 'an integer',
    _NUMBER: 'a number',
    str: 'a string',
    list: 'a list',
    dict: 'an object',
}


def mismatches(value: Any, expected: Any, key: str = '') -> Iterator[str]:
    """Say where a value differs from a type, in the order of the type's fields.

    Args:
        value: What ``json.load`` returned.
        expected: A ``TypedDict``, ``list[...]``, ``dict[str, ...]``, ``Literal``, a union of
            these, or a plain JSON type.
        key: Where the value stands, for the message.

    Yields:
        ``'<key>' should be <what was expected>, but is <what came>``.
    """
    if expected is Any:
        return
    if get_origin(expected) in (Union, types.UnionType):
        if value is not None:
            expected = next(part for part in get_args(expected) if part is not type(None))
            yield from mismatches(value, expected, key)
    elif get_origin(expected) is Literal:
        if value not in get_args(expected):
            yield _differs(key, ' or '.join(map(repr, get_args(expected))), value)
    elif not isinstance(value, _json_type(expected)) or _is_no_number(value, expected):
        yield _differs(key, _NAMES[_json_type(expected)], value)
    else:
        for inner, part, name in _inside(value, expected):
            where = f'{key}.{name}' if key else str(name)
            if inner is _MISSING:
                yield f"'{where}' is missing"
            else:
                yield from mismatches(inner, part, where)


def _json_type(expected: Any) -> Any:
    if is_typeddict(expected):
        return dict
    return _NUMBER if expected is float else get_origin(expected) or expected


def _is_no_number(value: Any, expected: Any) -> bool:
    """Whether a bool stands where a number should, which Python calls an int, or infinity."""
    if isinstance(value, bool):
        return expected is not bool
    return isinstance(value, float) and not math.isfinite(value)


def _inside(value: Any, expected: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the values inside a container, their types and their names."""
    if is_typeddict(expected):
        for name, part in get_type_hints(expected).items():
            yield value.get(name, _MISSING), part, name
    elif get_origin(expected) is list:
        for index, inner in enumerate(value):
            yield inner, get_args(expected)[0], index
    elif get_origin(expected) is dict:
        for name, inner in value.items():
            yield inner, get_args(expected)[1], name


def _differs(key: str, expected: str, value: Any) -> str:
    shown = 'null' if value is None else repr(value)
    shown = shown if len(shown) <= 40 else f'{shown[:40]}...'
    return f"'{key}' should be {expected}, but is {shown}" if key else f'should be {expected}'
