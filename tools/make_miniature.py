"""Make the miniature: procedural street scenes in the formats of the real data sets."""

import argparse
from pathlib import Path

from cnsn_seg import cli
from cnsn_seg.miniature import DEFAULT, DOMAINS, FORMATS, make_miniature


def main() -> None:
    parser = cli.tool_parser(__doc__)
    parser.add_argument('--out', type=Path, required=True, help='folder to make')
    parser.add_argument(
        '--domains',
        nargs='+',
        choices=[*FORMATS, 'all'],
        default=DEFAULT,
        metavar='NAME',
        help=f'data sets to make or to add: {", ".join(FORMATS)}; or all ({" ".join(DEFAULT)})',
    )
    parser.add_argument('--seed', type=_count(0), default=0, help='seed of every image (0)')
    parser.add_argument(
        '--train', type=_count(1), default=600, help='training images of each source (600)'
    )
    parser.add_argument(
        '--val', type=_count(1), default=100, help='validation images of each (100)'
    )
    parser.add_argument('--workers', type=_count(1), help='processes (one per CPU)')
    args = parser.parse_args()

    domains = set(args.domains)
    if 'all' in domains:
        domains = domains - {'all'} | {*DOMAINS}
    made = make_miniature(
        args.out,
        domains=domains,
        seed=args.seed,
        train=args.train,
        val=args.val,
        workers=args.workers,
        progress=cli.image_progress,
    )
    print(f'{args.out} ' + ('is ready' if made else 'holds this miniature already'))
    print(f'contact sheet: {args.out / "contact_sheet.png"}')


def _count(least: int):
    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f'{text} is less than {least}')
        return value

    return parse


if __name__ == '__main__':
    cli.run(main)
