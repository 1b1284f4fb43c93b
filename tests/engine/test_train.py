import json
import shutil
from pathlib import Path

import pytest
import torch
from tiny_checkpoint import save_checkpoint

from cnsn_seg.datasets import protocol_of
from cnsn_seg.engine import DurableCheckpointHook


def test_a_work_dir_that_is_removed(start, tmp_path, monkeypatch):
    def remove(*_, **__) -> None:
        shutil.rmtree(tmp_path / 'work')

    monkeypatch.setattr(DurableCheckpointHook, 'before_save_checkpoint', remove)
    with pytest.raises(FileNotFoundError, match=r"the work dir '.*work' was removed"):
        start()
    assert not (tmp_path / 'work').exists()


class Attack:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_a_damaged_checkpoint_is_passed_over(start):
    work_dir = start()
    newest = work_dir / 'iter_2.pth'
    newest.write_bytes(newest.read_bytes()[:-1000])
    start(how=dict(resume=True))
    content = torch.load(newest, weights_only=True)
    assert content['meta']['iter'] == 2
    assert content['message_hub']['log_scalars']['train/loss'].data[0].size == 2
    assert content['meta']['protocol'] == protocol_of('full').describe()


@pytest.mark.parametrize('resume', [False, True])
def test_a_checkpoint_that_does_not_fit_is_refused(start, tmp_path, resume):
    other = save_checkpoint(tmp_path / 'other.pth', 'sn')
    message = r'other\.pth. does not fit the model of the config: unexpected backbone.*strict_load'
    with pytest.raises(ValueError, match=message):
        start(load_from=str(other), how=dict(resume=resume))


def test_missing_selfnorms_and_other_classes_are_listed(start, tmp_path):
    other = save_checkpoint(tmp_path / 'other.pth')
    options = {'load_from': str(other), 'model.decode_head.num_classes': 7}
    with pytest.raises(ValueError, match=r'missing backbone.* more; of another shape decode'):
        start('sn', **options)


def test_what_fits_is_loaded_where_the_user_says_so(start, tmp_path):
    other = save_checkpoint(tmp_path / 'other.pth', 'sn', seed=3)
    options = {'load_from': str(other), 'strict_load': False, 'optim_wrapper.optimizer.lr': 0.0}
    work_dir = start(**options)
    weights = torch.load(other, weights_only=True)['state_dict']
    trained = torch.load(work_dir / 'iter_2.pth', weights_only=True)['state_dict']
    assert torch.equal(trained['backbone.conv1.weight'], weights['backbone.conv1.weight'])


@pytest.mark.parametrize('way', ['load_from', 'resume', 'init_cfg'])
def test_code_in_a_checkpoint_is_not_run(start, tmp_path, way):
    touched, path = tmp_path / 'touched', tmp_path / 'work/iter_1.pth'
    path.parent.mkdir()
    torch.save(dict(state_dict=Attack(touched), meta={}, optimizer={}, message_hub={}), path)
    options = {
        'load_from': {'load_from': str(path)},
        'resume': {'how': dict(resume=True)},
        'init_cfg': {'model.backbone.init_cfg': dict(type='Pretrained', checkpoint=str(path))},
    }
    with pytest.raises(ValueError, match=r'iter_1\.pth. is no checkpoint of weights alone'):
        start(**options[way])
    assert not touched.exists()


def weights(work_dir: Path) -> dict[str, torch.Tensor]:
    return torch.load(work_dir / 'iter_2.pth', weights_only=True)['state_dict']


@pytest.mark.parametrize('dtype', [pytest.param('float16', marks=pytest.mark.slow), 'bfloat16'])
def test_mixed_precision_trains_the_network_on_a_cpu(start, dtype):
    single, mixed = weights(start('cnsn', 'single')), weights(start('cnsn', how=dict(amp=dtype)))
    assert all(value.isfinite().all() for value in mixed.values())
    means = 'backbone.layer1.0.bn1.running_mean'
    assert not torch.equal(single[means], mixed[means])
    torch.testing.assert_close(single[means], mixed[means], rtol=0.05, atol=0.05)


def test_mixed_precision_needs_a_plain_optimizer(start):
    with pytest.raises(ValueError, match='OptimWrapper, got AmpOptimWrapper'):
        start(how=dict(amp='float16'), **{'optim_wrapper.type': 'AmpOptimWrapper'})


@pytest.fixture
def _restored_determinism():
    yield
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False


def logged(work_dir: Path) -> list[dict]:
    [scalars] = work_dir.glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in scalars.read_text().splitlines()]
    return [{key: value for key, value in line.items() if 'time' not in key} for line in lines]


@pytest.mark.usefixtures('_restored_determinism')
def test_deterministic_training_repeats_itself_and_evaluates(start):
    options = {'train_cfg.val_begin': 1, 'default_hooks.logger.interval': 1}
    first, second = (
        start('cnsn', name, how=dict(deterministic=True), **options) for name in ('a', 'b')
    )
    expected, found = weights(first), weights(second)
    assert torch.are_deterministic_algorithms_enabled()
    assert logged(first) == logged(second)
    assert any('gta/mIoU' in line for line in logged(first))
    assert expected.keys() == found.keys()
    assert all(map(torch.equal, expected.values(), found.values()))


def test_a_training_that_turns_non_finite_names_its_images(start, tmp_path):
    options = {'optim_wrapper.optimizer.lr': 1e30, 'param_scheduler': [], 'train_cfg.max_iters': 3}
    with pytest.raises(FloatingPointError, match=r'the output of \S+ .* is the first') as caught:
        start(**options)
    assert str(caught.value).count('images/0000') == 2
    left = max((tmp_path / 'work').glob('iter_*.pth'))
    assert left.name in str(caught.value)
