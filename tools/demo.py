"""Train a small network with and without CrossNorm and SelfNorm, and compare them."""

from pathlib import Path

from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.comparison import Result, compare
from cnsn_seg.engine import load_config
from cnsn_seg.engine.study import miniature_runs, results_of
from cnsn_seg.miniature import make_miniature
from cnsn_seg.reporting import comparison_table, predict_rows, save_comparison, save_panel

DATA = Path('data/miniature')
OUT = Path('work_dirs/demo')


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.parse_args()

    make_miniature(DATA, progress=cli.image_progress)
    runs = miniature_runs(('baseline', 'cnsn'), seeds=(0,), root=OUT)
    comparison = compare(
        [Result(run.results_path, run.method, content) for run, content in results_of(runs)]
    )
    paths = save_comparison(OUT, comparison)
    models = {run.method: (load_config(run.config), run.checkpoint) for run in runs}
    save_panel(OUT / 'predictions.png', predict_rows(models['baseline'][0], models))
    Console(highlight=False).print(comparison_table(comparison))
    print(*paths, OUT / 'predictions.png', sep='\n')


if __name__ == '__main__':
    cli.run(main)
