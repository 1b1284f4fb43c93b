"""Evaluate a checkpoint on every domain: ``tools/test.py CONFIG CHECKPOINT``."""

from pathlib import Path

from mmengine.dist import is_main_process
from rich.console import Console

from cnsn_seg import cli
from cnsn_seg.evaluation import evaluate
from cnsn_seg.reporting import domain_table


def main() -> None:
    parser = cli.config_parser('Evaluate a checkpoint on every domain.')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--domains', nargs='+', help='domains to evaluate (all by default)')
    parser.add_argument('--protocol', help="evaluation protocol (the config's by default)")
    parser.add_argument('--out', help='folder of results.json (the work dir by default)')
    args = parser.parse_args()

    cfg = cli.config_of(args)
    if args.protocol:
        cfg.protocol = args.protocol
    results = evaluate(cfg, args.checkpoint, domains=args.domains, out=args.out)
    if is_main_process():
        Console().print(domain_table(results))
        print(f'results: {Path(args.out or cfg.work_dir) / "results.json"}')


if __name__ == '__main__':
    cli.run(main)
