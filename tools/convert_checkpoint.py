"""Convert the authors' SN-ResNet checkpoint: ``tools/convert_checkpoint.py SRC DST``."""

from pathlib import Path

from cnsn_seg import cli
from cnsn_seg.models.convert_checkpoint import convert_file


def main() -> None:
    parser = cli.tool_parser(
        "Convert the authors' SN-ResNet checkpoint for the backbone CNSNResNet."
    )
    parser.add_argument('source', metavar='SRC', type=Path, help='checkpoint of their release')
    parser.add_argument('target', metavar='DST', type=Path, help='file to write')
    parser.add_argument('--depth', type=int, default=50, choices=[18, 34, 50, 101, 152])
    args = parser.parse_args()

    state = convert_file(args.source, args.target, args.depth)
    print(f'{args.target}: {len(state)} tensors of a ResNet-{args.depth} with SelfNorm')


if __name__ == '__main__':
    cli.run(main)
