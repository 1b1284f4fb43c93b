import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label

LOAD = [{'type': 'LoadTrainIds'}]


def test_reads_label_ids(download):
    files = download('cityscapes')
    dataset = files.build(pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        oracle = np.vectorize(lambda value: id2label[value].trainId)(raw)
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], oracle)


@pytest.mark.parametrize(
    ('arguments', 'from_train_ids'),
    [
        ({}, False),
        ({'label_space': 'train_ids'}, True),
        ({'label_space': 'train_ids', 'seg_map_suffix': '_gtFine_labelTrainIds.png'}, True),
    ],
)
def test_train_ids_made_before_are_read_where_asked_for(
    download, write_label, arguments, from_train_ids
):
    files = download('cityscapes')
    train_ids = np.full((12, 16), 18, dtype=np.uint8)
    for label in files.labels:
        write_label(label.with_name(label.name.replace('labelIds', 'labelTrainIds')), train_ids)
    labels = files.build(pipeline=LOAD, **arguments)[0]['gt_seg_map']
    assert (labels == 18).all() == from_train_ids
