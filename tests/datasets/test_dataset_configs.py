from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

from cnsn_seg.datasets import ClassStatistics, GTA5Domain
from cnsn_seg.datasets.config_parts import domain_parts
from cnsn_seg.datasets.statistics import measure

CONFIGS = Path(__file__).parents[2] / 'configs' / '_base_' / 'datasets'


@pytest.fixture(params=[512, 713, 768])
def config(request) -> Config:
    side = request.param
    return Config.fromfile(CONFIGS / f'gta5_to_citys_bdd_mapillary_{side}x{side}.py')


def test_survives_dumping(config, tmp_path):
    config.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').to_dict() == config.to_dict()


def test_only_source_images_choose_the_checkpoint(config):
    dataset = DATASETS.build({**config.val_dataloader.dataset, 'lazy_init': True})
    assert isinstance(dataset, GTA5Domain)
    assert dataset.split == 'val'
    assert [part.split for part in domain_parts(config.train_dataloader.dataset)] == ['train']
    assert config.val_evaluator == {'type': 'DomainIoUMetric', 'source': 'gta'}


def test_training_samples_have_the_crop_size(config, download, tmp_path):
    files = download('gta5')
    cfg = config.train_dataloader.dataset
    for part in domain_parts(cfg):
        part.update(data_root=str(files.root), split='val')
    if 'statistics' in cfg:
        names, measured = ('00002', '00005'), [measure(np.zeros((12, 16), np.uint8))] * 2
        ClassStatistics.from_measurements(names, measured, 1024).save(tmp_path / 'statistics.npz')
        cfg.update(statistics=str(tmp_path / 'statistics.npz'))
        if cfg.type == 'RareClassDataset':
            cfg.min_pixels = 10
    dataset = DATASETS.build(cfg)
    for sample in (dataset[0], dataset[1]):
        height, width = sample['data_samples'].img_shape
        crop = config.crop_size[0]
        assert min(526, crop) <= height <= crop
        assert min(701, crop) <= width <= crop
        assert sample['inputs'].shape == (3, height, width)
        assert sample['data_samples'].gt_sem_seg.data.shape == (1, height, width)
        assert sample['data_samples'].domain == 'gta'
        assert set(np.unique(sample['data_samples'].gt_sem_seg.data)) <= {*range(19), 255}


def test_four_domains_are_tested_at_native_size(config, download):
    datasets = config.test_dataloader.dataset.datasets
    for part in datasets:
        part.data_root = str(download(Path(part.data_root).name).root)
    dataset = DATASETS.build(config.test_dataloader.dataset)
    domains = [sample['data_samples'].domain for sample in dataset]
    assert sorted(set(domains)) == ['bdd100k', 'cityscapes', 'gta', 'mapillary']
    assert all(sample['inputs'].shape == (3, 12, 16) for sample in dataset)
    assert not config.test_dataloader.sampler.round_up
