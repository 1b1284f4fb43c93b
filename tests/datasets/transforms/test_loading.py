import hashlib

import cv2
import numpy as np
import pytest
from mmengine.dataset import Compose
from PIL import Image

from cnsn_seg.datasets import LoadTrainIds

LOAD = [{'type': 'LoadImage'}, {'type': 'LoadTrainIds'}]


def sample(path, space='train_ids', **more):
    return {'seg_map_path': str(path), 'label_space': space, 'seg_fields': [], **more}


def load(path, **more):
    return LoadTrainIds().transform(sample(path, **more))


@pytest.mark.parametrize('mode', ['RGB', 'RGBA', 'LA', 'I;16'])
def test_labels_other_than_one_channel_of_8_bits(tmp_path, mode):
    path = tmp_path / 'label.png'
    Image.new(mode, (6, 4)).save(path)
    with pytest.raises(ValueError, match=r"label\.png': .* needs ids in one channel of 8 bits"):
        load(path)


@pytest.mark.parametrize(
    ('damage', 'reason'), [(b'', 'is empty'), (b'a text', 'is not a PNG'), (None, 'truncated')]
)
def test_files_that_cannot_be_decoded(tmp_path, damage, reason, write_label):
    path = tmp_path / 'label.png'
    write_label(path, np.zeros((64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:50] if damage is None else damage)
    with pytest.raises(ValueError, match=rf"label file '.*label\.png' .*{reason}"):
        load(path)


@pytest.mark.parametrize('name', ['gta5', 'bdd100k'])
def test_images_that_cannot_be_decoded(download, name):
    files = download(name)
    files.images[0].write_bytes(files.images[0].read_bytes()[:-40])
    with pytest.raises(ValueError, match=rf"image file '.*{files.images[0].name}' .*truncated"):
        files.build(pipeline=LOAD)[0]


def test_unknown_ids_name_the_file(tmp_path, write_label):
    path = tmp_path / 'label.png'
    write_label(path, np.uint8([[3, 77, 99]]))
    with pytest.raises(ValueError, match=r"label\.png': raw ids 77, 99 are not in .*'train_ids'"):
        load(path)


def test_gta5_images_a_few_pixels_off_are_resized_to_their_label(download, write_label):
    files = download('gta5')
    wide = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(wide).save(files.images[0])
    label = np.random.default_rng(1).integers(0, 35, (298, 403), dtype=np.uint8)
    write_label(files.labels[0], label, 'palette')
    sample = files.build(pipeline=LOAD)[0]
    assert sample['img_shape'] == sample['ori_shape'] == sample['gt_seg_map'].shape == (298, 403)
    expected = cv2.resize(wide, (403, 298), interpolation=cv2.INTER_LINEAR)[..., ::-1]
    np.testing.assert_array_equal(sample['img'], expected)


@pytest.mark.parametrize(('name', 'size'), [('gta5', (12, 15)), ('cityscapes', (12, 17))])
def test_other_differences_in_size_are_errors(download, write_label, name, size):
    files = download(name)
    write_label(files.labels[0], np.zeros(size, dtype=np.uint8))
    height, width = size
    pattern = (
        rf"{files.labels[0].name}' is {width}x{height} but its image "
        rf"'.*{files.images[0].name}' is 16x12"
    )
    with pytest.raises(ValueError, match=pattern):
        files.build(pipeline=LOAD)[0]


def test_robustnet_passes_over_gta5_images_of_another_size(download, write_label):
    files = download('gta5')
    write_label(files.labels[0], np.zeros((12, 15), dtype=np.uint8))
    dataset = files.build(pipeline=LOAD, protocol='robustnet')
    with pytest.warns(UserWarning, match='the sample is passed over'):
        assert {dataset[0]['sample_name'] for _ in range(5)} == {'00005'}
    with pytest.raises(ValueError, match='is 15x12 but its image'):
        files.build(pipeline=LOAD, protocol='robustnet', test_mode=True)[0]


@pytest.mark.parametrize('orientation', [3, 6])
def test_exif_orientation_is_applied_as_the_labels_have_it(download, orientation):
    files = download('mapillary')
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = np.zeros((12, 16, 3), dtype=np.uint8)
    upright[:6, :8] = 255
    stored = np.rot90(upright, 2 if orientation == 3 else 1)
    Image.fromarray(np.ascontiguousarray(stored)).save(files.images[0], exif=exif, quality=95)
    image = files.build(pipeline=LOAD)[0]['img']
    assert image.shape == (12, 16, 3)
    assert np.abs(image.astype(int) - upright).max() < 60


def test_files_are_digested_in_test_mode_alone(download):
    files = download('gta5')
    plain = files.build(pipeline=LOAD)[0]
    assert not {'img_sha256', 'seg_map_sha256'} & plain.keys()
    tested = files.build(pipeline=LOAD, test_mode=True)[0]
    for key, path in (('img_sha256', files.images[0]), ('seg_map_sha256', files.labels[0])):
        assert tested[key] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_label_keeps_its_size_when_the_image_was_resized_before(download):
    resize = {'type': 'Resize', 'scale': (8, 6), 'keep_ratio': True}
    dataset = download('cityscapes').build(pipeline=[LOAD[0], resize, LOAD[1]])
    assert dataset[0]['img'].shape == (6, 8, 3)
    assert dataset[0]['gt_seg_map'].shape == (12, 16)


def test_label_alone(download):
    files = download('gta5')
    info = files.build().get_data_info(0)
    assert Compose(LOAD[1:])(info)['gt_seg_map'].shape == (12, 16)


def test_adds_the_seg_field(download):
    results = download('gta5').build(pipeline=LOAD)[0]
    assert results['seg_fields'] == ['gt_seg_map']
    assert results['gt_seg_map'].dtype == np.uint8
