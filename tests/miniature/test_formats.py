"""The written files: names, suffixes and encodings of the real data sets."""

import json

import cv2
import numpy as np
import pytest
from miniature_size import TRAIN, VAL
from PIL import Image
from scipy.io import loadmat

from cnsn_seg.datasets.label_spaces import LABEL_SPACES
from cnsn_seg.miniature import FORMATS, make_image, make_miniature

LAYOUTS = [  # images, their ending, labels, their ending, label space, mode, number
    ('gta5/images', '.png', 'gta5/labels', '.png', 'gta5', 'P', TRAIN + VAL),
    ('gta5_robustnet/images', '.png', 'gta5_robustnet/labels', '.png', 'gta5', 'P', TRAIN + VAL),
    ('cityscapes/leftImg8bit/val', '_leftImg8bit.png',
     'cityscapes/gtFine/val', '_gtFine_labelIds.png', 'cityscapes', 'L', VAL),
    ('bdd100k/images/10k/val', '.jpg',
     'bdd100k/labels/sem_seg/masks/val', '.png', 'train_ids', 'L', VAL),
    ('bdd100k_seg/seg/images/val', '.jpg',
     'bdd100k_seg/seg/labels/val', '_train_id.png', 'train_ids', 'L', VAL),
    ('mapillary/validation/images', '.jpg',
     'mapillary/validation/labels', '.png', 'mapillary_v1.2', 'P', VAL),
    ('mapillary_v2/validation/images', '.jpg',
     'mapillary_v2/validation/v1.2/labels', '.png', 'mapillary_v1.2', 'P', VAL),
    ('mapillary_v2/validation/images', '.jpg',
     'mapillary_v2/validation/v2.0/labels', '.png', 'mapillary_v2.0', 'P', VAL),
    ('acdc/rgb_anon', '_rgb_anon.png', 'acdc/gt', '_gt_labelTrainIds.png', 'train_ids', 'L', VAL),
    ('acdc/rgb_anon', '_rgb_anon.png', 'acdc/gt', '_gt_labelIds.png', 'cityscapes', 'L', VAL),
    ('dark_zurich/rgb_anon/val/night', '_rgb_anon.png',
     'dark_zurich/gt/val/night', '_gt_labelTrainIds.png', 'train_ids', 'L', VAL),
    ('dark_zurich/rgb_anon/val/night', '_rgb_anon.png',
     'dark_zurich/gt/val/night', '_gt_labelIds.png', 'cityscapes', 'L', VAL),
    ('nighttime_driving/leftImg8bit/test/night', '_leftImg8bit.png',
     'nighttime_driving/gtCoarse_daytime_trainvaltest/test/night', '_gtCoarse_labelTrainIds.png',
     'train_ids', 'L', VAL),
    ('nighttime_driving/leftImg8bit/test/night', '_leftImg8bit.png',
     'nighttime_driving/gtCoarse_daytime_trainvaltest/test/night', '_gtCoarse_labelIds.png',
     'cityscapes', 'L', VAL),
]  # fmt: skip
layouts = pytest.mark.parametrize(
    ('images', 'image_end', 'labels', 'label_end', 'space', 'mode', 'count'), LAYOUTS
)


def stems(folder, end):
    """Paths below a folder that end so, without the ending."""
    names = [p.relative_to(folder).as_posix() for p in folder.rglob('*') if p.is_file()]
    return sorted(name.removesuffix(end) for name in names if name.endswith(end))


@layouts
def test_images_and_labels_pair_up(
    everything, images, image_end, labels, label_end, space, mode, count
):
    found = stems(everything / images, image_end)
    assert len(found) == count
    assert stems(everything / labels, label_end) == found


@layouts
def test_files_are_encoded_as_in_the_real_set(
    everything, images, image_end, labels, label_end, space, mode, count
):
    for path in (everything / images).rglob(f'*{image_end}'):
        with Image.open(path) as image:
            assert (image.mode, image.size) == ('RGB', (256, 128))
    for path in (everything / labels).rglob(f'*{label_end}'):
        with Image.open(path) as label:
            assert (label.mode, label.size) == (mode, (256, 128))
            LABEL_SPACES[space].to_train_ids(np.asarray(label))


def test_the_table_above_leaves_out_only_what_has_a_test_of_its_own():
    assert set(FORMATS) - {layout[0].split('/')[0] for layout in LAYOUTS} == {'synthia', 'idd'}


def test_gta5_palette_shows_roads_as_cityscapes_does(everything):
    palette = Image.open(everything / 'gta5/labels/00001.png').getpalette()
    assert palette[3 * 7 : 3 * 7 + 3] == [128, 64, 128]


def test_gta5_split_is_one_based(everything):
    split = loadmat(everything / 'gta5/split.mat')
    assert split['trainIds'].ravel().tolist() == list(range(1, TRAIN + 1))
    assert split['valIds'].ravel().tolist() == list(range(TRAIN + 1, TRAIN + VAL + 1))
    assert split['testIds'].size == 0


def test_robustnet_has_the_same_files_in_folders_of_the_split(everything):
    folders = ['train/folder'] * TRAIN + ['valid/folder'] * VAL
    for number, folder in enumerate(folders, 1):
        for kind in ('images', 'labels'):
            flat = everything / f'gta5/{kind}/{number:05d}.png'
            sorted_in = everything / f'gta5_robustnet/{kind}/{folder}/{number:05d}.png'
            assert sorted_in.read_bytes() == flat.read_bytes()


@pytest.mark.parametrize(
    ('name', 'version', 'count', 'lane_marking'),
    [
        ('mapillary', '1.2', 66, (24, 'Lane Marking - General')),
        ('mapillary_v2', '1.2', 66, (24, 'Lane Marking - General')),
        ('mapillary_v2', '2.0', 124, (35, 'Lane Marking - Dashed Line')),
    ],
)
def test_mapillary_configs_name_the_ids(everything, name, version, count, lane_marking):
    config = json.loads((everything / name / f'config_v{version}.json').read_text())
    assert (config['version'], len(config['labels'])) == (version, count)
    number, readable = lane_marking
    assert config['labels'][number]['readable'] == readable


def test_mapillary_releases_show_the_same_images_with_the_same_classes(everything):
    for old in (everything / 'mapillary/validation/images').iterdir():
        new = everything / 'mapillary_v2/validation'
        assert (new / 'images' / old.name).read_bytes() == old.read_bytes()
        coarse, fine = (
            LABEL_SPACES[f'mapillary_{v}'].to_train_ids(
                np.asarray(Image.open(new / v / 'labels' / old.with_suffix('.png').name))
            )
            for v in ('v1.2', 'v2.0')
        )
        np.testing.assert_array_equal(fine, coarse)


def test_synthia_has_no_lists_and_pairs_up(everything):
    assert {p.name for p in (everything / 'synthia').iterdir()} == {'RGB', 'GT'}
    names = [f'{i:07d}' for i in range(TRAIN + VAL)]
    assert stems(everything / 'synthia/RGB', '.png') == names
    assert stems(everything / 'synthia/GT/LABELS', '.png') == names


def test_synthia_labels_are_16_bits_with_classes_in_red_and_instances_in_green(everything):
    classes, most = set(), 0
    for path in (everything / 'synthia/GT/LABELS').iterdir():
        header = path.read_bytes()[:26]
        assert (header[24], header[25]) == (16, 2)  # bit depth, truecolour
        blue, green, red = cv2.split(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
        assert red.dtype == np.uint16
        assert not blue.any()
        LABEL_SPACES['synthia'].to_train_ids(red)
        classes |= {*np.unique(red).tolist()}
        most = max(most, int(green.max()))
        assert set(red[green > 0].tolist()) <= {0, 8, 10, 11, 12, 17, 19}
        assert (green[red == 8] > 0).all()
    assert most > 3
    assert {1, 2, 3, 4, 8, 22} <= classes
    assert not classes & {16, 18, 20}


def test_acdc_goes_through_its_conditions(everything, tmp_path):
    found = [name.split('/')[:2] for name in stems(everything / 'acdc/rgb_anon', '.png')]
    conditions = ['fog', 'fog', 'night', 'rain', 'snow']
    assert found == [[condition, 'val'] for condition in conditions]
    make_miniature(tmp_path, domains=['acdc'], train=1, val=1, workers=1)
    found = [name.split('/')[0] for name in stems(tmp_path / 'acdc/rgb_anon', '.png')]
    assert found == ['fog', 'night', 'rain', 'snow']


def test_idd_is_png_in_its_first_half_and_jpeg_in_its_second(everything):
    folder = everything / 'idd/leftImg8bit/val'
    first, second = (stems(folder, f'_leftImg8bit{end}') for end in ('.png', '.jpg'))
    assert (len(first), len(second)) == (3, 2)
    assert Image.open(folder / f'{second[0]}_leftImg8bit.jpg').format == 'JPEG'
    labels = everything / 'idd/gtFine/val'
    assert stems(labels, '_gtFine_labellevel3Ids.png') == sorted(first + second)
    for path in labels.rglob('*.png'):
        ids = np.asarray(Image.open(path))
        assert ids.dtype == np.uint8
        LABEL_SPACES['idd_level3'].to_train_ids(ids)


@pytest.mark.parametrize('name', ['acdc', 'synthia'])
def test_files_hold_the_image_of_their_number(everything, name):
    path = {'acdc': 'acdc/rgb_anon/snow/val/GOPR0122/GOPR0122_frame_000001_rgb_anon.png',
            'synthia': 'synthia/RGB/0000003.png'}[name]  # fmt: skip
    expected = make_image(name, 3, seed=7)[0]
    np.testing.assert_array_equal(np.asarray(Image.open(everything / path)), expected)
