import numpy as np

LOAD = [{'type': 'LoadTrainIds'}]


def test_reads_masks_of_train_ids(download):
    files = download('bdd100k')
    dataset = files.build(pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], raw)
