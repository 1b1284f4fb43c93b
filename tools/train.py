"""Train a model: ``tools/train.py CONFIG``."""

from cnsn_seg import cli
from cnsn_seg.engine import train
from cnsn_seg.engine.mixed_precision import DTYPES, usual_dtype


def main() -> None:
    parser = cli.config_parser('Train a model.')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint in the work dir'
    )
    parser.add_argument(
        '--amp',
        nargs='?',
        const=usual_dtype(),
        choices=DTYPES,
        help=f'mixed precision (of {usual_dtype()} where the type is left out)',
    )
    parser.add_argument(
        '--deterministic', action='store_true', help='the same weights in every run, to the bit'
    )
    parser.add_argument('--seed', type=int, help='seed of everything random')
    args = parser.parse_args()

    train(
        cli.config_of(args),
        seed=args.seed,
        resume=args.resume,
        amp=args.amp,
        deterministic=args.deterministic,
    )


if __name__ == '__main__':
    cli.run(main)
