from pathlib import Path

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import id2label
from scipy.io import savemat

LOAD = [{'type': 'LoadTrainIds'}]


def names(dataset) -> list[str]:
    return [Path(dataset.get_data_info(i)['img_path']).stem for i in range(len(dataset))]


@pytest.mark.parametrize('split', ['val', 'all'])
def test_reads_palette_labels(download, split):
    files = download('gta5')
    dataset = files.build(split=split, pipeline=LOAD)
    assert len(dataset) == 2
    for sample, image, raw in zip(dataset, files.images, files.raw, strict=True):
        oracle = np.vectorize(lambda value: 255 if value == 34 else id2label[value].trainId)(raw)
        assert sample['img_path'] == str(image)
        np.testing.assert_array_equal(sample['gt_seg_map'], oracle)


def test_split_mat_chooses_images_counted_from_1(download):
    files = download('gta5')
    savemat(
        files.root / 'split.mat',
        {'trainIds': np.uint16([[5]]), 'valIds': np.array([[2.0]]), 'testIds': [[5, 2]]},
    )
    assert names(files.build(split='train')) == ['00005']
    assert names(files.build(split='val')) == ['00002']
    assert names(files.build(split='test')) == ['00002', '00005']


def test_ann_file_replaces_split_mat(download):
    files = download('gta5')
    (files.root / 'split.mat').unlink()
    (files.root / 'mine.txt').write_text('00005\n')
    assert names(files.build(split='train', ann_file='mine.txt')) == ['00005']


def test_without_split_mat_all_images_work(download):
    files = download('gta5')
    (files.root / 'split.mat').unlink()
    assert names(files.build(split='all')) == ['00002', '00005']
    with pytest.raises(FileNotFoundError, match=r"split\.mat.*read_mapping\.zip.*split='all'"):
        files.build(split='train')


@pytest.mark.parametrize('content', [b'', b'not a MATLAB file, whatever its name says' * 9])
def test_damaged_split_mat(download, content):
    files = download('gta5')
    (files.root / 'split.mat').write_bytes(content)
    with pytest.raises(ValueError, match=r"split\.mat' does not hold 'trainIds'"):
        files.build(split='train')


def test_another_mat_file(download):
    files = download('gta5')
    savemat(files.root / 'split.mat', {'x': [1]})
    with pytest.raises(ValueError, match=r"split\.mat' does not hold 'valIds'"):
        files.build(split='val')


def test_images_of_the_split_that_are_missing(download):
    with pytest.raises(FileNotFoundError, match=r"misses 2 image .*the first is '00003\.png'"):
        download('gta5').build(split='test')
