"""Predict images and videos: ``tools/predict.py CONFIG CHECKPOINT INPUT ... --out DIR``."""

import warnings

from cnsn_seg import cli
from cnsn_seg.prediction import FORMATS, plan_inputs, predict


def main() -> None:
    warnings.filterwarnings('ignore', module=r'(mmcv|mmengine|mmseg|torch)\.')
    parser = cli.config_parser('Predict images, videos or a camera.')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='input',
        help='image or video file, folder, quoted glob pattern, or camera:0',
    )
    parser.add_argument('--out', required=True, metavar='DIR', help='folder to write to')
    parser.add_argument(
        '--format',
        choices=list(FORMATS),
        default='overlay',
        help='overlay (default), train-ids, or label-ids for the Cityscapes server',
    )
    parser.add_argument(
        '--slide', action='store_true', help='slide a window of the crop size over the image'
    )
    parser.add_argument(
        '--frames', type=int, metavar='N', help='stop every video or camera after N frames'
    )
    parser.add_argument('--overwrite', action='store_true', help='replace files that are there')
    args = parser.parse_args()
    if args.frames is not None and args.frames < 1:
        raise ValueError(f'--frames is {args.frames}, expected 1 at least')

    predict(
        cli.config_of(args),
        args.checkpoint,
        plan_inputs(args.inputs),
        args.out,
        format_name=args.format,
        slide=args.slide,
        max_frames=args.frames,
        overwrite=args.overwrite,
        bar=cli.image_bar,
    )
    print(f'predictions: {args.out}')


if __name__ == '__main__':
    cli.run(main)
