"""``report.json``: everything that checking one domain found.

The file holds one object::

    schema_version  1
    ok              whether training and evaluation would run
    data_set        name of the data set
    domain          name under which it is reported
    root            its folder
    protocol        protocol that it was checked for
    splits          split -> {images, labels, official, excluded, pairs, label_space, lists}
    absent          splits that are not there
    counts          kind -> number of findings
    findings        [{kind, severity, message, split, sample, excluded}]
    class_pixels    class -> pixels, and 'ignored'
    files           what was written: kind -> path
"""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cnsn_seg.datasets.label_spaces import CLASSES
from cnsn_seg.evaluation.results import write_json

from .findings import KINDS, Finding, shown
from .listing import Listing

SCHEMA_VERSION = 1


@dataclass
class Report:
    """What checking one domain found.

    Args:
        data_set: Name of the data set.
        domain: Name under which it is reported.
        root: Its folder.
        protocol: Name of the protocol that it was checked for.
        listings: The splits that are there.
        absent: Splits that are not there.
        findings: Everything that was found.
        pixels: Pixels of the 19 classes, then ignored ones, int64, shape (20,).
        excluded: Names on the exclusion list that was written.
        files: What was written, to its path.
    """

    data_set: str
    domain: str
    root: str
    protocol: str
    listings: list[Listing]
    absent: list[str]
    findings: list[Finding]
    pixels: np.ndarray
    excluded: set[str] = field(default_factory=set)
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether training and evaluation would run, without the samples that are excluded."""
        return not any(
            finding.severity == 'problem' and not self.is_excluded(finding)
            for finding in self.findings
        )

    def is_excluded(self, finding: Finding) -> bool:
        """Whether the exclusion list takes care of a finding."""
        return KINDS[finding.kind].excludable and finding.sample in self.excluded

    def by_kind(self) -> dict[str, list[Finding]]:
        """Findings of every kind that occurs, the worst kind first."""
        groups = {
            kind: [finding for finding in self.findings if finding.kind == kind] for kind in KINDS
        }
        return {kind: findings for kind, findings in groups.items() if findings}

    def save(self, path: Path) -> None:
        """Write ``report.json``."""
        self.files['report'] = path
        write_json(path, self._content())

    def _content(self) -> dict[str, Any]:
        return {
            'schema_version': SCHEMA_VERSION,
            'ok': self.ok,
            'data_set': self.data_set,
            'domain': self.domain,
            'root': self.root,
            'protocol': self.protocol,
            'splits': {listing.split: _describe(listing) for listing in self.listings},
            'absent': self.absent,
            'counts': {kind: len(findings) for kind, findings in self.by_kind().items()},
            'findings': [self._finding(finding) for finding in self.findings],
            'class_pixels': dict(zip((*CLASSES, 'ignored'), self.pixels.tolist(), strict=True)),
            'files': {kind: str(path) for kind, path in self.files.items()},
        }

    def _finding(self, finding: Finding) -> dict[str, Any]:
        content = asdict(finding) | {'sample': shown(finding.sample)}
        return content | {'severity': finding.severity, 'excluded': self.is_excluded(finding)}


def _describe(listing: Listing) -> dict[str, Any]:
    return {
        'images': listing.images,
        'labels': listing.labels,
        'official': listing.official,
        'excluded': listing.excluded,
        'pairs': len(listing.pairs),
        'label_space': listing.place.label_space,
        'lists': listing.lists,
    }
