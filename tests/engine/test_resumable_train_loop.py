from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.hooks import Hook
from small_training import BATCH, loads_of, train

PARTS = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers')


def leaves(part: Any, name: str = '') -> Iterator[tuple[str, Any]]:
    """Yield every value in nested containers with its place."""
    if isinstance(part, dict | list | tuple):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from leaves(value, f'{name}.{key}')
    else:
        yield name, part.tolist() if isinstance(part, torch.Tensor) else part


def state(work_dir: Path, iteration: int) -> dict[str, Any]:
    """Everything that training depends on, and the losses that it logged."""
    checkpoint = torch.load(work_dir / f'iter_{iteration}.pth', weights_only=True)
    losses = checkpoint['message_hub']['log_scalars']['train/loss'].data[0].tolist()
    return dict(leaves({**{part: checkpoint[part] for part in PARTS}, 'losses': losses}))


def train_in_parts(work_dir: Path, **options: Any) -> None:
    for iterations in (5, 6, 10):
        train(work_dir, iterations=iterations, resume=iterations > 5, **options)


@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(workers=2),
        dict(workers=1, loader=dict(persistent_workers=False)),
        dict(loader=dict(sampler=dict(type='DefaultSampler'), drop_last=True)),
        dict(loader=dict(sampler=dict(type='InfiniteSampler', seed=1))),
        dict(diff_rank_seed=True),
    ],
    ids=['no_worker', 'persistent_workers', 'worker', 'epochs', 'sampler_seed', 'diff_rank_seed'],
)
def test_2n_iterations_are_n_and_n_more(tmp_path, options):
    train(tmp_path / 'whole', val_interval=4, **options)
    train_in_parts(tmp_path / 'parts', val_interval=4, **options)
    expected = state(tmp_path / 'whole', 10)
    assert any('num_batches_tracked' in name for name in expected)
    assert any('exp_avg_sq' in name for name in expected)
    assert state(tmp_path / 'parts', 10) == expected


def test_one_seed_gives_one_training_with_any_number_of_workers(tmp_path):
    none, two, other = (
        train(tmp_path / str(n), workers=n, seed=seed) for n, seed in ((0, 7), (2, 7), (1, 8))
    )
    assert state(tmp_path / '0', 10) == state(tmp_path / '2', 10)
    assert all(map(torch.equal, none.model.inputs, two.model.inputs))
    assert not any(map(torch.equal, none.model.inputs, other.model.inputs))


def test_validation_has_no_influence(tmp_path):
    train(tmp_path / 'often', val_interval=1)
    train(tmp_path / 'never')
    assert state(tmp_path / 'often', 9) == state(tmp_path / 'never', 9)


@pytest.mark.parametrize('workers', [0, 2])
def test_resumed_training_loads_only_what_it_has_not_seen(tmp_path, workers):
    train(tmp_path, workers=workers, iterations=4)
    (tmp_path / 'loads').unlink()
    runner = train(tmp_path, workers=workers, iterations=6, resume=True)
    assert len(runner.model.inputs) == 2
    prefetched = 2 * workers * BATCH
    assert 2 * BATCH <= len(loads_of(tmp_path)) <= 2 * BATCH + prefetched


def test_every_sample_is_augmented_anew_each_time(tmp_path):
    runner = train(tmp_path)
    noise = torch.cat(runner.model.inputs)[:, 2]
    assert len(noise.unique(dim=0)) == 10 * BATCH


@pytest.mark.parametrize('loader', [{}, dict(sampler=dict(type='InfiniteSampler', seed=1))])
@pytest.mark.parametrize('seed_on_resume', [None, 8])
def test_the_seed_of_the_checkpoint_is_resumed(tmp_path, loader, seed_on_resume):
    options = dict(loader=loader)
    train(tmp_path / 'parts', iterations=4, seed=None, **options)
    seed = torch.load(tmp_path / 'parts/iter_4.pth', weights_only=True)['meta']['seed']
    train(tmp_path / 'parts', resume=True, seed=seed_on_resume, **options)
    train(tmp_path / 'whole', seed=seed, **options)
    assert state(tmp_path / 'parts', 10) == state(tmp_path / 'whole', 10)


def test_a_validation_that_was_not_finished_is_repeated(tmp_path):
    class Stop(Hook):
        def before_val_epoch(self, runner):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / 'parts', val_interval=4, hooks=[Stop()])
    parts = train(tmp_path / 'parts', val_interval=4, resume=True)
    whole = train(tmp_path / 'whole', val_interval=4)
    scores = [runner.message_hub.get_scalar('val/score').data for runner in (parts, whole)]
    assert [len(values) for values, _ in scores] == [3, 3]


def test_log_says_where_training_continues(tmp_path):
    train(tmp_path, iterations=4)
    train(tmp_path, resume=True, log_level='INFO')
    log = max(tmp_path.glob('*/*.log'), key=lambda path: path.stat().st_mtime).read_text()
    assert 'Training continues after iteration 4 of 10 (seed 7).' in log
    assert log.index('Training continues') < log.index('Iter(train)')


def test_nothing_is_left_to_train(tmp_path):
    train(tmp_path, iterations=4)
    (tmp_path / 'loads').unlink()
    assert train(tmp_path, iterations=4, resume=True).iter == 4
    assert not (tmp_path / 'loads').exists()
