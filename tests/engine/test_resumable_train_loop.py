from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
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


@pytest.mark.parametrize('workers', [0, 2])
def test_2n_iterations_are_n_and_n_more(tmp_path, workers):
    options = dict(workers=workers, val_interval=3)
    train(tmp_path / 'whole', **options)
    train(tmp_path / 'parts', iterations=4, **options)
    train(tmp_path / 'parts', resume=True, **options)
    expected = state(tmp_path / 'whole', 10)
    assert any('num_batches_tracked' in name for name in expected)
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


def test_a_drawn_seed_is_resumed_too(tmp_path):
    train(tmp_path / 'parts', iterations=4, seed=None)
    train(tmp_path / 'parts', resume=True, seed=None)
    seed = torch.load(tmp_path / 'parts/iter_4.pth', weights_only=True)['meta']['seed']
    train(tmp_path / 'whole', seed=seed)
    assert state(tmp_path / 'parts', 10) == state(tmp_path / 'whole', 10)
