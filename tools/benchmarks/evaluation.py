"""Compare one evaluation of three domains with three runs of MMSegmentation's test script.

Both evaluate the same checkpoint on the same images of the miniature through the same pipelines;
MMSegmentation's script is the one in its package, and counts with its own IoUMetric. Wall times of
whole commands, in turn. The scores must agree.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import mmseg
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cnsn_seg import cli
from cnsn_seg.evaluation.results import environment, write_json
from cnsn_seg.miniature import make_miniature

DOMAINS = {'cityscapes': 'val_cityscapes', 'bdd100k': 'val_bdd100k', 'mapillary': 'val_mapillary'}
CONFIG = Path('configs/miniature/deeplabv3plus_r18w32-d16_cnsn_1xb8-700_miniature-128x256.py')
SCRIPT = Path(mmseg.__file__).parent / '.mim/tools/test.py'
TARGET = 1.3
ONE_DOMAIN = """
_base_ = {base!r}
test_dataloader = dict(dataset=dict(_delete_=True, **_base_.{dataset}))
test_evaluator = dict(_delete_=True, type='IoUMetric', iou_metrics=['mIoU'])
val_evaluator = test_evaluator
"""


def run(*command: str | Path) -> str:
    """Run a Python script and return what it printed.

    Raises:
        RuntimeError: If it fails.
    """
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f'{command[0]} failed: {done.stderr.strip()[-500:]}')
    return done.stdout + done.stderr


def ours(checkpoint: Path, folder: Path) -> dict[str, float]:
    """Evaluate all domains in one run; mIoU by domain."""
    run('tools/test.py', CONFIG, checkpoint, '--domains', *DOMAINS, '--out', folder / 'ours')
    found = json.loads((folder / 'ours/results.json').read_text())['domains']
    return {domain: found[domain]['mIoU'] for domain in DOMAINS}


def theirs(checkpoint: Path, folder: Path) -> dict[str, float]:
    """Evaluate the domains in one run each; mIoU by domain."""
    scores = {}
    for domain, dataset in DOMAINS.items():
        config = folder / f'{domain}.py'
        config.write_text(ONE_DOMAIN.format(base=str(CONFIG.resolve()), dataset=dataset))
        printed = run(SCRIPT, config, checkpoint, '--work-dir', folder / domain)
        scores[domain] = float(re.findall(r'mIoU: ([\d.]+)', printed)[-1])
    return scores


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('checkpoint', type=Path, help='checkpoint of the CNSN of the miniature')
    parser.add_argument('--repeats', type=int, default=3, help='times each (default: 3)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmarks/evaluation.json'))
    args = parser.parse_args()

    make_miniature('data/miniature', progress=cli.image_progress)
    times: dict[str, list[float]] = {'three runs of MMSegmentation': [], 'one run of ours': []}
    for _ in range(args.repeats):
        scores = []
        for name, evaluate in zip(times, (theirs, ours), strict=True):
            with TemporaryDirectory() as folder:
                start = perf_counter()
                scores.append(evaluate(args.checkpoint, Path(folder)))
                times[name].append(perf_counter() - start)
        for domain in DOMAINS:
            if abs(scores[0][domain] - scores[1][domain]) > 0.0051:
                raise RuntimeError(f'the scores of {domain} differ: {scores}')
    seconds = {name: median(found) for name, found in times.items()}
    reference, evaluated = seconds.values()
    table = Table('evaluation', 'seconds', 'ratio', 'target', box=SIMPLE_HEAD)
    for name, value in seconds.items():
        goal = f'at least {TARGET}' if value == evaluated else ''
        table.add_row(name, f'{value:.1f}', f'{reference / value:.2f}', goal)
    Console().print(table)
    write_json(args.out, dict(environment(), seconds=times))
    print(f'numbers: {args.out}')


if __name__ == '__main__':
    cli.run(main)
