import cv2
import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params
from PIL import Image

from cnsn_seg.datasets import LoadTrainIds, PackDomainInputs, RandomGaussianBlur

LOAD = [{'type': 'LoadImageFromFile'}, {'type': 'LoadTrainIds'}]


def sample(path, space='train_ids', **more):
    return {'seg_map_path': str(path), 'label_space': space, 'seg_fields': [], **more}


def load(path, **more):
    return LoadTrainIds().transform(sample(path, **more))


@pytest.mark.parametrize('mode', ['RGB', 'RGBA', 'LA', 'I;16', '1'])
def test_labels_other_than_one_channel_of_8_bits(tmp_path, mode):
    path = tmp_path / 'label.png'
    Image.new('I;16' if mode == 'I;16' else mode, (6, 4)).save(path)
    with pytest.raises(ValueError, match=r"label\.png' must hold ids in one channel of 8 bits"):
        load(path)


@pytest.mark.parametrize('damage', [b'', b'a text', None])
def test_files_that_cannot_be_decoded(tmp_path, damage, write_label):
    path = tmp_path / 'label.png'
    write_label(path, np.zeros((64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:50] if damage is None else damage)
    with pytest.raises(ValueError, match=r"label\.png' cannot be decoded"):
        load(path)


def test_unknown_ids_name_the_file(tmp_path, write_label):
    path = tmp_path / 'label.png'
    write_label(path, np.uint8([[3, 77, 99]]))
    with pytest.raises(
        ValueError, match=r"label\.png': raw ids \[77, 99\] are not in .*'train_ids'"
    ):
        load(path)


def test_label_of_another_size_than_its_image(download, write_label):
    files = download('gta5')
    write_label(files.labels[0], np.zeros((12, 15), dtype=np.uint8), palette=True)
    pattern = r"labels/00002\.png' is 15x12 but its image '.*images/00002\.png' is 16x12"
    with pytest.raises(ValueError, match=pattern):
        files.build(pipeline=LOAD)[0]


def test_label_keeps_its_size_when_the_image_was_resized_before(download):
    resize = {'type': 'Resize', 'scale': (8, 6), 'keep_ratio': True}
    dataset = download('cityscapes').build(pipeline=[LOAD[0], resize, LOAD[1]])
    assert dataset[0]['img'].shape == (6, 8, 3)
    assert dataset[0]['gt_seg_map'].shape == (12, 16)


def test_adds_the_seg_field(download):
    results = download('gta5').build(pipeline=LOAD)[0]
    assert results['seg_fields'] == ['gt_seg_map']
    assert results['gt_seg_map'].dtype == np.uint8


def test_packing_keeps_mmsegs_keys_and_adds_the_domain():
    results = {'img': np.zeros((4, 6, 3), np.uint8), 'img_path': 'a.png', 'domain': 'gta'}
    packed = PackDomainInputs().transform(results)['data_samples']
    assert packed.metainfo == {'img_path': 'a.png', 'domain': 'gta'}
    chosen = PackDomainInputs(meta_keys=('domain', 'flip')).transform({**results, 'flip': True})
    assert chosen['data_samples'].metainfo == {'domain': 'gta', 'flip': True}


def test_blur_acts_with_its_probability(monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    expected = cv2.sepFilter2D(image.astype(np.float64), -1, kernel, kernel)
    blur = RandomGaussianBlur(prob=0.3)
    monkeypatch.setattr(np.random, 'rand', lambda: 0.29)
    blurred = blur.transform({'img': image.copy()})['img']
    assert blurred.dtype == np.uint8
    np.testing.assert_allclose(blurred, expected, atol=0.51)
    monkeypatch.setattr(np.random, 'rand', lambda: 0.3)
    np.testing.assert_array_equal(blur.transform({'img': image.copy()})['img'], image)


def test_blur_keeps_its_choice_where_mmcv_caches_it():
    blur = RandomGaussianBlur(prob=0.5)
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    with cache_random_params(blur):
        results = [blur.transform({'img': image})['img'] for _ in range(20)]
    assert all(np.array_equal(result, results[0]) for result in results)


@pytest.mark.parametrize('wrong', [{'prob': 1.5}, {'prob': -0.1}, {'kernel_size': 4}])
def test_blur_refuses_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RandomGaussianBlur(**wrong)
