from pathlib import Path

import numpy as np
import pytest

from cnsn_seg.engine import load_config
from cnsn_seg.engine.study import METHODS, Run, miniature_runs, results_of
from cnsn_seg.evaluation.results import write_json
from cnsn_seg.miniature import make_miniature
from cnsn_seg.reporting import predict_rows

ROOT = Path(__file__).parents[2]
BASE = ROOT / 'configs/miniature/deeplabv3plus_r18w32-d16_1xb8-700_miniature-128x256.py'


def write_config(path: Path, lr: float, max_iters: int = 1) -> None:
    path.write_text(f"""_base_ = '{BASE}'
train_cfg = dict(max_iters={max_iters}, val_interval=10)
train_dataloader = dict(batch_size=2, num_workers=0, persistent_workers=False)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
optim_wrapper = dict(optimizer=dict(lr={lr}))
default_hooks = dict(checkpoint=dict(interval=1))
""")


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    make_miniature(tmp_path / 'data/miniature', train=2, val=1)
    monkeypatch.chdir(tmp_path)
    config = tmp_path / 'tiny.py'
    write_config(config, lr=0.01)
    return Run('baseline', config, 5, tmp_path / 'work')


def stamp_of(run: Run) -> int:
    return (run.work_dir / 'results.json').stat().st_mtime_ns


def test_a_run_is_done_once_and_again_when_its_config_changes(run):
    ((_, result),) = results_of([run])
    assert result['seed'] == 5
    assert list(result['domains']) == ['gta', 'cityscapes', 'bdd100k', 'mapillary']
    first = stamp_of(run)
    list(results_of([run]))
    assert stamp_of(run) == first
    write_config(run.config, lr=0.02)
    list(results_of([run]))
    assert stamp_of(run) > first


def test_results_of_an_older_schema_are_evaluated_again(run):
    ((_, result),) = results_of([run])
    write_json(run.results_path, dict(result, schema_version=2))
    ((_, again),) = results_of([run])
    assert again['domains'].keys() == result['domains'].keys()
    assert again['checkpoint'] == result['checkpoint']


def test_pictures_show_the_same_images_of_every_domain_with_each_model(run):
    list(results_of([run]))
    model = (load_config(run.config), run.checkpoint)
    rows = predict_rows(model[0], {'one': model, 'two': model}, per_domain=1)
    assert [row.domain for row in rows] == ['gta', 'cityscapes', 'bdd100k', 'mapillary']
    for row in rows:
        assert row.image.shape == (*row.truth.shape, 3) == (128, 256, 3)
        assert list(row.predictions) == ['one', 'two']
        assert (row.predictions['one'] == row.predictions['two']).all()
        assert set(np.unique(row.predictions['one'])) <= set(range(19))


def test_a_run_that_fails_is_named(run):
    write_config(run.config, lr=-1)
    with pytest.raises(RuntimeError, match=r'baseline \(seed 5\) failed'):
        list(results_of([run]))


def test_miniature_runs_cover_methods_and_seeds_with_configs_that_exist():
    runs = miniature_runs(METHODS, range(2), Path('out'))
    assert len({run.work_dir for run in runs}) == 8
    assert all((ROOT / run.config).is_file() for run in runs)
    with pytest.raises(ValueError, match='unknown method'):
        miniature_runs(['snn'], [0], Path('out'))
