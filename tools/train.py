"""Train a model: ``tools/train.py CONFIG``."""

import argparse
import os

from mmengine.config import DictAction

from cnsn_seg import cli
from cnsn_seg.engine import load_config, train


def main() -> None:
    parser = argparse.ArgumentParser(description='Train a model.')
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='where logs and checkpoints go')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint in the work dir'
    )
    parser.add_argument('--amp', action='store_true', help='train in mixed precision')
    parser.add_argument('--seed', type=int, help='seed of everything random')
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
    train(cfg, seed=args.seed, resume=args.resume, amp=args.amp)


if __name__ == '__main__':
    cli.run(main)
