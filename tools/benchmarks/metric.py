"""Compare DomainIoUMetric with MMSegmentation's IoUMetric, side by side.

Both count the same predictions of 2048x1024 pixels in turn, and the table shows medians. Regions
stand for what networks predict; single pixels and a single class are the extremes.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from mmseg.evaluation import IoUMetric
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cnsn_seg import cli
from cnsn_seg.datasets.label_spaces import CLASSES
from cnsn_seg.evaluation import DomainIoUMetric
from cnsn_seg.evaluation.results import environment, write_json

SIZE = (1024, 2048)
REGIONS = {'regions': 32, 'single pixels': 1, 'one class': 1024}
TARGET = 20
DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'


def sample_of(region: int) -> dict[str, dict[str, torch.Tensor]]:
    """A truth, a tenth of it ignored, and a prediction, constant over squares."""
    rng = np.random.default_rng(0)

    def ids() -> np.ndarray:
        coarse = rng.integers(len(CLASSES), size=[side // region for side in SIZE])
        return coarse.repeat(region, 0).repeat(region, 1)

    truth, prediction = ids().astype(np.uint8), ids()
    truth[: SIZE[0] // 10] = 255
    return dict(
        gt_sem_seg=dict(data=torch.from_numpy(truth)[None].to(DEVICE)),
        pred_sem_seg=dict(data=torch.from_numpy(prediction)[None].to(DEVICE)),
    )


def counting(metric: BaseMetric, sample: dict) -> Callable[[int], None]:
    """Count a sample, as an image that is new each time."""
    metric.dataset_meta = dict(classes=list(CLASSES))

    def run(number: int) -> None:
        metric.process({}, [{**sample, 'domain': 'cityscapes', 'img_path': str(number)}])
        if DEVICE == 'cuda':
            torch.cuda.synchronize()

    return run


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--repeats', type=int, default=20, help='times each (default: 20)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmarks/metric.json'))
    args = parser.parse_args()

    MMLogger.get_current_instance().setLevel(logging.ERROR)
    found = {}
    for name, region in REGIONS.items():
        sample = sample_of(region)
        metrics = dict(
            theirs=counting(IoUMetric(), sample), ours=counting(DomainIoUMetric(), sample)
        )
        times: dict[str, list[float]] = {key: [] for key in metrics}
        for number in range(args.repeats + 1):
            for key, run in metrics.items():
                start = perf_counter()
                run(number)
                times[key].append(1000 * (perf_counter() - start))
        found[name] = {key: median(values[1:]) for key, values in times.items()}  # first: warm-up

    title = f'2048x1024 on {DEVICE}, {torch.get_num_threads()} threads'
    table = Table('prediction', 'IoUMetric, ms', 'ours, ms', 'ratio', 'target', title=title)
    table.box = SIMPLE_HEAD
    for name, times in found.items():
        ratio = times['theirs'] / times['ours']
        goal = f'at least {TARGET}' if name == 'regions' else ''
        table.add_row(name, f'{times["theirs"]:.1f}', f'{times["ours"]:.2f}', f'{ratio:.1f}', goal)
    Console().print(table)
    write_json(
        args.out, dict(environment(), threads=torch.get_num_threads(), device=DEVICE, ms=found)
    )
    print(f'numbers: {args.out}')


if __name__ == '__main__':
    cli.run(main)
