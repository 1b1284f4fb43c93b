"""Compare the methods on the miniature over several seeds."""

from pathlib import Path

from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.comparison import Result, compare
from cnsn_seg.engine.study import METHODS, miniature_runs, results_of
from cnsn_seg.miniature import make_miniature
from cnsn_seg.reporting import comparison_table, save_comparison


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--seeds', type=int, default=3, help='number of seeds (default: 3)')
    parser.add_argument('--methods', nargs='+', default=METHODS, help='some of %(default)s')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/miniature'))
    args = parser.parse_args()

    make_miniature('data/miniature', progress=cli.image_progress)
    runs = miniature_runs(args.methods, range(args.seeds), args.out)
    comparison = compare(
        [Result(run.results_path, run.method, content) for run, content in results_of(runs)]
    )
    Console(highlight=False).print(comparison_table(comparison))
    print(*save_comparison(args.out, comparison), sep='\n')


if __name__ == '__main__':
    cli.run(main)
