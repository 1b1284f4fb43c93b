import os

import pytest
import torch
from mmengine.runner import CheckpointLoader

from cnsn_seg.checkpoints import load, state_dict_of, weights_only


class Attack:
    """Touches a file when a pickle of it is loaded."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f'touch {self.target}',)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'x.pth'
    torch.save(dict(meta=dict(iter=3), state_dict={'module.w': torch.arange(10_000.0)}), path)
    return path


def test_a_checkpoint_is_read(checkpoint):
    content = load(checkpoint)
    assert content['meta'] == dict(iter=3)
    assert torch.equal(state_dict_of(content)['w'], torch.arange(10_000.0))


def test_a_file_in_pytorchs_old_format_is_read(tmp_path):
    torch.save({'w': torch.ones(2)}, tmp_path / 'x.pth', _use_new_zipfile_serialization=False)
    assert torch.equal(state_dict_of(load(tmp_path / 'x.pth'))['w'], torch.ones(2))


@pytest.mark.parametrize('share', [0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_named(checkpoint, share):
    content = checkpoint.read_bytes()
    checkpoint.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"x\.pth' is no checkpoint, or damaged"):
        load(checkpoint)


def test_a_flipped_bit_is_found(checkpoint):
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.write_bytes(content)
    torch.load(checkpoint, weights_only=True)  # PyTorch itself does not see it
    with pytest.raises(ValueError, match=r"x\.pth' is damaged: 'x/data/0' in it has another"):
        load(checkpoint)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint '.*x\.pth'"):
        load(tmp_path / 'x.pth')


@pytest.mark.parametrize('content', [[1], {}, dict(meta={}), dict(state_dict={}), {'w': 1}])
def test_what_holds_no_weights(tmp_path, content):
    torch.save(content, tmp_path / 'x.pth')
    with pytest.raises(ValueError, match=r'no checkpoint: it holds a list|holds no state dict'):
        state_dict_of(load(tmp_path / 'x.pth'))


def test_code_is_refused_and_not_run(tmp_path):
    target, path = tmp_path / 'touched', tmp_path / 'x.pth'
    torch.save(dict(state_dict=Attack(target)), path)
    with pytest.raises(ValueError, match=r"x\.pth' .* refers to (posix|nt)\.system, .* run code"):
        load(path)
    assert not target.exists()
    torch.load(path, weights_only=False)
    assert target.exists(), 'the attack must be a real one'


def test_mmengine_and_pytorch_are_held_to_weights(tmp_path):
    target, path = tmp_path / 'touched', tmp_path / 'x.pth'
    torch.save(dict(state_dict=Attack(target)), path)
    with weights_only():
        with pytest.raises(ValueError, match='could run code'):
            CheckpointLoader.load_checkpoint(str(path))
        with pytest.raises(Exception, match=r'[Ww]eights'):
            torch.load(path, weights_only=False)
        with pytest.raises(Exception, match=r'[Ww]eights'):
            torch.hub.load_state_dict_from_url(path.as_uri(), model_dir=str(tmp_path / 'hub'))
    assert not target.exists()
