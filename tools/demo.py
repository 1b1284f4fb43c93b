"""Train a small network with and without CrossNorm and SelfNorm, and compare them."""

import argparse
from pathlib import Path

from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.engine import load_config
from cnsn_seg.engine.study import comparison, miniature_runs, results_of
from cnsn_seg.evaluation.results import write_json
from cnsn_seg.miniature import make_miniature
from cnsn_seg.reporting import comparison_table, predict_rows, save_panel

DATA = Path('data/miniature')
OUT = Path('work_dirs/demo')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--debug', action='store_true', help='show tracebacks')
    parser.parse_args()

    make_miniature(DATA, progress=cli.image_progress)
    runs = miniature_runs(('baseline', 'cnsn'), seeds=(0,), root=OUT)
    rows = comparison(results_of(runs))
    write_json(OUT / 'comparison.json', rows)
    models = {run.method: (load_config(run.config), run.checkpoint) for run in runs}
    save_panel(OUT / 'comparison.png', predict_rows(models['baseline'][0], models))
    Console().print(comparison_table(rows, source='gta'))
    print(f'numbers:  {OUT / "comparison.json"}\npictures: {OUT / "comparison.png"}')


if __name__ == '__main__':
    cli.run(main)
