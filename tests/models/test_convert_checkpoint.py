import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cnsn_seg.models import CNSNResNet
from cnsn_seg.models.convert_checkpoint import convert, convert_file

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools' / 'convert_checkpoint.py'


@pytest.fixture(scope='module')
def authors():
    shapes = json.loads((ROOT / 'tests/data/official_resnet50_sn_state_dict.json').read_text())
    return {name: torch.rand(shape) if shape else torch.tensor(3) for name, shape in shapes.items()}


@pytest.fixture(scope='module')
def source(authors, tmp_path_factory):
    path = tmp_path_factory.mktemp('authors') / 'resnet50_sn.pth'
    wrapped = {f'module.{name}': value for name, value in authors.items()}
    torch.save({'epoch': 90, 'arch': 'resnet50', 'state_dict': wrapped}, path)
    yield path
    path.unlink()


@pytest.fixture
def run_tool(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(TOOL), run_name='__main__')
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


WRAPPERS = {
    'bare': lambda state: state,
    'state_dict': lambda state: {'state_dict': state, 'epoch': 3},
    'model': lambda state: {'model': state, 'args': None},
    'both': lambda state: {'state_dict': {'model': state}},
    'module.': lambda state: {f'module.{name}': value for name, value in state.items()},
}


@pytest.mark.parametrize('wrap', WRAPPERS.values(), ids=WRAPPERS.keys())
@pytest.mark.parametrize('sn_pos', ['residual', 'post'])
def test_the_authors_weights_load_strictly_and_unchanged(wrap, sn_pos, authors):
    state = convert(wrap(authors))
    net = CNSNResNet(depth=50, cnsn=dict(sn_pos=sn_pos))
    net.load_state_dict(state, strict=True)
    assert authors.keys() - state.keys() == {'fc.weight', 'fc.bias'}
    for name, value in net.state_dict().items():
        assert torch.equal(value, authors[name])


def test_a_classifier_is_not_needed(authors):
    state = {name: value for name, value in authors.items() if not name.startswith('fc.')}
    assert convert(state).keys() == state.keys()


def test_other_depths_are_verified_too():
    net = CNSNResNet(depth=18, cnsn=dict(sn_pos='residual'))
    assert convert(net.state_dict(), depth=18).keys() == net.state_dict().keys()
    with pytest.raises(ValueError, match='ResNet-34 with SelfNorm: missing'):
        convert(net.state_dict(), depth=34)


def test_what_differs_is_named(authors):
    state = dict(authors)
    del state['layer3.2.cnsn.selfnorm.g_fc.weight']
    state['layer9.weight'] = torch.zeros(1)
    state['conv1.weight'] = torch.zeros(64, 4, 7, 7)
    with pytest.raises(ValueError) as error:
        convert(state)
    assert 'missing layer3.2.cnsn.selfnorm.g_fc.weight;' in str(error.value)
    assert 'unexpected layer9.weight;' in str(error.value)
    assert 'conv1.weight (64, 4, 7, 7) instead of (64, 3, 7, 7)' in str(error.value)


@pytest.mark.parametrize('checkpoint', [None, [1, 2], torch.zeros(3), {'epoch': 3}, {1: 2}])
def test_what_holds_no_state_dict_is_refused(checkpoint):
    with pytest.raises(ValueError, match='holds no state dict'):
        convert(checkpoint)


def test_a_failed_write_leaves_the_old_file_and_no_other(source, tmp_path, monkeypatch):
    target = tmp_path / 'converted.pth'
    target.write_text('old')

    def broken_save(state, file):
        file.write(b'half')
        raise OSError('disk full')

    monkeypatch.setattr(torch, 'save', broken_save)
    with pytest.raises(OSError, match='disk full'):
        convert_file(source, target)
    assert target.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [target]


def test_the_tool_writes_a_file_that_the_backbone_starts_from(source, authors, tmp_path):
    target = tmp_path / 'new' / 'converted.pth'
    done = subprocess.run(
        [sys.executable, TOOL, source, target],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert '414 tensors of a ResNet-50 with SelfNorm' in done.stdout
    init_cfg = dict(type='Pretrained', checkpoint=str(target))
    net = CNSNResNet(depth=50, cnsn=dict(sn_pos='residual'), init_cfg=init_cfg)
    net.load_state_dict(torch.load(target, weights_only=True), strict=True)
    torch.nn.init.zeros_(net.conv1.weight)
    net.init_weights()
    assert torch.equal(net.conv1.weight, authors['conv1.weight'])
    assert [path.name for path in target.parent.iterdir()] == ['converted.pth']


def test_the_tool_overwrites_another_file(source, run_tool, tmp_path):
    target = tmp_path / 'converted.pth'
    target.write_text('old')
    assert run_tool(source, target)[0] == 0
    assert 'conv1.weight' in torch.load(target, weights_only=True)


def mistakes(source, tmp_path):
    text, empty, folder = tmp_path / 'text.pth', tmp_path / 'empty.pth', tmp_path / 'folder'
    text.write_text('not a checkpoint\n')
    empty.touch()
    folder.mkdir()
    cut, code, plain = tmp_path / 'cut.pth', tmp_path / 'code.pth', tmp_path / 'plain.pth'
    cut.write_bytes(source.read_bytes()[:10_000])
    torch.save({'state_dict': Path('somewhere')}, code)
    torch.save({'conv1.weight': torch.zeros(64, 3, 7, 7)}, plain)
    out = tmp_path / 'out.pth'
    return {
        'missing file': ([tmp_path / 'absent.pth', out], 'there is no checkpoint'),
        'folder': ([folder, out], 'there is no checkpoint'),
        'text': ([text, out], "text.pth' is no checkpoint"),
        'empty': ([empty, out], "empty.pth' is no checkpoint"),
        'cut off': ([cut, out], "cut.pth' is no checkpoint"),
        'code in it': ([code, out], "code.pth' is no checkpoint of weights alone"),
        'other network': ([plain, out], 'the checkpoint holds no ResNet-50 with SelfNorm'),
        'other depth': ([source, out, '--depth', '101'], 'ResNet-101 with SelfNorm: missing'),
        'same file': ([source, source], 'would overwrite'),
    }


@pytest.mark.parametrize(
    'mistake',
    [
        'missing file',
        'folder',
        'text',
        'empty',
        'cut off',
        'code in it',
        'other network',
        'other depth',
        'same file',
    ],
)
def test_a_mistake_ends_the_tool_with_one_sentence(mistake, source, run_tool, tmp_path):
    arguments, message = mistakes(source, tmp_path)[mistake]
    before = sorted(tmp_path.iterdir())
    code, out, error = run_tool(*arguments)
    assert code == 1
    assert not out
    assert message in error
    assert error.count('\n') == 1
    assert sorted(tmp_path.iterdir()) == before
