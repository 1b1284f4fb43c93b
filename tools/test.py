"""Evaluate a checkpoint on every domain: ``tools/test.py CONFIG CHECKPOINT``."""

import argparse
import os
from pathlib import Path

from mmengine.config import DictAction
from mmengine.dist import is_main_process
from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.engine import load_config
from cnsn_seg.evaluation import evaluate
from cnsn_seg.reporting import domain_table


def main() -> None:
    parser = argparse.ArgumentParser(description='Evaluate a checkpoint on every domain.')
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--domains', nargs='+', help='domains to evaluate (all by default)')
    parser.add_argument('--out', help='folder of results.json (the work dir by default)')
    parser.add_argument('--work-dir', help='where logs go')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value pairs that override'
    )
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument('--debug', action='store_true', help='show tracebacks')
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))

    cfg = load_config(
        args.config, work_dir=args.work_dir, options=args.cfg_options, launcher=args.launcher
    )
    results = evaluate(cfg, args.checkpoint, domains=args.domains, out=args.out)
    if is_main_process():
        Console().print(domain_table(results))
        print(f'results: {Path(args.out or cfg.work_dir) / "results.json"}')


if __name__ == '__main__':
    cli.run(main)
