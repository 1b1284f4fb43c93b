"""Export a checkpoint for deployment: ``tools/export.py CONFIG CHECKPOINT --format onnx``."""

from cnsn_seg import cli
from cnsn_seg.export import FORMATS, TOLERANCE, export


def main() -> None:
    parser = cli.config_parser(
        'Export a checkpoint: raw BGR images (N, 3, H, W), float32 from 0 to 255, to logits.'
    )
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('--format', choices=list(FORMATS), default='onnx')
    parser.add_argument('--out', help='file to write (next to the checkpoint by default)')
    parser.add_argument(
        '--tolerance', type=float, default=TOLERANCE, help='largest difference of the logits'
    )
    args = parser.parse_args()

    cfg = cli.config_of(args)
    path, agreement = export(cfg, args.checkpoint, args.format, args.out, args.tolerance)
    print(
        f'{path}: logits differ from the model by at most {agreement.difference:.1e}, '
        f'{agreement.equal:.4%} of pixels get the same class'
    )
    if cfg.model.test_cfg.mode == 'slide':
        print('the config slides a window over large images; the exported network does not')


if __name__ == '__main__':
    cli.run(main)
