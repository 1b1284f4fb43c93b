import numpy as np
from cityscapesscripts.helpers.labels import id2label

from cnsn_seg.datasets import CityscapesDomain

LOAD = [{'type': 'LoadTrainIds'}]


def test_reads_label_ids(download):
    files = download('cityscapes')
    dataset = files.build(pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        oracle = np.vectorize(lambda value: id2label[value].trainId)(raw)
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], oracle)


def test_reads_train_ids_made_before(download, write_label):
    files = download('cityscapes')
    train_ids = np.full((12, 16), 18, dtype=np.uint8)
    for label in files.labels:
        write_label(label.with_name(label.name.replace('labelIds', 'labelTrainIds')), train_ids)
    dataset = files.build(
        label_space='train_ids', seg_map_suffix='_gtFine_labelTrainIds.png', pipeline=LOAD
    )
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'], train_ids)


def test_folders_of_the_training_split():
    dataset = CityscapesDomain('data/cityscapes', 'train', lazy_init=True)
    assert dataset.data_prefix == {
        'img_path': 'data/cityscapes/leftImg8bit/train',
        'seg_map_path': 'data/cityscapes/gtFine/train',
    }
