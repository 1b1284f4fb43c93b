"""Compare methods by the results of tools/test.py."""

from functools import partial
from pathlib import Path

from rich.console import Console
from tqdm import tqdm

from cnsn_seg import cli
from cnsn_seg.comparison import PUBLISHED, compare, load_results
from cnsn_seg.reporting import comparison_table, save_comparison


def main() -> None:
    parser = cli.tool_parser(
        __doc__,
        epilog='Results of one method are its seeds. Other protocols, settings or files are '
        'refused.',
    )
    parser.add_argument(
        'results',
        nargs='+',
        metavar='[NAME=]RESULT',
        help='results.json, or a folder with some below; NAME replaces the name of the method',
    )
    parser.add_argument(
        '--baseline',
        metavar='METHOD',
        help="what the others are compared with ('baseline' if there is one, else the first)",
    )
    parser.add_argument(
        '--confidence', type=float, default=95, help='of the intervals, percent (%(default)s)'
    )
    parser.add_argument(
        '--published',
        choices=PUBLISHED,
        default='protocol',
        help='published results to show: of the same protocol (default), or all of them, marked',
    )
    parser.add_argument(
        '--out', type=Path, metavar='DIR', help='write comparison.{json,md,tex,png} there'
    )
    args = parser.parse_args()

    comparison = compare(
        load_results(args.results),
        baseline=args.baseline,
        confidence=args.confidence,
        published=args.published,
        progress=partial(tqdm, desc='resampling', unit='domain', leave=False, disable=None),
    )
    Console(highlight=False).print(comparison_table(comparison))
    if args.out:
        for path in save_comparison(args.out, comparison):
            print(path)


if __name__ == '__main__':
    cli.run(main)
