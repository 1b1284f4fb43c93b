"""Check data sets before days of training are spent on them."""

import sys
from functools import partial
from pathlib import Path

from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.checking import SOURCES, Options, check, explanation, parse_roots, summary_table
from cnsn_seg.datasets import PROTOCOLS


def main() -> None:
    parser = cli.tool_parser(
        __doc__, epilog='Ends with 0 if training would run on all of it, else with 1.'
    )
    parser.add_argument(
        'roots',
        nargs='*',
        metavar='NAME=PATH',
        help=f'data set and its folder (all in data/): {", ".join(SOURCES)}',
    )
    parser.add_argument('--protocol', choices=PROTOCOLS, default='full', help='protocol (full)')
    parser.add_argument(
        '--out', type=Path, default=Options.out, help=f'folder of the reports ({Options.out})'
    )
    parser.add_argument(
        '--fix', action='store_true', help='write a list of the samples to exclude from training'
    )
    parser.add_argument('--workers', type=int, default=Options.workers, help='processes (per CPU)')
    args = parser.parse_args()
    if args.workers < 1:
        parser.error('--workers must be at least 1')

    console = Console(highlight=False, soft_wrap=True)
    reports = []
    for name, root in parse_roots(args.roots).items():
        progress = partial(cli.image_progress, title=name)
        options = Options(args.protocol, args.out, args.fix, args.workers, progress)
        for source in SOURCES[name]:
            reports.append(check(source, root, options))
            console.print(explanation(reports[-1]))
    console.print(summary_table(reports))
    sys.exit(0 if all(report.ok for report in reports) else 1)


if __name__ == '__main__':
    cli.run(main)
