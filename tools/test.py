"""Evaluate checkpoints on every domain: ``tools/test.py CONFIG CHECKPOINT [CHECKPOINT ...]``."""

import argparse
import sys
import warnings
from typing import Any

from mmengine.dist import is_main_process
from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.datasets.transforms.corruption import CORRUPTIONS
from cnsn_seg.evaluation import Job, Options, evaluate_all, plan_jobs
from cnsn_seg.evaluation.options import SEVERITIES
from cnsn_seg.reporting import checkpoint_table, corruption_table, domain_table


def parse() -> argparse.Namespace:
    parser = cli.config_parser('Evaluate checkpoints on every domain.')
    parser.add_argument('checkpoints', nargs='+', metavar='checkpoint', help='checkpoint files')
    parser.add_argument(
        '--domains',
        nargs='+',
        help="domains to evaluate, and folders of images to predict (the config's by default)",
    )
    parser.add_argument('--protocol', help="evaluation protocol (the config's by default)")
    parser.add_argument('--out', help='folder of results.json (the work dir by default)')
    parser.add_argument(
        '--save-predictions', metavar='DIR', help='folder to save predictions to, as train ids'
    )
    parser.add_argument(
        '--limit', type=int, metavar='N', help='evaluate N images a domain, for a preview'
    )
    parser.add_argument('--tta', action='store_true', help='average over scales and flips')
    parser.add_argument(
        '--slide', action='store_true', help='slide a window of the crop size over the image'
    )
    parser.add_argument(
        '--corruptions',
        nargs='*',
        metavar='NAME',
        help=f'evaluate under corruptions, too (all by default): {", ".join(CORRUPTIONS)}',
    )
    parser.add_argument(
        '--severities', nargs='+', type=int, default=SEVERITIES, help='of the corruptions'
    )
    return parser.parse_args()


def main() -> None:
    warnings.filterwarnings('ignore', module=r'(mmcv|mmengine|mmseg|torch)\.')
    args = parse()
    cfg = cli.config_of(args)
    if args.protocol:
        cfg.protocol = args.protocol
    options = Options(
        domains=args.domains,
        corruptions=CORRUPTIONS if args.corruptions == [] else args.corruptions or (),
        severities=args.severities,
        tta=args.tta,
        slide=args.slide,
        limit=args.limit,
    )
    jobs = plan_jobs(args.checkpoints, args.out or cfg.work_dir, args.save_predictions)
    try:
        results = evaluate_all(cfg, jobs, options, show_progress=True)
    except KeyboardInterrupt:
        print('interrupted: the same command continues where it stopped', file=sys.stderr)
        raise
    if is_main_process():
        show(dict(zip(jobs, results, strict=True)))


def show(results: dict[Job, dict[str, Any]]) -> None:
    console = Console()
    if len(results) > 1:
        console.print(checkpoint_table({job.title: found for job, found in results.items()}))
    for job, found in results.items():
        if len(results) == 1 and found['domains']:
            console.print(domain_table(found))
        if len(results) == 1 and found['corruptions']:
            console.print(corruption_table(found))
        print(f'results: {job.out / "results.json"}')
        if job.predictions:
            print(f'predictions: {job.predictions}')


if __name__ == '__main__':
    cli.run(main)
