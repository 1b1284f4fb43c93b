import numpy as np
import pytest
import torch

from cnsn_seg.datasets import PackDomainInputs


def test_packing_keeps_mmsegs_keys_and_adds_the_domain():
    results = {'img': np.zeros((4, 6, 3), np.uint8), 'img_path': 'a.png', 'domain': 'gta'}
    packed = PackDomainInputs().transform(results)['data_samples']
    assert packed.metainfo == {'img_path': 'a.png', 'domain': 'gta'}
    chosen = PackDomainInputs(meta_keys=('domain', 'flip')).transform({**results, 'flip': True})
    assert chosen['data_samples'].metainfo == {'domain': 'gta', 'flip': True}


def test_packing_says_where_the_sample_comes_from(download):
    files = download('gta5')
    pipeline = [{'type': name} for name in ('LoadImage', 'LoadTrainIds', 'PackDomainInputs')]
    sample = files.build(pipeline=pipeline, test_mode=True)[1]['data_samples']
    assert (sample.domain, sample.sample_name) == ('gta', '00005')
    assert len(sample.img_sha256) == len(sample.seg_map_sha256) == 64


def test_only_training_needs_an_int64_label(download):
    files = download('gta5')
    pipeline = [{'type': name} for name in ('LoadImage', 'LoadTrainIds', 'PackDomainInputs')]
    trained, tested = (
        files.build(pipeline=pipeline, test_mode=mode)[1]['data_samples'].gt_sem_seg.data
        for mode in (False, True)
    )
    assert (trained.dtype, tested.dtype) == (torch.int64, torch.uint8)
    assert torch.equal(trained, tested)


def test_a_class_that_was_drawn_for_nothing():
    results = {'img': np.zeros((4, 6, 3), np.uint8), 'centroid': (1, 2)}
    with pytest.raises(ValueError, match='needs RandomScaleCrop'):
        PackDomainInputs().transform(results)
