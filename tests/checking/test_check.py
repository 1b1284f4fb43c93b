"""What checking writes, and how it divides a data set."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tiny_data import HEIGHT, TOOL, WIDTH

from cnsn_seg.checking import KINDS, SOURCES
from cnsn_seg.checking.samples import load_label
from cnsn_seg.datasets import CLASSES, LABEL_SPACES
from cnsn_seg.datasets.statistics import ClassStatistics, measure
from cnsn_seg.miniature import make_miniature
from cnsn_seg.miniature.formats import DEFAULT


@pytest.mark.parametrize(
    ('name', 'domains', 'split'),
    [
        ('gta5', ['gta'], 'all'),
        ('cityscapes', ['cityscapes'], 'val'),
        ('bdd100k', ['bdd100k'], 'val'),
        ('mapillary', ['mapillary'], 'val'),
        ('acdc', ['acdc_fog', 'acdc_night', 'acdc_rain', 'acdc_snow'], 'val'),
        ('idd', ['idd'], 'val'),
    ],
)
def test_a_good_data_set_passes(name, domains, split, download, run):
    data = download(name)
    before = data.digests()
    ran = run(data.argument)
    assert ran.code == 0
    assert data.digests() == before
    assert sorted(path.name for path in ran.out.iterdir()) == domains
    for domain in domains:
        report = ran.report(domain)
        assert report['ok']
        assert list(report['splits']) == [split]
        assert {found['severity'] for found in report['findings']} == {'warning'}
        assert set(report['counts']) == {'count'}
        for path in report['files'].values():
            assert (ran.out.parents[1] / path).is_file()


def test_statistics_are_those_of_the_labels(download, run):
    data = download('cityscapes')
    ran = run(data.argument, workers=2)
    statistics = ClassStatistics.load(ran.out / 'cityscapes/statistics.npz')
    assert statistics.names == data.form.names
    space = LABEL_SPACES['cityscapes']
    expected = [measure(load_label(str(label), space)) for label in data.labels]
    np.testing.assert_array_equal(statistics.pixels, [pixels for pixels, _ in expected])
    np.testing.assert_array_equal(
        statistics.centroids[:, 1:], np.concatenate([centroids for _, centroids in expected])
    )
    pixels = ran.report('cityscapes')['class_pixels']
    assert list(pixels) == [*CLASSES, 'ignored']
    assert sum(pixels.values()) == len(data.labels) * HEIGHT * WIDTH


def test_sampling_takes_the_statistics(download, run):
    data = download('gta5')
    ran = run(data.argument)
    dataset = data.build(split='train')
    names = [dataset.get_data_info(index)['sample_name'] for index in range(len(dataset))]
    path = ran.out / 'gta/statistics.npz'
    assert ClassStatistics.load(path).select(names).names == ('00001', '00002')


def test_gta5_is_walked_once_and_its_lists_are_counted(download, run):
    report = run(download('gta5').argument).report('gta')
    assert report['splits']['all']['pairs'] == 4
    assert report['splits']['all']['lists'] == {'train': 2, 'val': 1, 'test': 1}
    assert report['splits']['all']['official'] == 24966


def _robustnet_layout(data) -> None:
    for kind in ('images', 'labels'):
        for split, number in {'train': 1, 'valid': 3, 'test': 4}.items():
            target = data.root / kind / split / 'cam0'
            target.mkdir(parents=True)
            (data.root / kind / f'{number:05d}.png').rename(target / f'{number:05d}.png')
        (data.root / kind / '00002.png').unlink()


def test_robustnets_folders_are_splits(download, run):
    data = download('gta5')
    _robustnet_layout(data)
    report = run(data.argument).report('gta')
    assert {split: part['pairs'] for split, part in report['splits'].items()} == {
        'train': 1, 'val': 1, 'test': 1,
    }  # fmt: skip


def test_a_protocol_that_trains_on_everything_walks_everything(download, run):
    data = download('gta5')
    _robustnet_layout(data)
    ran = run(data.argument, '--protocol', 'rein')
    assert list(ran.report('gta')['splits']) == ['all']
    statistics = ClassStatistics.load(ran.out / 'gta/statistics.npz')
    dataset = data.build(split='train', protocol='rein')
    names = {dataset.get_data_info(index)['sample_name'] for index in range(len(dataset))}
    assert names == set(statistics.names)


def test_a_condition_of_acdc_that_is_missing_is_a_problem(download, run):
    data = download('acdc')
    shutil.rmtree(data.root / 'rgb_anon/snow')
    shutil.rmtree(data.root / 'gt/snow')
    ran = run(data.argument)
    assert ran.code == 1
    assert ran.report('acdc_fog')['ok']
    assert not ran.report('acdc_snow')['ok']


def test_pictures_can_be_opened(download, run):
    ran = run(download('mapillary').argument, workers=2)
    for name in ('classes.png', 'contact_sheet.png'):
        with Image.open(ran.out / 'mapillary' / name) as picture:
            picture.load()
            assert picture.width > 500


def test_the_list_is_written_anew(download, run):
    data = download('bdd100k')
    content = data.images[0].read_bytes()
    data.images[0].write_bytes(b'')
    exclude = run(data.argument, '--fix').out / 'bdd100k/exclude.txt'
    assert exclude.read_text() == '7d06fefd\n'
    data.images[0].write_bytes(content)
    run(data.argument, '--fix')
    assert exclude.read_text() == ''


def test_every_data_set_of_the_miniature_passes_as_a_user_runs_it(tmp_path):
    make_miniature(tmp_path / 'data', train=2, val=1)
    done = subprocess.run([sys.executable, TOOL], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Traceback' not in done.stderr
    for name in DEFAULT:
        (source,) = SOURCES[name]
        report = tmp_path / 'work_dirs/check_data' / source.dataset.domain / 'report.json'
        assert json.loads(report.read_text())['ok']


def test_every_kind_has_a_severity():
    assert {kind.severity for kind in KINDS.values()} == {'problem', 'warning', 'note'}
