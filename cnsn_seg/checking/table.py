"""What checking found, for the terminal."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from .findings import KINDS, Severity, shown
from .report import Report

_STYLES: dict[Severity, str] = {'problem': 'bold red', 'warning': 'yellow', 'note': 'dim'}
_FIRST = 3
_INDENT = ' ' * 11


def summary_table(reports: Sequence[Report]) -> Table:
    """Lay out the counts: a row for every split of every domain."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ('domain', 'split'):
        table.add_column(column, no_wrap=True)
    for column in ('images', 'labels', *(f'{severity}s' for severity in _STYLES), ''):
        table.add_column(column, justify='right', no_wrap=True)
    for report in reports:
        head = [report.domain, *_totals(report)]
        for split, images, labels in _rows(report):
            table.add_row(head[0], split, images, labels, *head[1:])
            head = ['']
    return table


def explanation(report: Report) -> Text:
    """Say what was found in one domain, how bad it is, and which files tell more."""
    text = Text()
    text.append(f'{report.domain} in {shown(report.root)}\n', 'bold')
    for kind, findings in report.by_kind().items():
        severity = KINDS[kind].severity
        text.append(f'  {severity:<8}', _STYLES[severity])
        excluded = sum(map(report.is_excluded, findings))
        count = f'{len(findings)}, {excluded} excluded' if excluded else len(findings)
        text.append(f' {KINDS[kind].title}: {count}\n')
        for finding in findings[:_FIRST]:
            text.append(f'{_INDENT}{finding.message}\n')
        if len(findings) > _FIRST:
            text.append(f'{_INDENT}and {len(findings) - _FIRST} more in the report\n')
    folder = report.files['report'].parent
    text.append(f'  in {folder}: {", ".join(path.name for path in report.files.values())}\n')
    if path := report.files.get('exclusion list'):
        text.append(f"  {len(report.excluded)} excluded; for your config: exclude='{path}'\n")
    return text


def _rows(report: Report) -> Iterable[tuple[str, str, str]]:
    for listing in report.listings:
        yield listing.split, _of(listing.images, listing.official), str(listing.labels)
        for name, size in listing.lists.items():
            if name != listing.split:
                yield f'  {name}', str(size), ''
    for split in report.absent or [''] * (not report.listings):
        yield split, 'not there', ''


def _of(count: int, official: int | None) -> str:
    return f'{count}' if official is None else f'{count}/{official}'


def _totals(report: Report) -> list[Text]:
    cells = []
    for severity, style in _STYLES.items():
        count = sum(
            finding.severity == severity and not report.is_excluded(finding)
            for finding in report.findings
        )
        cells.append(Text(str(count), style if count else 'dim'))
    return [*cells, Text('ok', 'green') if report.ok else Text('not ok', 'bold red')]
