"""Compare CrossNorm and SelfNorm with batch norm, side by side.

All layers run in turn on the same feature map, and the table shows medians. The floor is what
reading and writing alone would take, 6 reads and 2 writes of the map forward and backward, at the
speed of a copy measured in the same run; allocating memory is not in it. On a GPU the table has
half precision, channels last and compiled layers, too.
"""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from cnsn_seg import cli
from cnsn_seg.evaluation.results import environment, write_json
from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm

SHAPES = ((8, 256, 97, 97), (8, 1024, 49, 49))
TARGETS = {'SelfNorm': 1.0, 'CrossNorm': 1.0, 'CrossNorm, style box': 1.2, 'CNSN': 1.4}
EVALUATION_TARGET = 1.3
PASSES = 8  # over the map: statistics, change; sums, gradient, with what they read and write
CUDA = torch.cuda.is_available()


def layers_for(channels: int) -> dict[str, nn.Module]:
    """Every layer that is compared, the first being the reference."""
    layers = {
        'BatchNorm2d': nn.BatchNorm2d(channels),
        'SelfNorm': SelfNorm(channels),
        'SelfNorm, two branches': SelfNorm(channels, two_branch=True),
        'CrossNorm': CrossNorm(),
        'CrossNorm, style box': CrossNorm(crop='style'),
        'CNSN': CNSN(channels),
    }
    if CUDA:
        compiled = ('SelfNorm', 'CrossNorm', 'CNSN')
        layers |= {f'{name}, compiled': torch.compile(layers[name]) for name in compiled}
    return {name: layer.cuda() if CUDA else layer for name, layer in layers.items()}


def step(layer: nn.Module, x: Tensor, grad: Tensor, seeds: cycle) -> Callable[[], None]:
    """Forward and backward in training, with a new draw each time."""
    drawing = [module for module in layer.modules() if isinstance(module, CrossNorm)]

    def run() -> None:
        for module in drawing:
            module.activate(next(seeds))
        x.grad = None
        layer(x).backward(grad)

    return run


def evaluation(layer: nn.Module, x: Tensor) -> Callable[[], None]:
    """Forward alone, in evaluation mode."""
    layer = layer.eval()

    @torch.no_grad()
    def run() -> None:
        layer(x)

    return run


def in_turn(actions: dict[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    """Median milliseconds of every action."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats + 2):
        for name, action in actions.items():
            start = perf_counter()
            action()
            if CUDA:
                torch.cuda.synchronize()
            times[name].append(1000 * (perf_counter() - start))
    return {name: median(found[2:]) for name, found in times.items()}  # first: warm-up


def measure(
    shape: tuple[int, ...], dtype: torch.dtype, memory_format: torch.memory_format, repeats: int
) -> dict[str, float]:
    """Time everything on maps of one shape, type and layout."""
    device = 'cuda' if CUDA else 'cpu'
    x, grad, target = (
        torch.randn(shape, device=device).to(dtype).to(memory_format=memory_format)
        for _ in range(3)
    )
    still = x.clone()
    x.requires_grad_()
    actions = {
        name: step(layer.train(), x, grad, cycle(range(16)))
        for name, layer in layers_for(shape[1]).items()
    }
    actions['copy'] = lambda: target.copy_(still)
    actions['multiply and read'] = lambda: (still * 1.5, still.sum())
    actions['SelfNorm, evaluation'] = evaluation(layers_for(shape[1])['SelfNorm'], still)
    return in_turn(actions, repeats)


def table_of(title: str, times: dict[str, float]) -> Table:
    """Show milliseconds, ratios and targets."""
    table = Table(title=title, box=SIMPLE_HEAD)
    for column in ('forward + backward', 'ms', 'x BatchNorm2d', 'target', 'of copy speed'):
        table.add_column(column, justify='left' if column.startswith('forward') else 'right')
    reference, floor = times['BatchNorm2d'], PASSES / 2 * times['copy']
    training = list(times)[: list(times).index('copy')]
    for name in training:
        target = f'at most {TARGETS[name]}' if name in TARGETS else ''
        share = f'{100 * floor / times[name]:.0f} %'
        ratio = f'{times[name] / reference:.2f}'
        table.add_row(name, f'{times[name]:.1f}', ratio, target, share)
    table.add_row('floor', f'{floor:.1f}', f'{floor / reference:.2f}', '', '100 %')
    plain, own = times['multiply and read'], times['SelfNorm, evaluation']
    table.add_section()
    table.add_row('evaluation: multiply and read', f'{plain:.1f}', '', '', '')
    ratio = f'{own / plain:.2f} x that'
    table.add_row('evaluation: SelfNorm', f'{own:.1f}', ratio, f'at most {EVALUATION_TARGET}', '')
    return table


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--repeats', type=int, default=15, help='repeats of each (default: 15)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmarks/layers.json'))
    args = parser.parse_args()

    variants = [(torch.float32, torch.contiguous_format)]
    if CUDA:
        variants += [
            (torch.float16, torch.contiguous_format),
            (torch.bfloat16, torch.contiguous_format),
            (torch.float16, torch.channels_last),
        ]
    found = []
    for shape in SHAPES:
        for dtype, memory_format in variants:
            times = measure(shape, dtype, memory_format, args.repeats)
            title = f'{shape}, {dtype}, {memory_format}'.replace('torch.', '')
            Console().print(table_of(title, times))
            found.append(dict(title=title, milliseconds=times))
    write_json(args.out, dict(environment(), threads=torch.get_num_threads(), runs=found))
    print(f'numbers: {args.out}')


if __name__ == '__main__':
    cli.run(main)
