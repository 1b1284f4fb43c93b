import json
from pathlib import Path

import numpy as np

from cnsn_seg.datasets import MapillaryDomain

LOAD = [{'type': 'LoadTrainIds'}]
TABLE = Path(__file__).parents[1] / 'data' / 'mapillary_v1_2_train_ids.json'


def test_reads_palette_labels(download):
    files = download('mapillary')
    oracle = np.array(json.loads(TABLE.read_text())['train_ids'])
    dataset = files.build(pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], oracle[raw])


def test_reads_v1_2_labels_of_the_v2_0_archive(download):
    files = download('mapillary')
    before = files.build(pipeline=LOAD)[0]['gt_seg_map']
    (files.root / 'validation/v1.2').mkdir()
    (files.root / 'validation/labels').rename(files.root / 'validation/v1.2/labels')
    prefix = {'seg_map_path': 'validation/v1.2/labels'}
    after = files.build(pipeline=LOAD, data_prefix=prefix)[0]['gt_seg_map']
    np.testing.assert_array_equal(after, before)


def test_folders_of_the_training_split():
    dataset = MapillaryDomain('data/mapillary', 'train', lazy_init=True)
    assert dataset.data_prefix == {
        'img_path': 'data/mapillary/training/images',
        'seg_map_path': 'data/mapillary/training/labels',
    }
