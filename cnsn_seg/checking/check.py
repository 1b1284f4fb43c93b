"""Check one domain: list it, load all of it, measure it, and write down what was found."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from cnsn_seg.datasets.label_spaces import CLASSES
from cnsn_seg.datasets.protocols import protocol_of
from cnsn_seg.datasets.statistics import ClassStatistics

from .findings import KINDS, Finding, shown
from .listing import Contents, Listing, list_source
from .pictures import save_class_chart, save_contact_sheet
from .report import Report
from .samples import Outcome
from .sources import Source
from .walk import Progress, walk

TILE = 1024
"""Side of the tiles in which statistics have centroids, as in RobustNet."""


@dataclass(frozen=True)
class Options:
    """How to check.

    Args:
        protocol: Key into ``PROTOCOLS``. Defaults to ``'full'``.
        out: Folder of what is written, one folder a domain. Defaults to ``work_dirs/check_data``.
        fix: Whether to write an exclusion list. Defaults to False.
        workers: Number of processes. Defaults to one a CPU.
        progress: Wraps the stream of finished pairs, given their number. Defaults to None.
    """

    protocol: str = 'full'
    out: Path = Path('work_dirs/check_data')
    fix: bool = False
    workers: int = os.cpu_count() or 1
    progress: Progress | None = None


def check(source: Source, root: str, options: Options) -> Report:
    """Check one domain and write ``report.json``, statistics and pictures.

    The data set's own files are read and never written.

    Args:
        source: The domain.
        root: Folder of its data set.
        options: How to check.

    Raises:
        ValueError: If there is no such protocol.
        OSError: If the output cannot be written.
    """
    dataset = source.build(root, source.splits[0], options.protocol, lazy_init=True)
    folder = options.out / dataset.domain
    contents = list_source(source, root, options.protocol)
    pairs = [pair for listing in contents.listings for pair in listing.pairs]
    outcomes = walk(pairs, folder / 'journal.jsonl', options.workers, options.progress)
    report = Report(
        data_set=dataset.data_set,
        domain=dataset.domain,
        root=root,
        protocol=options.protocol,
        listings=contents.listings,
        absent=contents.absent,
        findings=_findings(dataset.data_set, options.protocol, contents, outcomes),
        pixels=_sum(outcome.pixels for outcome in outcomes),
    )
    _write_statistics(report, outcomes, folder)
    _draw(report, outcomes, folder, options.workers)
    if options.fix:
        _write_exclusions(report, folder / 'exclude.txt')
    if report.ok:
        report.findings += _try_to_build(source, report, contents)
    report.save(folder / 'report.json')
    return report


def _findings(
    data_set: str, protocol: str, contents: Contents, outcomes: Sequence[Outcome]
) -> list[Finding]:
    findings = list(contents.findings)
    try:
        protocol_of(protocol).view(data_set)
    except ValueError as error:
        findings.append(Finding('protocol', str(error)))
    for listing, part in _split(contents.listings, outcomes):
        findings += listing.findings
        releases = []
        for pair, outcome in zip(listing.pairs, part, strict=True):
            for kind, message in outcome.findings:
                if kind == 'release':
                    releases.append(message)
                else:
                    findings.append(Finding(kind, message, pair.split, pair.name))
        if releases:
            findings.append(Finding('release', _release(listing, releases), listing.split))
    return findings


def _release(listing: Listing, releases: list[str]) -> str:
    place, found = listing.place, releases[0]
    return (
        f"{len(releases)} of {len(listing.pairs)} labels in '{shown(place.labels)}' are "
        f"'{found}', by their palette, and not '{place.label_space}': put the right ones there, "
        f"or pass label_space='{found}' to the data set"
    )


def _split(
    listings: Iterable[Listing], outcomes: Sequence[Outcome]
) -> Iterable[tuple[Listing, Sequence[Outcome]]]:
    start = 0
    for listing in listings:
        yield listing, outcomes[start : start + len(listing.pairs)]
        start += len(listing.pairs)


def _sum(pixels: Iterable[np.ndarray | None]) -> np.ndarray:
    total = np.zeros(len(CLASSES) + 1, np.int64)
    for counts in pixels:
        if counts is not None:
            total += counts
    return total


def _write_statistics(report: Report, outcomes: Sequence[Outcome], folder: Path) -> None:
    pairs = chain.from_iterable(listing.pairs for listing in report.listings)
    measured = {
        pair.name: (done.pixels, done.centroids)
        for pair, done in zip(pairs, outcomes, strict=True)
        if done.pixels is not None
    }
    report.files['statistics'] = folder / 'statistics.npz'
    statistics = ClassStatistics.from_measurements(list(measured), list(measured.values()), TILE)
    statistics.save(report.files['statistics'])


def _draw(report: Report, outcomes: Sequence[Outcome], folder: Path, workers: int) -> None:
    pairs = chain.from_iterable(listing.pairs for listing in report.listings)
    good = [
        pair
        for pair, outcome in zip(pairs, outcomes, strict=True)
        if all(KINDS[kind].severity == 'note' for kind, _ in outcome.findings)
    ]
    if good:
        report.files['class shares'] = folder / 'classes.png'
        save_class_chart(report.files['class shares'], report.pixels, report.domain)
        report.files['contact sheet'] = folder / 'contact_sheet.png'
        save_contact_sheet(report.files['contact sheet'], good, report.domain, workers)


def _write_exclusions(report: Report, path: Path) -> None:
    report.excluded = {
        finding.sample
        for finding in report.findings
        if KINDS[finding.kind].excludable and shown(finding.sample) == finding.sample
    }
    report.files['exclusion list'] = path
    path.write_text(''.join(f'{name}\n' for name in sorted(report.excluded)), encoding='utf-8')


def _try_to_build(source: Source, report: Report, contents: Contents) -> list[Finding]:
    """Build every split as training would, for whatever checking has not thought of."""
    findings = []
    for split in contents.readable:
        exclude = str(report.files.get('exclusion list', '')) or ()
        try:
            dataset = source.build(
                report.root, split, report.protocol, exclude=exclude, serialize_data=False
            )
        except (OSError, ValueError) as error:
            findings.append(Finding('folder', shown(str(error)), split))
            continue
        if not len(dataset):
            findings.append(Finding('folder', f"no sample of split '{split}' is left", split))
    return findings
