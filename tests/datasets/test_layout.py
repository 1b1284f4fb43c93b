from dataclasses import astuple

import numpy as np
import pytest
from releases import ALTERNATIVES, FORMATS

import cnsn_seg.datasets as ours
from cnsn_seg.datasets.label_spaces import LABEL_SPACES

LABEL_SPACE = {
    'gta5': 'gta5',
    'cityscapes': 'cityscapes',
    'bdd100k': 'train_ids',
    'mapillary': 'mapillary_v1.2',
    'synthia': 'synthia_16',
    'acdc': 'train_ids',
    'dark_zurich': 'train_ids',
    'nighttime_driving': 'train_ids',
    'idd': 'idd_level3',
    'gta5_robustnet': 'gta5',
    'gta5_colours': 'gta5',
    'cityscapes_train_ids': 'train_ids',
    'bdd100k_seg': 'train_ids',
    'mapillary_v2.0_archive': 'mapillary_v1.2',
    'mapillary_v2.0_labels': 'mapillary_v2.0',
    'acdc_label_ids': 'cityscapes',
    'idd_part_2': 'idd',
}


@pytest.mark.parametrize('release', [*FORMATS, *ALTERNATIVES])
def test_every_release_is_found_and_mapped(release, download):
    files = download(release)
    dataset = files.build(pipeline=[{'type': 'LoadImage'}, {'type': 'LoadTrainIds'}])
    table = LABEL_SPACES[LABEL_SPACE[release]].train_ids
    assert dataset.label_space == LABEL_SPACE[release]
    assert len(dataset) == 2
    for sample, image, label, raw in zip(
        dataset, files.images, files.labels, files.raw, strict=True
    ):
        assert (sample['img_path'], sample['seg_map_path']) == (str(image), str(label))
        oracle = [[table[int(value)] for value in row] for row in raw]
        np.testing.assert_array_equal(sample['gt_seg_map'], oracle)


def test_both_parts_of_idd_in_one_folder(download):
    files = download('idd')
    files.images[1].rename(files.images[1].with_suffix('.jpg'))
    paths = [files.build().get_data_info(index)['img_path'] for index in range(2)]
    assert [path[-4:] for path in paths] == ['.png', '.jpg']


@pytest.mark.parametrize(
    ('dataset', 'variant', 'images', 'labels'),
    [
        (ours.CityscapesDomain, {}, 'leftImg8bit/train', 'gtFine/train'),
        (ours.BDD100KDomain, {}, 'images/10k/train', 'labels/sem_seg/masks/train'),
        (ours.MapillaryDomain, {}, 'training/images', 'training/labels'),
        (ours.ACDCDomain, {'condition': 'snow'}, 'rgb_anon/snow/train', 'gt/snow/train'),
        (ours.GTA5Domain, {}, 'images/train', 'labels/train'),
        (ours.IDDDomain, {}, 'leftImg8bit/train', 'gtFine/train'),
    ],
)
def test_folders_of_the_training_split(dataset, variant, images, labels):
    place = dataset.layouts[0].at('data', 'train', **variant)
    assert astuple(place)[:2] == (f'data/{images}', f'data/{labels}')


def test_each_condition_of_acdc_is_a_domain(download):
    files = download('acdc')
    assert files.build().domain == 'acdc_fog'
    with pytest.raises(FileNotFoundError, match='rgb_anon/rain/val'):
        files.build(condition='rain')
    with pytest.raises(ValueError, match=r"no condition 'dusk', only \('fog', 'night'"):
        files.build(condition='dusk')


def test_synthia_with_13_classes(download):
    files = download('synthia')
    load = [{'type': 'LoadTrainIds'}]
    with_16 = files.build(pipeline=load)[0]['gt_seg_map']
    with_13 = files.build(pipeline=load, label_space='synthia_13')[0]['gt_seg_map']
    lost = set(with_16[with_16 != with_13].tolist())
    assert {ours.CLASSES[train_id] for train_id in lost} == {'wall', 'fence', 'pole'}
