"""The columns of a comparison: domains, and means over several of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .inputs import Result

MEAN_UNSEEN = 'mean unseen'


@dataclass(frozen=True)
class Column:
    """A plain mean of mIoU over some domains, often one.

    Args:
        kind: ``'source'`` (every method trained on it), ``'target'``, ``'unseen'`` (the mean over
            unseen domains) or ``'corrupted'`` (the mean over corruptions of one domain).
        domains: Keys into ``domains`` of ``results.json``.
    """

    kind: str
    domains: tuple[str, ...]

    def values(self, result: Result) -> list[float] | None:
        """MIoU of the domains, or None if the result does not have every one."""
        if not all(name in result.domains for name in self.domains):
            return None
        values = [result.domains[name]['mIoU'] for name in self.domains]
        return None if None in values else values

    def describe(self) -> dict[str, Any]:
        """Spell the column out as JSON values."""
        return {**asdict(self), 'domains': list(self.domains)}


def plain_name(name: str, domain: Mapping[str, Any]) -> str:
    """Name a domain of ``results.json`` without its corruption."""
    return domain['corruption']['domain'] if domain['corruption'] else name


def columns_of(results: Sequence[Result]) -> dict[str, Column]:
    """Choose the columns: every domain of any result, corruptions as one mean a domain.

    The mean over unseen domains is over those that all results have and none trained on, so that
    it is of the same domains in every row; there is none without any.
    """
    sources = [set(result.content['source']) for result in results]
    plain: dict[str, Column] = {}
    corrupted: dict[str, list[str]] = {}
    for result in results:
        for name, domain in result.domains.items():
            if domain['corruption']:
                names = corrupted.setdefault(plain_name(name, domain), [])
                names.extend({name} - set(names))
            else:
                kind = 'source' if all(name in source for source in sources) else 'target'
                plain[name] = Column(kind, (name,))
    unseen = [
        name
        for name in plain
        if all(name in result.domains for result in results)
        and not any(name in source for source in sources)
    ]
    means = {MEAN_UNSEEN: Column('unseen', tuple(unseen))} if unseen else {}
    corruptions = {
        f'{domain} corrupted': Column('corrupted', tuple(names))
        for domain, names in corrupted.items()
    }
    return {**plain, **means, **corruptions}
