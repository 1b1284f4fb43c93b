"""Show results as a page: ``tools/report.py RESULT ... --out report``."""

from cnsn_seg import cli


def main() -> None:
    parser = cli.tool_parser('Show results as one HTML file.')
    parser.add_argument(
        'results',
        nargs='+',
        metavar='[NAME=]RESULT',
        help='results.json, or a folder with some below; NAME replaces the name of the method',
    )
    parser.add_argument(
        '--baseline',
        metavar='METHOD',
        help="what gains are over ('baseline' if there is one, else the first)",
    )
    parser.add_argument('--out', default='report', help='folder of index.html (report)')
    parser.add_argument(
        '--images',
        type=int,
        default=50,
        help='images a domain whose channel statistics are measured (50)',
    )
    args = parser.parse_args()
    if args.images < 2:
        raise ValueError(f'--images must be 2 or more, got {args.images}')

    page = _page()(
        args.results,
        args.out,
        baseline=args.baseline,
        num_images=args.images,
        progress=cli.image_bar,
    )
    print(f'page: {page} ({page.stat().st_size / 1e6:.1f} MB, all in one file)')


def _page():
    try:
        from cnsn_seg.reporting.page import write_page
    except ModuleNotFoundError as error:
        if error.name in ('plotly', 'jinja2'):
            raise ImportError(
                f"the page needs {error.name}: pip install 'cnsn-seg[report]'"
            ) from error
        raise
    return write_page


if __name__ == '__main__':
    cli.run(main)
