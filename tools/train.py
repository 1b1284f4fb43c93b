"""Train a model: ``tools/train.py CONFIG``."""

from cnsn_seg import cli
from cnsn_seg.engine import train


def main() -> None:
    parser = cli.config_parser('Train a model.')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint in the work dir'
    )
    parser.add_argument('--amp', action='store_true', help='train in mixed precision')
    parser.add_argument('--seed', type=int, help='seed of everything random')
    args = parser.parse_args()

    train(cli.config_of(args), seed=args.seed, resume=args.resume, amp=args.amp)


if __name__ == '__main__':
    cli.run(main)
