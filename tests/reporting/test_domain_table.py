import io

from rich.console import Console

from cnsn_seg.reporting import domain_table


def text_of(table) -> str:
    file = io.StringIO()
    Console(width=200, file=file).print(table)
    return file.getvalue()


def test_domain_table_shows_a_dash_for_a_class_without_truth():
    results = dict(
        checkpoint='iter_1.pth',
        protocol=dict(name='full'),
        trained_under='full',
        selection=None,
        source=['gta'],
        classes=['road', 'train'],
        domains=dict(
            gta=dict(IoU=[90.0, 50.0], mIoU=70.0),
            cityscapes=dict(IoU=[80.0, None], mIoU=80.0),
            bdd100k=dict(IoU=[60.0, 10.0], mIoU=35.0),
        ),
        unseen=dict(domains=['cityscapes', 'bdd100k'], mIoU=57.5),
    )
    lines = text_of(domain_table(results)).splitlines()
    train = next(line for line in lines if 'train' in line)
    assert [cell for cell in train.split() if cell not in '│┃'] == [
        'train', '50.00', '-', '10.00', '10.00'
    ]  # fmt: skip
    mean = next(line for line in lines if 'mIoU' in line)
    assert '57.50' in mean
