import logging
import multiprocessing
import time
from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from cnsn_seg.engine import CorruptFilesHook, corrupt_files_hook
from cnsn_seg.miniature import make_miniature

IMAGES = 6
SKIP = 'default_hooks.corrupt_files.skip_corrupt'


@HOOKS.register_module()
class PatientHook(Hook):
    """Note the images of every batch, and take the time that an iteration really takes."""

    priority = 'VERY_HIGH'
    seconds = 0.0
    seen: list[str] = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.seen.extend(sample.img_path for sample in data_batch['data_samples'])
        time.sleep(self.seconds)


@pytest.fixture
def data(tmp_path) -> Path:
    make_miniature(tmp_path / 'own', domains=['gta5'], train=IMAGES, val=1)
    return tmp_path / 'own/gta5'


@pytest.fixture
def train(start, data, monkeypatch):
    """Train with two images an iteration; the data can be broken before."""
    monkeypatch.setattr(PatientHook, 'seen', [])
    monkeypatch.setattr(PatientHook, 'seconds', 0.0)

    def train(iterations: int, **options):
        PatientHook.seen.clear()
        changes = {
            'train_dataloader.dataset.data_root': str(data),
            'train_cfg.max_iters': iterations,
            'default_hooks.checkpoint.interval': 100,
            'custom_hooks': [dict(type='PatientHook')],
        }
        return start(**{**changes, **options})

    return train


@pytest.fixture
def order(train, monkeypatch) -> list[Path]:
    """Images in the order in which training will need them."""
    found = []
    keep = corrupt_files_hook._order

    def spy(*args):
        found.extend(keep(*args))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(corrupt_files_hook, '_order', spy)
        train(1, name='order')
    return [Path(part.get_data_info(index)['img_path']) for part, index in found]


@pytest.fixture
def _nobody_looks_ahead(monkeypatch):
    monkeypatch.setattr(corrupt_files_hook, '_look_ahead', lambda samples, found: None)


@pytest.fixture
def warned(monkeypatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(logging.Logger, 'warning', lambda self, text, *_: found.append(text))
    return found


def assert_same(one: Path, other: Path, iteration: int) -> None:
    """Compare what two trainings have learned, to the bit."""
    first, second = (
        torch.load(work_dir / f'iter_{iteration}.pth', weights_only=True)
        for work_dir in (one, other)
    )
    torch.testing.assert_close(first['state_dict'], second['state_dict'], rtol=0, atol=0)
    momenta = [content['optimizer']['state'] for content in (first, second)]
    torch.testing.assert_close(*momenta, rtol=0, atol=0)


def break_file(path: Path) -> bytes:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return content


def test_the_order_is_that_of_training(train, order):
    train(3)
    assert PatientHook.seen == [str(path) for path in order]
    assert sorted(order) == sorted(set(order))


def test_a_corrupt_image_ends_training_before_it_is_needed_and_costs_nothing(train, order):
    whole = train(3, name='whole')
    content = break_file(order[-1])
    PatientHook.seconds = 2.0
    with pytest.raises(
        ValueError, match=r'truncated .*; found before training needed it'
    ) as caught:
        train(3)
    assert str(order[-1]) in str(caught.value)
    assert len(PatientHook.seen) < IMAGES
    PatientHook.seconds = 0.0
    order[-1].write_bytes(content)
    assert_same(train(3, how=dict(resume=True)), whole, 3)
    assert not multiprocessing.active_children()


@pytest.mark.usefixtures('_nobody_looks_ahead')
@pytest.mark.parametrize(('kind', 'workers'), [('image', 1), ('label', 0), ('missing', 0)])
def test_a_corrupt_file_that_training_meets_is_named(train, order, kind, workers):
    path = order[0] if kind != 'label' else order[0].parents[1] / 'labels' / order[0].name
    if kind == 'missing':
        path.unlink()
        message = r'(misses|has no|image file) .*'
    else:
        break_file(path)
        message = rf"{kind} file '{path}' ends inside a chunk: it is truncated or corrupt"
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        train(1, **{'train_dataloader.num_workers': workers})


@pytest.mark.usefixtures('_nobody_looks_ahead')
def test_corrupt_files_may_be_passed_over(train, order, warned):
    break_file(order[1])
    options = {SKIP: 1, 'train_dataloader.num_workers': 2}
    whole = train(4, name='whole', **options)
    assert len(PatientHook.seen) == 8
    assert str(order[1]) not in PatientHook.seen
    assert [text for text in warned if str(order[1]) in text and '(1 of at most 1)' in text]
    train(2, **options)
    assert_same(train(4, how=dict(resume=True), **options), whole, 4)


@pytest.mark.usefixtures('_nobody_looks_ahead')
def test_no_more_than_the_limit_are_passed_over(train, order):
    break_file(order[0])
    break_file(order[3])
    with pytest.raises(ValueError, match=r'than skip_corrupt allows \(2 of at most 1\)') as caught:
        train(3, **{SKIP: 1})
    assert str(order[3]) in str(caught.value)


@pytest.mark.slow
def test_what_will_be_passed_over_is_logged_beforehand(train, order, warned):
    break_file(order[-1])
    PatientHook.seconds = 2.0
    train(2, **{SKIP: 1})
    assert [text for text in warned if str(order[-1]) in text and 'will pass over it' in text]


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match='skip_corrupt'):
        CorruptFilesHook(skip_corrupt=-1)
