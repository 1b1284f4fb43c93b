import pytest
from mmengine.config import Config

from cnsn_seg.datasets.config_parts import domain_of, domain_parts
from cnsn_seg.evaluation import use_protocol
from cnsn_seg.evaluation.use_protocol import check_views

PIPELINE = [dict(type=name) for name in ('LoadImage', 'LoadTrainIds', 'PackDomainInputs')]


def config(**more) -> Config:
    tested = [
        dict(type='GTA5Domain', pipeline=PIPELINE),
        dict(type='ACDCDomain', condition='fog', pipeline=PIPELINE),
        dict(type='MapillaryDomain', domain='vistas', pipeline=PIPELINE),
    ]
    sampled = dict(type='ClassUniformDataset', dataset=dict(type='SYNTHIADomain'), statistics='x')
    return Config(
        dict(
            train_dataloader=dict(dataset=dict(type='ConcatDataset', datasets=[sampled])),
            val_dataloader=dict(dataset=dict(type='CityscapesDataset')),
            test_dataloader=dict(dataset=dict(type='ConcatDataset', datasets=tested)),
            val_evaluator=dict(type='IoUMetric'),
            test_evaluator=[dict(type='DomainIoUMetric', source='gta')],
            **more,
        )
    )


def test_parts_are_found_in_wrappers_and_concatenations():
    cfg = config()
    assert [part.type for part in domain_parts(cfg.train_dataloader.dataset)] == ['SYNTHIADomain']
    assert list(domain_parts(cfg.val_dataloader.dataset)) == []
    tested = list(domain_parts(cfg.test_dataloader.dataset))
    assert [domain_of(part) for part in tested] == ['gta', 'acdc_fog', 'vistas']


def test_every_data_set_and_metric_gets_the_protocol():
    cfg = config(protocol='full-13')
    use_protocol(cfg)
    loaders = (cfg.train_dataloader, cfg.test_dataloader)
    parts = [part for loader in loaders for part in domain_parts(loader.dataset)]
    assert [part.protocol for part in parts] == ['full-13'] * 4
    assert 'protocol' not in cfg.val_dataloader.dataset
    assert len(cfg.test_evaluator[0].classes) == 13
    assert 'classes' not in cfg.val_evaluator


def test_the_default_is_full():
    cfg = config()
    use_protocol(cfg)
    assert cfg.protocol == 'full'
    check_views(cfg)


def test_unknown_protocol():
    with pytest.raises(ValueError, match="no protocol 'robust'"):
        use_protocol(config(protocol='robust'))


def test_pipelines_that_would_not_follow_the_protocol():
    cfg = config(protocol='robustnet')
    cfg.test_dataloader.dataset.datasets.pop(1)
    use_protocol(cfg)
    with pytest.raises(ValueError, match=r"pipeline of 'vistas' lacks .*'ProtocolView'.*robustnet"):
        check_views(cfg)
    cfg.test_dataloader.dataset.datasets[1].pipeline.insert(2, dict(type='ProtocolView'))
    check_views(cfg)


def test_data_sets_outside_the_protocol():
    cfg = config(protocol='robustnet')
    use_protocol(cfg)
    with pytest.raises(ValueError, match="does not say how 'acdc' is evaluated"):
        check_views(cfg)
