"""Compare a training step of the paper's FCN-R50 with and without CrossNorm and SelfNorm.

Both networks take steps in turn on random images; CrossNorm acts in every second step, at a place
that moves, as its hook makes it act on average.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from rich.console import Console
from rich.table import Table

from cnsn_seg import cli
from cnsn_seg.evaluation.results import environment, write_json
from cnsn_seg.layers import CrossNorm

CONFIGS = {
    'baseline': 'configs/baseline/fcn_r50-d8_8xb2-62k_gta5-713x713.py',
    'CNSN': 'configs/cnsn/fcn_r50-d8_cnsn_8xb2-62k_gta5-713x713.py',
}
TARGET = 1.05
CROP, BATCH = (512, 512), 2


def batch_of_noise() -> dict[str, list]:
    """Images and labels as a data loader gives them."""
    samples = []
    for _ in range(BATCH):
        sample = SegDataSample(gt_sem_seg=PixelData(data=torch.randint(19, (1, *CROP))))
        sample.set_metainfo(dict(img_shape=CROP, ori_shape=CROP, pad_shape=CROP))
        samples.append(sample)
    images = [torch.randint(256, (3, *CROP), dtype=torch.uint8) for _ in range(BATCH)]
    return dict(inputs=images, data_samples=samples)


def step_of(config: str) -> Callable[[int], None]:
    """Build a network and give its training step, by the number of the step."""
    cfg = Config.fromfile(config)
    cfg.model.backbone.init_cfg = None
    cfg.model.data_preprocessor.size = CROP
    model = MODELS.build(cfg.model).to('cuda' if torch.cuda.is_available() else 'cpu').train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    layers = [module for module in model.modules() if isinstance(module, CrossNorm)]
    for layer in layers:
        layer.has_hook = True
    batch = batch_of_noise()

    def run(number: int) -> None:
        acting = layers[number // 2 % len(layers) :][:1] if layers and number % 2 else []
        for layer in acting:
            layer.activate(number)
        losses = model(**model.data_preprocessor(batch, True), mode='loss')
        loss, _ = model.parse_losses(losses)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for layer in acting:
            layer.deactivate()
        loss.item()

    return run


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--repeats', type=int, default=10, help='steps of each (default: 10)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmarks/training_step.json'))
    args = parser.parse_args()

    init_default_scope('mmseg')
    steps = {name: step_of(config) for name, config in CONFIGS.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(args.repeats + 1):
        for name, run in steps.items():
            start = perf_counter()
            run(number)
            times[name].append(perf_counter() - start)
    seconds = {name: median(found[1:]) for name, found in times.items()}  # first: warm-up
    table = Table('step', 'seconds', 'ratio', 'target', title=f'batch {BATCH}, crop {CROP}')
    for name, found in seconds.items():
        goal = f'at most {TARGET}' if name == 'CNSN' else ''
        table.add_row(name, f'{found:.2f}', f'{found / seconds["baseline"]:.3f}', goal)
    Console().print(table)
    write_json(args.out, dict(environment(), threads=torch.get_num_threads(), seconds=times))
    print(f'numbers: {args.out}')


if __name__ == '__main__':
    cli.run(main)
