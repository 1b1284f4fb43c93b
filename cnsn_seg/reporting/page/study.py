"""The results of a page, by method."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnsn_seg.comparison import baseline_of, check_results, load_results

# Okabe and Ito, Color Universal Design (2008); grey is the baseline's.
GREY = '#8a8f98'
COLOURS = ('#0072B2', '#E69F00', '#009E73', '#CC79A7', '#D55E00', '#56B4E9', '#B5A800')


@dataclass(frozen=True)
class Run:
    """One ``results.json``.

    Args:
        results: Its content.
        folder: Its folder.
        method: Name of its method on the page.
    """

    results: Mapping[str, Any]
    folder: Path
    method: str

    @property
    def name(self) -> str:
        """Method and seed."""
        seed = self.results['seed']
        return self.method + ('' if seed is None else f', seed {seed}')


@dataclass(frozen=True)
class Score:
    """A score over seeds.

    Args:
        mean: Mean in percent.
        std: Sample standard deviation, None for a single run.
    """

    mean: float
    std: float | None

    def __str__(self) -> str:
        """One decimal, with the spread where there is one."""
        return f'{self.mean:.1f}' if self.std is None else f'{self.mean:.1f} ± {self.std:.1f}'


@dataclass(frozen=True)
class Method:
    """Runs that differ in their seed alone.

    Args:
        name: Name for people.
        runs: At least one.
        colour: CSS colour of its marks.
    """

    name: str
    runs: Sequence[Run]
    colour: str

    def score(self, value: Callable[[Mapping[str, Any]], float | None]) -> Score | None:
        """Average over seeds what ``value`` takes from a result; None where no run has it."""
        values = [found for run in self.runs if (found := value(run.results)) is not None]
        if not values:
            return None
        std = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return Score(float(np.mean(values)), std)

    def runs_on(self, domain: str) -> list[Run]:
        """The runs that have a score on a domain."""
        domains = [(run, run.results['domains'].get(domain, {})) for run in self.runs]
        return [run for run, found in domains if found.get('mIoU') is not None]

    def miou(self, domain: str) -> Score | None:
        """MIoU on one domain."""
        return self.score(lambda results: results['domains'].get(domain, {}).get('mIoU'))

    def unseen(self) -> Score | None:
        """Mean of mIoU over unseen domains."""
        return self.score(lambda results: (results['unseen'] or {}).get('mIoU'))

    def iou(self, domain: str, index: int) -> Score | None:
        """IoU of one class on one domain."""
        return self.score(
            lambda results: (
                results['domains'][domain]['IoU'][index] if domain in results['domains'] else None
            )
        )

    def confusion(self, domain: str) -> np.ndarray | None:
        """Pixels by true and predicted class, summed over seeds; None without the domain."""
        matrices = [
            run.results['domains'][domain]['confusion']
            for run in self.runs
            if domain in run.results['domains']
        ]
        return np.sum(matrices, axis=0) if matrices else None


@dataclass(frozen=True)
class Study:
    """Everything that a page compares.

    Args:
        methods: The first is the baseline of all gains; the others in the order given.
    """

    methods: Sequence[Method]

    @property
    def runs(self) -> list[Run]:
        """All runs, method by method."""
        return [run for method in self.methods for run in method.runs]

    @property
    def first(self) -> Mapping[str, Any]:
        """A result, for what all of them share."""
        return self.methods[0].runs[0].results

    @property
    def classes(self) -> list[str]:
        """Names of the classes."""
        return self.first['classes']

    @property
    def averaged(self) -> list[int]:
        """Indices of the classes that the protocol averages."""
        averaged = self.first['protocol']['classes']
        return [index for index, name in enumerate(self.classes) if name in averaged]

    @property
    def domains(self) -> list[str]:
        """Uncorrupted domains of any result, sources first."""
        names = dict.fromkeys(
            name
            for run in self.runs
            for name, domain in run.results['domains'].items()
            if domain['corruption'] is None
        )
        return sorted(names, key=lambda name: name not in self.sources)

    @property
    def sources(self) -> list[str]:
        """Domains that any training saw."""
        return list(dict.fromkeys(name for run in self.runs for name in run.results['source']))

    def title(self, domain: str) -> str:
        """Name a domain and say whether it is a source."""
        return f'{domain} (source)' if domain in self.sources else domain

    @property
    def baseline(self) -> Method:
        """The method that gains are over."""
        return self.methods[0]

    @property
    def best(self) -> Method:
        """The method with the highest mean over unseen domains, else the last."""
        ranked = [method for method in self.methods if method.unseen()]
        return max(ranked, key=lambda method: method.unseen().mean, default=self.methods[-1])


def read_study(arguments: Sequence[str | Path], baseline: str | None = None) -> Study:
    """Read results and put the seeds of a method together.

    Args:
        arguments: As of :func:`cnsn_seg.comparison.load_results`.
        baseline: Method that gains are over. Defaults to the choice of
            :func:`cnsn_seg.comparison.baseline_of`.

    Raises:
        FileNotFoundError: If a file is not there.
        ValueError: If a file is no ``results.json``, they cannot be compared, two results of a
            method are of one training run, or there is no such baseline.
    """
    results = load_results([str(argument) for argument in arguments])
    check_results(results)
    methods: dict[str, list[Run]] = {}
    for result in results:
        run = Run(result.content, result.path.parent, result.method)
        methods.setdefault(result.method, []).append(run)
    first = baseline_of(methods, baseline)
    colours = (GREY, *COLOURS) if len(methods) > 1 else COLOURS
    return Study(
        [
            Method(name, methods[name], colours[index % len(colours)])
            for index, name in enumerate(sorted(methods, key=lambda name: name != first))
        ]
    )
