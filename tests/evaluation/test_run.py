import pytest
from small_evaluation import config
from tiny_checkpoint import save_checkpoint

from cnsn_seg.evaluation import Options, evaluate_all, plan_jobs
from cnsn_seg.evaluation.progress import Progress

OTHERWISE = {
    'nothing': {},
    'checkpoint': dict(checkpoint='other.pth'),
    'protocol': dict(cfg=dict(protocol='hrda')),
    'batch size': dict(cfg={'test_dataloader.batch_size': 3}),
    'pipeline': dict(cfg={'test_dataloader.dataset.datasets.0.pipeline.0.backend_args': {}}),
    'model': dict(cfg={'model.decode_head.align_corners': True}),
    'window': dict(cfg={'model.test_cfg': dict(mode='slide', crop_size=(64, 64), stride=(9, 9))}),
    'tta': dict(options=dict(tta=True)),
    'slide': dict(options=dict(slide=True)),
    'limit': dict(options=dict(limit=2)),
    'domains': dict(options=dict(domains=['gta', 'idd'])),
    'predictions': dict(predictions='pictures'),
}


def stop(*args):
    raise KeyboardInterrupt


@pytest.fixture
def evaluate(small, tmp_path, monkeypatch):
    """Evaluate until the first batch is counted."""

    def evaluated(checkpoint='cnsn.pth', predictions=None, cfg=None, options=None):
        predictions = predictions and tmp_path / predictions
        jobs = plan_jobs([checkpoint], tmp_path / 'out', predictions)
        with pytest.raises(KeyboardInterrupt):
            evaluate_all(
                config(**cfg or {}), jobs, Options(**dict(domains=['gta']) | (options or {}))
            )

    monkeypatch.setattr(Progress, 'advance', stop)
    save_checkpoint(small / 'other.pth', 'cnsn', seed=1)
    return evaluated


@pytest.mark.parametrize('change', OTHERWISE)
def test_counts_are_used_again_only_where_nothing_that_matters_has_changed(
    change, evaluate, tmp_path, capsys, monkeypatch
):
    evaluate()
    assert len((tmp_path / 'out/.evaluation/rank0.jsonl').read_text().splitlines()) == 4
    capsys.readouterr()
    monkeypatch.setattr('cnsn_seg.evaluation.run.Run._runner', stop)
    evaluate(**OTHERWISE[change])
    said = capsys.readouterr().out
    assert ('continues, 3 images are done' in said) == (change == 'nothing')
    assert ('starts anew' in said) == (change != 'nothing')
