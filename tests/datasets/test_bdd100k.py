import numpy as np

from cnsn_seg.datasets import BDD100KDomain

LOAD = [{'type': 'LoadTrainIds'}]


def test_reads_masks_of_train_ids(download):
    files = download('bdd100k')
    dataset = files.build(pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], raw)


def test_reads_the_older_archive(download):
    files = download('bdd100k')
    for image, label in zip(files.images, files.labels, strict=True):
        new_image = files.root / 'seg/images/val' / image.name
        new_label = files.root / 'seg/labels/val' / f'{label.stem}_train_id.png'
        for old, new in ((image, new_image), (label, new_label)):
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)
    dataset = files.build(
        data_prefix={'img_path': 'seg/images/val', 'seg_map_path': 'seg/labels/val'},
        seg_map_suffix='_train_id.png',
        pipeline=LOAD,
    )
    np.testing.assert_array_equal(dataset[1]['gt_seg_map'], files.raw[1])


def test_folders_of_the_training_split():
    dataset = BDD100KDomain('data/bdd100k', 'train', lazy_init=True)
    assert dataset.data_prefix == {
        'img_path': 'data/bdd100k/images/10k/train',
        'seg_map_path': 'data/bdd100k/labels/sem_seg/masks/train',
    }
