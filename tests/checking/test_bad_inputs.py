"""Every bad input has a sentence of its own, and none stops the check."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from mmengine import fileio
from PIL import Image
from scipy.io import savemat
from tiny_data import HEIGHT, RELEASES, WIDTH, Downloaded, write_image, write_label

PIPELINE = [{'type': 'LoadImage'}, {'type': 'LoadTrainIds'}]


@dataclass(frozen=True)
class Damage:
    """What happens to a data set, and what is said of it."""

    name: str
    apply: Callable[[Downloaded], None]
    kind: str
    sentence: str
    count: int = 1


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _write_text(path: Path) -> None:
    path.write_text('404: Not Found')


def _empty(path: Path) -> None:
    path.write_bytes(b'')


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to('/nowhere/file.png')


def _ids(path: Path, ids: np.ndarray) -> None:
    write_label(path, ids.astype(np.uint8))


def _rgb(path: Path) -> None:
    Image.new('RGB', (WIDTH, HEIGHT), (128, 64, 128)).save(path)


SAMPLES = {
    'truncated PNG image': Damage(
        'cityscapes', lambda data: _truncate(data.images[0]), 'undecodable',
        "image file '{image}' ends inside a chunk: it is truncated",
    ),
    'truncated JPEG image': Damage(
        'bdd100k', lambda data: _truncate(data.images[0]), 'undecodable',
        "image file '{image}' is truncated",
    ),
    'truncated PNG label': Damage(
        'mapillary', lambda data: _truncate(data.labels[0]), 'undecodable',
        "label file '{label}' ends inside a chunk: it is truncated",
    ),
    'zero-byte image': Damage(
        'gta5', lambda data: _empty(data.images[0]), 'undecodable',
        "image file '{image}' is empty",
    ),
    'zero-byte label': Damage(
        'cityscapes', lambda data: _empty(data.labels[0]), 'undecodable',
        "label file '{label}' is empty",
    ),
    'text named .png as image': Damage(
        'gta5', lambda data: _write_text(data.images[0]), 'undecodable',
        "image file '{image}' is not an image: it begins with b'404: Not Found'",
    ),
    'text named .png as label': Damage(
        'bdd100k', lambda data: _write_text(data.labels[0]), 'undecodable',
        "label file '{label}' is not a PNG: it begins with b'404: Not Found'",
    ),
    'label of the wrong size': Damage(
        'cityscapes', lambda data: _ids(data.labels[0], np.full((6, 8), 7)), 'size',
        "label file '{label}' is 8x6 but its image '{image}' is 16x12",
    ),
    'GTA5 label of a very different size': Damage(
        'gta5', lambda data: write_image(data.images[0], 24, 32), 'size',
        "label file '{label}' is 16x12 but its image '{image}' is 32x24",
    ),
    'label in RGB': Damage(
        'cityscapes', lambda data: _rgb(data.labels[0]), 'form',
        "label file '{label}': label space 'cityscapes' needs ids in one channel of 8 bits",
    ),
    'unknown id': Damage(
        'cityscapes', lambda data: _ids(data.labels[0], np.full((HEIGHT, WIDTH), 99)),
        'unknown_ids', "label file '{label}': raw ids 99 are not in label space 'cityscapes'",
    ),
    'v2.0 ids without a palette': Damage(
        'mapillary', lambda data: _ids(data.labels[0], np.full((HEIGHT, WIDTH), 120)),
        'unknown_ids', "'mapillary_v2.0' has them",
    ),
}  # fmt: skip

FOLDERS = {
    'archive unpacked half: labels': Damage(
        'cityscapes', lambda data: shutil.rmtree(data.labels[2].parent), 'no_label',
        "image file '{root}/leftImg8bit/val/munster/munster_0_leftImg8bit.png' has no label",
    ),
    'label missing': Damage(
        'bdd100k', lambda data: data.labels[0].unlink(), 'no_label',
        "image file '{image}' has no label '{label}'",
    ),
    'image of a split list missing': Damage(
        'gta5', lambda data: data.images[0].unlink(), 'no_image',
        "the list of split 'train' names '00001', but there is no '{image}'",
    ),
    'broken link as image of a list': Damage(
        'gta5', lambda data: _link(data.images[0]), 'link',
        "image file '{image}' is a broken link: there is no '/nowhere/file.png'",
    ),
    'broken link as label': Damage(
        'cityscapes', lambda data: _link(data.labels[0]), 'link',
        "label file '{label}' is a broken link: there is no '/nowhere/file.png'",
    ),
}  # fmt: skip


def _check(damage: Damage, download, run, *options: str):
    data = download(damage.name)
    damage.apply(data)
    before = data.digests()
    ran = run(data.argument, *options)
    assert data.digests() == before
    paths = {'image': data.images[0], 'label': data.labels[0], 'root': data.root}
    assert damage.sentence.format(**paths) in ran.output
    domain = 'gta' if damage.name == 'gta5' else damage.name
    assert ran.report(domain)['counts'][damage.kind] == damage.count
    return data, ran, domain


@pytest.mark.parametrize('damage', [*SAMPLES.values(), *FOLDERS.values()], ids=[*SAMPLES, *FOLDERS])
def test_a_bad_sample_is_named(damage, download, run):
    _, ran, domain = _check(damage, download, run)
    assert ran.code == 1
    report = ran.report(domain)
    assert not report['ok']
    problems = [found for found in report['findings'] if found['severity'] == 'problem']
    assert len(problems) == 1
    assert not (ran.out / domain / 'exclude.txt').exists()


@pytest.mark.parametrize('damage', SAMPLES.values(), ids=SAMPLES)
def test_an_exclusion_list_repairs_it(damage, download, run):
    _repair(damage, download, run)


@pytest.mark.parametrize('damage', FOLDERS.values(), ids=FOLDERS)
def test_an_exclusion_list_repairs_missing_partners(damage, download, run):
    _repair(damage, download, run)


def _repair(damage: Damage, download, run) -> None:
    data, ran, domain = _check(damage, download, run, '--fix')
    path = ran.out / domain / 'exclude.txt'
    assert f"exclude='{path.relative_to(Path.cwd())}'" in ran.output
    assert ran.code == 0
    dataset = data.build(exclude=str(path), pipeline=PIPELINE)
    assert len(dataset) == len(data.images) - 1
    for sample in dataset:
        assert sample['img'].shape[:2] == sample['gt_seg_map'].shape


def _no_folder(data: Downloaded) -> str:
    return f'{data.root}_elsewhere'


def _another_folder(data: Downloaded) -> str:
    (data.root.parent / 'photos').mkdir()
    write_image(data.root.parent / 'photos/holiday.png')
    return f'{data.root.parent}/photos'


def _empty_folder(data: Downloaded) -> str:
    (data.root.parent / 'empty').mkdir()
    return f'{data.root.parent}/empty'


def _link_to_nothing(data: Downloaded) -> str:
    (data.root.parent / 'link').symlink_to('/nowhere')
    return f'{data.root.parent}/link'


def _no_labels(data: Downloaded) -> str:
    shutil.rmtree(data.root / data.labels[0].relative_to(data.root).parts[0])
    return str(data.root)


def _labels_not_unpacked(data: Downloaded) -> str:
    for label in data.labels:
        label.unlink()
    return str(data.root)


def _no_images(data: Downloaded) -> str:
    for image in data.images:
        image.unlink()
    return str(data.root)


def _wrong_extension(data: Downloaded) -> str:
    for image in data.images:
        image.rename(image.with_suffix('.PNG'))
    return str(data.root)


ROOTS = {
    'wrong root': (_no_folder, "has no folder '{root}_elsewhere'"),
    'another folder': (_another_folder, "'{above}/photos/images'"),
    'one level too high': (
        lambda data: str(data.root.parent),
        "'{above}' is not the data set's root, but '{root}' is: give that one",
    ),
    'one level too low': (
        lambda data: f'{data.root}/images',
        "'{root}/images' is not the data set's root, but '{root}' is: give that one",
    ),
    'empty folder': (_empty_folder, "the folder '{above}/empty' is empty"),
    'broken link': (_link_to_nothing, "'{above}/link' is a broken link: there is no '/nowhere'"),
    'folder of labels missing': (_no_labels, "has images in '{root}/images' but no label '*.png'"),
    'labels missing': (_labels_not_unpacked, 'unpack the archive of the labels'),
    'images missing': (_no_images, "there is no image '*.png' in '{root}/images'"),
    'upper-case extension': (_wrong_extension, "there is no image '*.png' in '{root}/images'"),
}


@pytest.mark.parametrize(('damage', 'sentence'), ROOTS.values(), ids=ROOTS)
def test_a_bad_root_is_explained(damage, sentence, download, run):
    data = download('gta5')
    root = damage(data)
    ran = run(f'gta5={root}', '--fix')
    assert ran.code == 1
    assert sentence.format(root=data.root, above=data.root.parent) in ran.output
    assert len([f for f in ran.report('gta')['findings'] if f['kind'] == 'folder']) == 1


def test_one_bad_data_set_does_not_hide_another(download, run):
    good = download('cityscapes')
    ran = run('gta5=nowhere', good.argument)
    assert ran.code == 1
    assert ran.report('cityscapes')['ok']
    assert not ran.report('gta')['ok']


def test_half_an_archive_is_a_warning_where_nothing_fails(download, run):
    ran = run(download('cityscapes').argument)
    assert ran.code == 0
    assert "split 'val' has 3 of 500 images in" in ran.output
    assert ran.report('cityscapes')['absent'] == ['train']


def test_a_split_list_that_cannot_be_read(download, run):
    data = download('gta5')
    (data.root / 'split.mat').write_bytes(b'no matrix')
    ran = run(data.argument)
    assert ran.code == 1
    assert f"'{data.root}/split.mat' does not hold 'trainIds'" in ran.output


def test_a_missing_split_list(download, run):
    data = download('gta5')
    (data.root / 'split.mat').unlink()
    ran = run(data.argument)
    assert ran.code == 1
    assert ran.output.count(f"needs '{data.root}/split.mat'") == 1


def test_an_empty_split_list_is_not_a_problem(download, run):
    data = download('gta5')
    savemat(data.root / 'split.mat', {'trainIds': [[1]], 'valIds': [[2]], 'testIds': []})
    assert run(data.argument).code == 0


@pytest.mark.parametrize('what', ['image', 'label'])
def test_no_read_permission(what, download, run, monkeypatch):
    data = download('cityscapes')
    path = str((data.images if what == 'image' else data.labels)[0])
    if os.geteuid():
        os.chmod(path, 0)
    else:
        monkeypatch.setattr(fileio, 'get', _refusing(path))
    ran = run(data.argument)
    assert ran.code == 1
    assert f"{what} file '{path}' cannot be read: you lack the permission" in ran.output
    os.chmod(path, 0o644)
    monkeypatch.undo()
    monkeypatch.chdir(ran.out.parents[1])
    assert run(data.argument).code == 0  # what was not read is not remembered


def _refusing(refused: str):
    get = fileio.get

    def refuse(path, *args, **kwargs):
        if path == refused:
            raise PermissionError(13, 'Permission denied', path)
        return get(path, *args, **kwargs)

    return refuse


def test_no_permission_for_a_folder(download, run, monkeypatch):
    data = download('cityscapes')
    folder = str(data.labels[0].parent)
    if os.geteuid():
        os.chmod(folder, 0)
    else:
        monkeypatch.setattr(os, 'scandir', _refusing_folder(folder))
    ran = run(data.argument)
    os.chmod(folder, 0o755)
    assert ran.code == 1
    assert f"'{folder}' cannot be read: you lack the permission" in ran.output


def _refusing_folder(refused: str):
    scandir = os.scandir

    def refuse(path='.'):
        if str(path) == refused:
            raise PermissionError(13, 'Permission denied', path)
        return scandir(path)

    return refuse


def test_duplicate_stems(download, run):
    data = download('idd')
    image = data.images[0]
    Image.open(image).save(image.with_suffix('.jpg'))
    ran = run(data.argument, '--fix')
    assert ran.code == 1
    assert (
        "has two images for one label, '119/541500_leftImg8bit.png' and "
        "'119/541500_leftImg8bit.jpg'"
    ) in ran.output


def test_non_ascii_and_very_long_names_are_fine(download, run):
    data = download('bdd100k')
    names = ['日本語/straße [bold] {x}', 'x' * 251]
    for name in names:
        data.add(name)
    ran = run(data.argument)
    assert ran.code == 0
    assert ran.report('bdd100k')['splits']['val']['pairs'] == 5


def test_non_ascii_and_very_long_names_can_be_excluded(download, run):
    data = download('bdd100k')
    names = ['日本語/straße [bold] {x}', 'x' * 251]
    for name in names:
        data.add(name)
        _empty(data.root / data.form.image.format(name))
    ran = run(data.argument, '--fix')
    assert ran.code == 0
    assert 'images/10k/val/日本語/straße [bold] {x}.jpg' in ran.output
    assert (ran.out / 'bdd100k/exclude.txt').read_text(encoding='utf-8').split('\n') == [
        names[1], names[0], '',
    ]  # fmt: skip
    assert len(data.build(exclude=str(ran.out / 'bdd100k/exclude.txt'))) == 3


def test_a_name_that_is_not_utf_8(download, run):
    data = download('bdd100k')
    data.add(os.fsdecode(b'stra\xdfe'))
    ran = run(data.argument, '--fix')
    assert ran.code == 1
    assert "the name 'stra\\udcdfe' is not UTF-8" in ran.output


def test_only_ignored_pixels(download, run):
    data = download('bdd100k')
    _ids(data.labels[0], np.full((HEIGHT, WIDTH), 255))
    ran = run(data.argument, '--fix')
    assert ran.code == 0
    assert f"label file '{data.labels[0]}' holds nothing but ignored pixels" in ran.output
    assert (ran.out / 'bdd100k/exclude.txt').read_text() == ''


def test_a_blank_image_is_a_warning_and_goes_on_the_list(download, run):
    data = download('gta5')
    Image.new('RGB', (WIDTH, HEIGHT)).save(data.images[1])
    assert run(data.argument).code == 0
    ran = run(data.argument, '--fix')
    assert ran.code == 0
    assert f"image file '{data.images[1]}' is of a single colour" in ran.output
    assert (ran.out / 'gta/exclude.txt').read_text() == '00002\n'


def test_a_gta5_image_of_almost_the_same_size_is_a_note(download, run):
    data = download('gta5')
    write_image(data.images[0], 100, 200)
    _ids(data.labels[0], np.full((101, 201), 7))
    ran = run(data.argument)
    assert ran.code == 0
    assert ran.report('gta')['counts']['resized'] == 1


def test_a_label_without_an_image_is_a_note(download, run):
    data = download('bdd100k')
    data.images[0].unlink()
    ran = run(data.argument)
    assert ran.code == 0
    assert f"label file '{data.labels[0]}' has no image '7d06fefd.jpg'" in ran.output


@pytest.mark.parametrize('damaged', [1, 3])
def test_labels_of_mapillary_v2_0_given_as_v1_2(damaged, download, run):
    data = download('mapillary')
    for label in data.labels[:damaged]:
        write_label(label, np.full((HEIGHT, WIDTH), 13, np.uint8), RELEASES['v2.0'])
    ran = run(data.argument, '--fix')
    assert ran.code == 1
    assert ran.output.count("'mapillary_v2.0', by their palette, and not 'mapillary_v1.2'") == 1
    assert f"{damaged} of 3 labels in '{data.root}/validation/labels'" in ran.output


def test_an_archive_with_v2_0_alone(download, run):
    data = download('mapillary')
    (data.root / 'validation/v2.0').mkdir()
    (data.root / 'validation/labels').rename(data.root / 'validation/v2.0/labels')
    ran = run(data.argument)
    assert ran.code == 1
    assert "pass label_space='mapillary_v2.0'" in ran.output


def test_samples_that_the_protocol_excludes_are_no_problem(download, run):
    data = download('gta5')
    data.add('12160')
    _empty(data.images[0].with_name('12160.png'))
    assert run(data.argument).code == 1
    ran = run(data.argument, '--protocol', 'robustnet')
    assert ran.code == 0
    assert ran.report('gta')['splits']['all']['excluded'] == 1


def test_a_protocol_without_the_data_set_is_a_warning(download, run):
    ran = run(download('idd').argument, '--protocol', 'robustnet')
    assert ran.code == 0
    assert "protocol 'robustnet' does not say how 'idd' is evaluated" in ran.output


def test_a_list_that_leaves_nothing(download, run):
    data = download('bdd100k')
    for image in data.images:
        _empty(image)
    ran = run(data.argument, '--fix')
    assert ran.code == 1
    assert "no sample of split 'val' is left" in ran.output


@pytest.mark.parametrize(
    ('arguments', 'sentence'),
    [
        (['gta5'], "'gta5' is not NAME=PATH"),
        (['coco=data'], "there is no data set 'coco', only gta5"),
        (['gta5=a', 'gta5=b'], "'gta5' is given twice"),
        ([], 'there is none of data/gta5, data/synthia'),
    ],
)
def test_mistakes_on_the_command_line(arguments, sentence, run):
    ran = run(*arguments)
    assert ran.code == 1
    assert sentence in ran.errors
