import pytest
import torch
from mmseg.registry import MODELS
from tiny_checkpoint import config_file, save_checkpoint

from cnsn_seg.engine import load_config
from cnsn_seg.evaluation.checkpoint_file import file_sha256, read_checkpoint


def saved(path, cfg='', **more):
    torch.save(dict(meta=dict(cfg=cfg), state_dict=dict(w=torch.zeros(2))) | more, path)
    return read_checkpoint(path)


def test_the_model_of_the_training_is_read_from_the_stored_config(tmp_path):
    found = read_checkpoint(save_checkpoint(tmp_path / 'x.pth', 'cnsn'))
    cfg = load_config(config_file('cnsn'))
    assert found.model == cfg.model.to_dict()
    assert found.setting('protocol') == 'full'
    assert found.config_name == config_file('cnsn').stem
    assert found.sha256 == file_sha256(tmp_path / 'x.pth')


def test_literals_are_understood_and_nothing_is_executed(tmp_path):
    marker = tmp_path / 'executed'
    text = f"""
a = dict(b=-1, c=[1.5, (None, True)], d={{'e f': dict()}})
evil = __import__('pathlib').Path({str(marker)!r}).touch()
inner = dict(x=dict(y=open({str(marker)!r}, 'w')))
"""
    found = saved(tmp_path / 'x.pth', text)
    assert found.setting('a') == dict(b=-1, c=[1.5, (None, True)], d={'e f': {}})
    for name in ('evil', 'inner', 'absent'):
        assert found.setting(name) is None
    assert not marker.exists()


@pytest.mark.parametrize('kind', ['os.system', 'mmseg.EncoderDecoder', ['os']])
def test_a_class_named_by_its_import_path_is_refused(tmp_path, kind):
    found = saved(tmp_path / 'x.pth', f'model = dict(backbone=[dict(type={kind!r})])')
    with pytest.raises(ValueError, match=r'names the type .*, which is no registered name'):
        _ = found.model


@pytest.mark.parametrize('text', ['model = dict(', '', None])
def test_a_checkpoint_may_say_nothing(tmp_path, text):
    found = saved(tmp_path / 'x.pth', text)
    assert found.model is found.config_name is None


def test_a_bare_state_dict_is_a_checkpoint(tmp_path):
    torch.save({'module.w': torch.zeros(2, 3)}, tmp_path / 'x.pth')
    found = read_checkpoint(tmp_path / 'x.pth')
    assert dict(found.shapes) == {'w': (2, 3)}
    assert found.meta == {}


@pytest.mark.parametrize('content', [dict(state_dict=dict(w='x')), {}, [1], dict(meta=dict())])
def test_other_files_are_no_checkpoints(tmp_path, content):
    torch.save(content, tmp_path / 'x.pth')
    with pytest.raises(ValueError, match=r"x\.pth' is no checkpoint"):
        read_checkpoint(tmp_path / 'x.pth')


def test_weights_that_do_not_fit_are_named(tmp_path):
    found = read_checkpoint(save_checkpoint(tmp_path / 'x.pth', 'sn'))
    baseline = MODELS.build(load_config(config_file()).model)
    assert 'unexpected backbone.layer1.0' in found.misfit(baseline)
    same = MODELS.build(load_config(config_file('sn')).model)
    assert found.misfit(same) == ''
    found.load_into(same)
    weights = torch.load(tmp_path / 'x.pth', weights_only=True)['state_dict']
    assert all(torch.equal(value, weights[name]) for name, value in same.state_dict().items())
