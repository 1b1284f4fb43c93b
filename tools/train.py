"""Train a model: ``tools/train.py CONFIG``."""

import sys
from collections.abc import Iterator
from itertools import zip_longest

from cnsn_seg import cli
from cnsn_seg.engine import train
from cnsn_seg.engine.mixed_precision import DTYPES, usual_dtype


def _with_amp_spelt_out(arguments: list[str]) -> Iterator[str]:
    """Say which type a bare ``--amp`` means, which may stand before the config."""
    for argument, following in zip_longest(arguments, arguments[1:]):
        is_bare = argument == '--amp' and following not in DTYPES
        yield f'--amp={usual_dtype()}' if is_bare else argument


def main() -> None:
    parser = cli.config_parser('Train a model.')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint in the work dir'
    )
    parser.add_argument(
        '--amp',
        metavar='{float16,bfloat16}',
        choices=DTYPES,
        help=f'mixed precision ({usual_dtype()} where the type is left out)',
    )
    parser.add_argument(
        '--deterministic', action='store_true', help='the same weights in every run, to the bit'
    )
    parser.add_argument('--seed', type=int, help='seed of everything random')
    args = parser.parse_args(list(_with_amp_spelt_out(sys.argv[1:])))

    train(
        cli.config_of(args),
        seed=args.seed,
        resume=args.resume,
        amp=args.amp,
        deterministic=args.deterministic,
    )


if __name__ == '__main__':
    cli.run(main)
