"""Suggestions for misspelt names."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the name that is nearest to a wrong one, for the end of a sentence.

    Args:
        name: The wrong name.
        known: The right ones.

    Returns:
        Such as ``"; did you mean 'post'?"``, '' where none is near.
    """
    near = get_close_matches(str(name), list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ''
