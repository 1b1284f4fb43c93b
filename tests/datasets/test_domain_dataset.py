import shutil
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmseg.registry import DATASETS, TRANSFORMS

import cnsn_seg.datasets as ours

DOMAINS = {
    'gta5': 'gta',
    'cityscapes': 'cityscapes',
    'bdd100k': 'bdd100k',
    'mapillary': 'mapillary',
    'synthia': 'synthia',
    'acdc': 'acdc_fog',
    'dark_zurich': 'dark_zurich',
    'nighttime_driving': 'nighttime_driving',
    'idd': 'idd',
}
PIPELINE = [
    {'type': 'LoadImage'},
    {'type': 'LoadTrainIds'},
    {'type': 'PackDomainInputs'},
]


def test_registered(name, download):
    files = download(name)
    config = {
        'type': files.dataset.__name__,
        'data_root': str(files.root),
        'split': files.split,
        'pipeline': PIPELINE,
        **files.arguments,
    }
    assert len(DATASETS.build(config)) == 2
    assert all(TRANSFORMS.get(step['type']) for step in PIPELINE)


def test_domain_reaches_the_packed_sample(name, download):
    sample = download(name).build(pipeline=PIPELINE)[0]['data_samples']
    assert sample.domain == DOMAINS[name]
    assert sample.gt_sem_seg.data.shape == (1, 12, 16)


def test_domain_of_ones_own(name, download):
    dataset = download(name).build(domain='night', pipeline=PIPELINE)
    assert dataset[0]['data_samples'].domain == 'night'
    assert dataset.domain == 'night'
    assert type(dataset).domain.format(**files_variant(dataset)) == DOMAINS[name]


def test_the_same_samples_under_another_domain(name, download):
    dataset = download(name).build(pipeline=PIPELINE)
    other = dataset.reported_as('night', PIPELINE[:2])
    assert [other.get_data_info(i)['sample_name'] for i in range(2)] == [
        dataset.get_data_info(i)['sample_name'] for i in range(2)
    ]
    assert other.domain == other[0]['domain'] == 'night'
    assert dataset[0]['data_samples'].domain == DOMAINS[name]


def test_images_left_out_are_counted(name, download):
    files = download(name)
    left_out = files.build().get_data_info(0)['sample_name']
    assert files.build().num_excluded == 0
    dataset = files.build(exclude=[left_out, 'no such sample'])
    assert (len(dataset), dataset.num_excluded) == (1, 1)


def files_variant(dataset) -> dict[str, str]:
    return dict(dataset.variant)


def test_all_concatenate(download):
    parts = [download(name).build(pipeline=PIPELINE) for name in DOMAINS]
    dataset = ConcatDataset(parts)
    domains = [sample['data_samples'].domain for sample in dataset]
    assert domains == [domain for domain in DOMAINS.values() for _ in range(2)]
    assert dataset.metainfo['classes'] == ours.CLASSES
    assert dataset.metainfo['palette'] == [list(colour) for colour in ours.PALETTE]


def test_local_backend_by_name(name, download):
    files = download(name)
    local = {'backend': 'local'}
    pipeline = [{**step, 'backend_args': local} for step in PIPELINE[:2]] + PIPELINE[2:]
    dataset = files.build(backend_args=local, pipeline=pipeline)
    assert len(dataset) == 2
    assert dataset[1]['data_samples'].domain == DOMAINS[name]


def test_backend_that_cannot_list_takes_the_names_on_trust(tmp_path):
    (tmp_path / 'val.txt').write_text('a\n\nb\n')
    dataset = ours.BDD100KDomain(
        'https://example.org/bdd100k', 'val', ann_file=str(tmp_path / 'val.txt')
    )
    assert [dataset.get_data_info(i)['seg_map_path'] for i in range(2)] == [
        'https://example.org/bdd100k/labels/sem_seg/masks/val/a.png',
        'https://example.org/bdd100k/labels/sem_seg/masks/val/b.png',
    ]


def test_backend_that_cannot_list_needs_names():
    with pytest.raises(
        ValueError, match=r'BDD100KDomain .* needs `ann_file`.*cannot list a folder'
    ):
        ours.BDD100KDomain('https://example.org/bdd100k', 'val')


def test_indices_ann_file_and_lazy_init(name, download):
    files = download(name)
    assert len(files.build(indices=1)) == 1
    (files.root / 'one.txt').write_text(Path(stem(files, 1)).as_posix())
    dataset = files.build(ann_file='one.txt', lazy_init=True, test_mode=True)
    assert not dataset._fully_initialized
    assert [dataset.get_data_info(0)['img_path']] == [str(files.images[1])]


def stem(files, index: int) -> str:
    """Name of an image as an ``ann_file`` gives it."""
    data = files.build()
    relative = files.images[index].relative_to(data.data_prefix['img_path'])
    return relative.as_posix().removesuffix(data.img_suffix)


def test_fewer_classes_by_metainfo(download):
    files = download('bdd100k')
    chosen = {'classes': ['car', 'road']}
    labels = files.build(metainfo=chosen, pipeline=PIPELINE[1:2])[0]['gt_seg_map']
    oracle = np.select([files.raw[0] == 13, files.raw[0] == 0], [0, 1], 255)
    np.testing.assert_array_equal(labels, oracle)


def test_wrong_root(name, download):
    files = download(name)
    shutil.rmtree(files.root)
    with pytest.raises(FileNotFoundError, match=rf"no folder '.*/{name}'; data/README\.md"):
        files.build()


def test_root_one_level_too_high(name, download):
    files = download(name)
    root = str(files.root.parent)
    with pytest.raises(FileNotFoundError, match=rf"'{root}' is not .* root, but '{files.root}' is"):
        files.dataset(data_root=root, split=files.split, **files.arguments)


def test_root_one_level_too_low(name, download):
    files = download(name)
    root = str(files.images[0].parent.relative_to(files.root)).split('/')[0]
    with pytest.raises(FileNotFoundError, match=rf"is not .* root, but '{files.root}' is"):
        files.dataset(data_root=str(files.root / root), split=files.split, **files.arguments)


def test_empty_root(name, download, tmp_path):
    files = download(name)
    shutil.rmtree(files.root)
    files.root.mkdir()
    with pytest.raises(FileNotFoundError, match=rf"the folder '.*/{name}' is empty; data/README"):
        files.build()


def test_half_unpacked(name, download):
    files = download(name)
    for label in files.labels:
        label.unlink()
    with pytest.raises(FileNotFoundError, match='unpack the archive of the labels'):
        files.build()


def test_two_images_of_one_name(download):
    files = download('idd')
    shutil.copy(files.images[0], files.images[0].with_suffix('.jpg'))
    with pytest.raises(
        ValueError, match=r"two files for one sample, '.*\.png' and '.*\.jpg'|jpg.*png"
    ):
        files.build()


def test_no_image(name, download):
    files = download(name)
    for image in files.images:
        image.unlink()
    with pytest.raises(FileNotFoundError, match=rf"found no image '\*.*' in '.*/{name}/.*README"):
        files.build()


def test_no_label_folder(download):
    files = download('mapillary')
    shutil.rmtree(files.root / 'validation/labels')
    message = (
        r"has images in '.*/validation/images' but no label '\*\.png' in '.*/validation/labels'"
    )
    with pytest.raises(FileNotFoundError, match=message):
        files.build()


def test_missing_label(name, download):
    files = download(name)
    files.labels[1].unlink()
    with pytest.raises(FileNotFoundError, match=r'misses 1 label file.*README') as error:
        files.build()
    assert files.labels[1].name in str(error.value)


def test_labels_without_an_image_are_left_out(name, download):
    files = download(name)
    files.images[0].unlink()
    assert len(files.build(split='all') if name == 'gta5' else files.build()) == 1


def test_unknown_split_and_label_space():
    with pytest.raises(ValueError, match=r"no split 'tset', only \['train', 'val'\]"):
        ours.CityscapesDomain('data/cityscapes', 'tset')
    with pytest.raises(ValueError, match=r"label space 'ade20k', only \['cityscapes'"):
        ours.CityscapesDomain('data/cityscapes', label_space='ade20k')
