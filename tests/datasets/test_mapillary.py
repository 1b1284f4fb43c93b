import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    after = files.build(pipeline=LOAD)[0]['gt_seg_map']
    np.testing.assert_array_equal(after, before)


def test_labels_of_v2_0_are_read_where_asked_for_only(download):
    files = download('mapillary_v2.0_labels')
    assert len(files.build()) == 2
    with pytest.raises(FileNotFoundError, match=r"pass label_space='mapillary_v2\.0'"):
        files.dataset(data_root=str(files.root), split='val')


def test_v2_0_labels_in_the_place_of_v1_2(download):
    files = download('mapillary')
    Image.fromarray(np.full((12, 16), 108, dtype=np.uint8)).save(files.labels[0])
    with pytest.raises(ValueError, match=rf"{files.labels[0].name}'.* 108 .*'mapillary_v2\.0' has"):
        files.build(pipeline=LOAD)[0]
