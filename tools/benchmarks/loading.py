"""Compare loading and augmenting GTA5 with MMSegmentation's own transforms, on one core.

Files of GTA5's and Mapillary's form are made from the miniature, several scenes side by side and
enlarged, with as much noise as gives PNGs of about 3 MB. Both sides see the same files and draw the
same random numbers, in turn. Times are of the processor, so that other work on the machine
disturbs them less.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median
from time import process_time
from typing import Any

import cv2
import mmcv
import numpy as np
import torch
from mmseg.registry import TRANSFORMS
from PIL import Image
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from cnsn_seg import cli
from cnsn_seg.datasets import decoding
from cnsn_seg.datasets.label_spaces import LABEL_SPACES
from cnsn_seg.datasets.transforms import color_jitter
from cnsn_seg.evaluation.results import environment, write_json
from cnsn_seg.miniature.formats import FORMATS, Sample
from cnsn_seg.miniature.images import make_image

GTA5_SIZE, MAPILLARY_SIZE = (1914, 1052), (2048, 1024)
CROP = (768, 768)
MMSEGS_PIPELINE = {
    'image': [dict(type='LoadImageFromFile')],
    'label': [dict(type='LoadAnnotations')],
    'scale and crop': [
        dict(type='RandomResize', scale=GTA5_SIZE, ratio_range=(0.5, 2.0), keep_ratio=True),
        dict(type='RandomCrop', crop_size=CROP),
    ],
    'blur': [dict(type='RandomGaussianBlur')],
    'jitter': [dict(type='MMCVColorJitter')],
    'flip': [dict(type='RandomFlip', prob=0.5)],
    'pack': [dict(type='PackSegInputs')],
}
OUR_PIPELINE = {
    'image': [dict(type='LoadImage')],
    'label': [dict(type='LoadTrainIds')],
    'scale and crop': [dict(type='RandomScaleCrop', scale=GTA5_SIZE, crop_size=CROP)],
    'blur': [dict(type='RandomGaussianBlur')],
    'jitter': [dict(type='ColorJitter')],
    'flip': [dict(type='RandomFlip', prob=0.5)],
    'pack': [dict(type='PackDomainInputs')],
}


@TRANSFORMS.register_module()
class MMCVColorJitter(color_jitter.ColorJitter):
    """The same draws, with MMCV's functions, as neither MMSeg nor MMCV has such a transform.

    MMCV 2.1's ``adjust_hue`` fails for negative shifts under NumPy 2; positive ones cost the same.
    """

    functions = {
        color_jitter.adjust_brightness: mmcv.adjust_brightness,
        color_jitter.adjust_contrast: mmcv.adjust_contrast,
        color_jitter.adjust_saturation: mmcv.adjust_color,
        color_jitter.adjust_hue: lambda image, turns: mmcv.adjust_hue(image, abs(turns)),
    }

    def transform(self, results: dict) -> dict:
        """Jitter ``results['img']``."""
        for change, amount in self._draw():
            results['img'] = self.functions[change](results['img'], amount)
        return results


def build(pipeline: dict[str, list[dict]]) -> dict[str, list[Callable]]:
    """Build the transforms of every stage."""
    return {stage: [TRANSFORMS.build(each) for each in parts] for stage, parts in pipeline.items()}


def four_scenes(domain: str, index: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Make an image with as many edges as a real one has: four scenes of the miniature."""
    images, elements, qualities = zip(
        *(make_image(domain, 4 * index + part, seed=0) for part in range(4)), strict=True
    )
    joined = [np.vstack([np.hstack(some[:2]), np.hstack(some[2:])]) for some in (images, elements)]
    return *joined, qualities[0]


def write_files(root: Path, domain: str, size: tuple[int, int], number: int) -> list[Path]:
    """Write enlarged images of the miniature and give their label files."""
    noise = np.random.default_rng(0)
    for index in range(number):
        image, elements, quality = four_scenes(domain, index)
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
        image = np.clip(image + noise.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        elements = cv2.resize(elements, size, interpolation=cv2.INTER_NEAREST)
        sample = Sample(index, number, number, image, elements, quality)
        FORMATS[domain].write(root / domain, sample)
    return sorted((root / domain).glob('**/labels/*.png'))


def gta5_sample(label: Path, label_map: dict[int, int] | None) -> dict[str, Any]:
    """Describe a sample as a data set does."""
    return dict(
        img_path=str(label.parent.parent / 'images' / label.name),
        seg_map_path=str(label),
        label_space='gta5',
        domain='gta5',
        label_map=label_map,
        reduce_zero_label=False,
        seg_fields=[],
    )


def mmsegs_label_map(label: np.ndarray, label_map: dict[int, int]) -> np.ndarray:
    """Map ids in the way of MMSeg's ``LoadAnnotations``: one pass over the label for each."""
    mapped, original = label.copy(), label.copy()
    for old, new in label_map.items():
        mapped[original == old] = new
    return mapped


def in_turn(actions: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Time actions in turn and give their median milliseconds."""
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats + 1):
        for name, action in actions.items():
            start = process_time()
            action()
            seconds[name].append(process_time() - start)
    return {name: 1000 * median(times[1:]) for name, times in seconds.items()}  # first: warm-up


def time_stages(
    stages: dict[str, list[Callable]], sample: dict[str, Any], seed: int
) -> dict[str, float]:
    """Run a pipeline once and give the milliseconds of every stage."""
    np.random.seed(seed)
    results, milliseconds = dict(sample, seg_fields=[]), {}
    for name, transforms in stages.items():
        start = process_time()
        for transform in transforms:
            results = transform(results)
        milliseconds[name] = 1000 * (process_time() - start)
    return milliseconds


def compare_pipelines(labels: Sequence[Path], draws: int, repeats: int) -> dict[str, Any]:
    """Average every stage over draws, the median of the repeats of each."""
    raw, ready = LABEL_SPACES['gta5'].train_ids, None
    sides = {
        'mmseg': (build(MMSEGS_PIPELINE), raw),
        'mmseg, labels converted beforehand': (build(MMSEGS_PIPELINE), ready),
        'ours': (build(OUR_PIPELINE), ready),
    }
    times: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for seed in range(draws):
        label = labels[seed % len(labels)]
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        for _ in range(repeats):
            for name, (stages, label_map) in sides.items():
                runs[name].append(time_stages(stages, gta5_sample(label, label_map), seed))
        for name, found in runs.items():
            times[name].append({key: median(run[key] for run in found) for key in found[0]})
    return {
        name: {key: mean(draw[key] for draw in drawn) for key in drawn[0]}
        for name, drawn in times.items()
    }


def compare_labels(label: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Time mapping the ids of a Mapillary label, and loading it from its file."""
    space = LABEL_SPACES['mapillary_v1.2']
    content = label.read_bytes()
    ids = decoding.decode_label(content)
    sample = dict(seg_map_path=str(label), label_space=space.name, reduce_zero_label=False)
    theirs = TRANSFORMS.build(dict(type='LoadAnnotations'))
    ours = TRANSFORMS.build(dict(type='LoadTrainIds'))
    return {
        'map': in_turn(
            {
                'mmseg': lambda: mmsegs_label_map(ids, space.train_ids),
                'ours': lambda: space.to_train_ids(ids),
            },
            repeats,
        ),
        'load': in_turn(
            {
                'mmseg': lambda: theirs(dict(sample, seg_fields=[], label_map=space.train_ids)),
                'ours': lambda: ours(dict(sample, seg_fields=[])),
            },
            repeats,
        ),
        'load or decode': in_turn(
            {
                'decoding alone': lambda: decoding.decode_label(content),
                'decoding alone, MMCV': lambda: mmcv.imfrombytes(content, 'unchanged', 'pillow'),
                'ours': lambda: ours(dict(sample, seg_fields=[])),
            },
            repeats,
        ),
    }


def compare_decoders(image: Path, repeats: int) -> dict[str, float]:
    """Time decoding one PNG image by everything at hand."""
    content = image.read_bytes()
    actions = {
        'OpenCV': lambda: cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR),
        'Pillow': lambda: np.asarray(Image.open(image)),
    }
    if decoding.pyspng:
        actions['libspng alone'] = lambda: decoding.pyspng.load(content, 'RGB')
    actions['ours, checksums included'] = lambda: decoding.decode_image(content)
    return in_turn(actions, repeats)


def summary_table(labels: dict[str, dict[str, float]], pipelines: dict[str, float]) -> Table:
    """Show what is compared and what the result should be."""
    table = Table(title='milliseconds on one core', box=SIMPLE_HEAD)
    for name in ('', 'reference', 'ours', 'times as fast', 'target'):
        table.add_column(name, justify='right' if name else 'left')
    mapped, loaded, decoded = labels.values()
    converted = 'mmseg, labels converted beforehand'
    alone, alone_mmcv = 'decoding alone', 'decoding alone, MMCV'
    for name, reference, ours, target in (
        ('map a label of 66 ids: mmseg', mapped['mmseg'], mapped['ours'], 8),
        ('load that label: mmseg', loaded['mmseg'], loaded['ours'], None),
        ('load that label: ' + alone, decoded[alone], decoded['ours'], 1 / 1.3),
        ('load that label: ' + alone_mmcv, decoded[alone_mmcv], decoded['ours'], 1 / 1.3),
        ('GTA5 pipeline: mmseg', pipelines['mmseg'], pipelines['ours'], 1.5),
        ('GTA5 pipeline: ' + converted, pipelines[converted], pipelines['ours'], None),
    ):
        goal = f'at least {target:.2g}' if target else ''
        table.add_row(name, f'{reference:.2f}', f'{ours:.2f}', f'{reference / ours:.2f}', goal)
    return table


def stages_table(pipelines: dict[str, dict[str, float]]) -> Table:
    """Show where the time of the pipelines goes."""
    table = Table(title='where it goes (mean over draws)', box=SIMPLE_HEAD)
    table.add_column('stage')
    for name in pipelines:
        table.add_column(name, justify='right')
    for stage in pipelines['ours']:
        table.add_row(stage, *(f'{stages[stage]:.2f}' for stages in pipelines.values()))
    table.add_row('all', *(f'{sum(stages.values()):.2f}' for stages in pipelines.values()))
    return table


def decoders_table(decoders: dict[str, float], whole: float, size: int) -> Table:
    """Show decoding alone, and what part of our pipeline it is."""
    title = f'decoding one PNG of {size / 1e6:.1f} MB alone'
    table = Table('decoder', 'ms', 'part of our pipeline', title=title, box=SIMPLE_HEAD)
    for name, milliseconds in decoders.items():
        table.add_row(name, f'{milliseconds:.2f}', f'{100 * milliseconds / whole:.0f} %')
    return table


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--draws', type=int, default=32, help='random samples (default: 32)')
    parser.add_argument('--repeats', type=int, default=5, help='repeats of each (default: 5)')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmarks/loading.json'))
    args = parser.parse_args()

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        gta5 = write_files(Path(folder), 'gta5', GTA5_SIZE, 4)
        mapillary = write_files(Path(folder), 'mapillary', MAPILLARY_SIZE, 1)[0]
        image = Path(gta5_sample(gta5[0], None)['img_path'])
        size = os.path.getsize(image)
        label_times = compare_labels(mapillary, 10 * args.repeats)
        decoders = compare_decoders(image, 2 * args.repeats)
        pipelines = compare_pipelines(gta5, args.draws, args.repeats)

    found = dict(
        environment(),
        opencv=cv2.__version__,
        png_bytes=size,
        labels=label_times,
        decoders=decoders,
        pipelines=pipelines,
    )
    write_json(args.out, found)
    console = Console()
    whole = {name: sum(stages.values()) for name, stages in pipelines.items()}
    console.print(summary_table(label_times, whole))
    console.print(stages_table(pipelines))
    console.print(decoders_table(decoders, whole['ours'], size))
    print(f'numbers: {args.out}')


if __name__ == '__main__':
    cli.run(main)
