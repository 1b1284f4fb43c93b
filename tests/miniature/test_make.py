"""The written set: formats, file names, determinism, and respect for what is there already."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from cnsn_seg.datasets.label_spaces import LABEL_SPACES
from cnsn_seg.miniature import TargetError, make_miniature

TRAIN, VAL = 5, 3
TOOL = Path(__file__).parents[2] / 'tools' / 'make_miniature.py'


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    out = tmp_path_factory.mktemp('sets') / 'one_worker'
    assert make_miniature(out, seed=7, train=TRAIN, val=VAL, workers=1)
    return out


def _digests(root):
    files = sorted(p for p in root.rglob('*') if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_files_do_not_depend_on_the_number_of_workers(root):
    other = root.parent / 'two_workers'
    make_miniature(other, seed=7, train=TRAIN, val=VAL, workers=2)
    assert _digests(other) == _digests(root)


def test_nothing_is_left_beside_the_set(root):
    assert not [p.name for p in root.parent.iterdir() if p.name.startswith('.')]


@pytest.mark.parametrize(
    ('images', 'image_end', 'labels', 'label_end', 'count'),
    [
        ('gta5/images', '.png', 'gta5/labels', '.png', TRAIN + VAL),
        ('cityscapes/leftImg8bit/val', '_leftImg8bit.png', 'cityscapes/gtFine/val',
         '_gtFine_labelIds.png', VAL),
        ('bdd100k/images/10k/val', '.jpg', 'bdd100k/labels/sem_seg/masks/val', '.png', VAL),
        ('mapillary/validation/images', '.jpg', 'mapillary/validation/labels', '.png', VAL),
    ],
)  # fmt: skip
def test_images_and_labels_pair_up(root, images, image_end, labels, label_end, count):
    def stems(folder, end):
        files = [p for p in (root / folder).rglob('*') if p.is_file()]
        names = [p.relative_to(root / folder).as_posix() for p in files]
        assert all(name.endswith(end) for name in names)
        return {name.removesuffix(end) for name in names}

    assert stems(images, image_end) == stems(labels, label_end)
    assert len(stems(images, image_end)) == count


@pytest.mark.parametrize(
    ('pattern', 'mode', 'space'),
    [
        ('gta5/labels/*.png', 'P', 'gta5'),
        ('cityscapes/gtFine/val/*/*_labelIds.png', 'L', 'cityscapes'),
        ('bdd100k/labels/sem_seg/masks/val/*.png', 'L', 'train_ids'),
        ('mapillary/validation/labels/*.png', 'P', 'mapillary_v1.2'),
    ],
)
def test_labels_are_encoded_as_in_the_real_set(root, pattern, mode, space):
    for path in root.glob(pattern):
        with Image.open(path) as label:
            assert (label.mode, label.size) == (mode, (256, 128))
            LABEL_SPACES[space].to_train_ids(np.asarray(label))


@pytest.mark.parametrize(
    'pattern',
    ['gta5/images/*', 'cityscapes/leftImg8bit/val/*/*', 'bdd100k/images/10k/val/*',
     'mapillary/validation/images/*'],
)  # fmt: skip
def test_images_are_rgb(root, pattern):
    for path in root.glob(pattern):
        with Image.open(path) as image:
            assert (image.mode, image.size) == ('RGB', (256, 128))


def test_gta5_palette_shows_roads_as_cityscapes_does(root):
    palette = Image.open(root / 'gta5/labels/00001.png').getpalette()
    assert palette[3 * 7 : 3 * 7 + 3] == [128, 64, 128]


def test_gta5_split_is_one_based(root):
    split = loadmat(root / 'gta5/split.mat')
    assert split['trainIds'].ravel().tolist() == list(range(1, TRAIN + 1))
    assert split['valIds'].ravel().tolist() == list(range(TRAIN + 1, TRAIN + VAL + 1))
    assert split['testIds'].size == 0


def test_mapillary_config_names_the_66_ids(root):
    labels = json.loads((root / 'mapillary/config_v1.2.json').read_text())['labels']
    assert len(labels) == 66
    assert labels[24]['readable'] == 'Lane Marking - General'


def test_the_same_set_is_not_made_twice(root):
    before = _digests(root)
    assert not make_miniature(root, seed=7, train=TRAIN, val=VAL)
    assert _digests(root) == before


def test_another_set_is_never_overwritten(root):
    with pytest.raises(TargetError, match='another miniature'):
        make_miniature(root, seed=8, train=TRAIN, val=VAL)


def test_the_tool_refuses_a_folder_in_use_in_one_line(tmp_path):
    (tmp_path / 'holiday.txt').write_text('mine')
    command = [sys.executable, str(TOOL), '--out', str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'holds no miniature' in done.stderr
    assert 'Traceback' not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ['holiday.txt']
