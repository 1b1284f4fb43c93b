import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import cnsn_seg.layers
from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm

MODULES = sorted(Path(cnsn_seg.layers.__file__).parent.glob('*.py'))


def random_map():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(4, 3, 6, 6, generator=generator) + 3 * torch.randn(
        4, 3, 1, 1, generator=generator
    )


@pytest.mark.parametrize('two_branch', [False, True])
def test_cross_norm_comes_before_self_norm(two_branch):
    layer, x = CNSN(3, two_branch, init='reference', crop='style'), random_map()
    layer.crossnorm.activate(5)
    cross_norm, self_norm = CrossNorm(crop='style'), SelfNorm(3, two_branch)
    cross_norm.activate(5)
    self_norm.load_state_dict(layer.selfnorm.state_dict())
    assert torch.equal(layer(x), self_norm(cross_norm(x)))
    assert not torch.allclose(layer(x), cross_norm(self_norm(x)))


def test_arguments_reach_both_layers():
    layer = CNSN(3, two_branch=True, init='reference', crop='both', beta=2.0, prob=0.25)
    assert (layer.crossnorm.crop, layer.crossnorm.beta, layer.crossnorm.prob) == ('both', 2.0, 0.25)
    assert (layer.selfnorm.two_branch, layer.selfnorm.init) == (True, 'reference')


def test_an_unknown_argument_is_refused():
    with pytest.raises(TypeError, match='crops'):
        CNSN(3, crops='both')


def test_init_weights_restores_self_norm():
    layer = CNSN(3)
    torch.nn.init.zeros_(layer.selfnorm.g_bn.bias)
    layer.init_weights()
    assert torch.allclose(layer.eval()(random_map()), random_map(), rtol=0.011)


def test_evaluation_is_self_norm_alone():
    layer, x = CNSN(3, init='reference', prob=1.0).eval(), random_map()
    assert torch.equal(layer(x), layer.selfnorm(x))


@pytest.mark.parametrize('path', MODULES, ids=lambda path: path.name)
def test_the_layers_import_nothing_but_torch(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        assert {name.split('.')[0] for name in names} <= {'torch', *sys.stdlib_module_names}


def test_the_layers_work_where_openmmlab_is_not_installed():
    code = (
        'import sys\n'
        'class Absent:\n'
        '    def find_spec(self, name, path=None, target=None):\n'
        "        if name.split('.')[0] in ('mmcv', 'mmengine', 'mmseg'):\n"
        '            raise ModuleNotFoundError(name)\n'
        'sys.meta_path.insert(0, Absent())\n'
        'import importlib.util\n'
        'found = importlib.util.find_spec\n'
        "absent = ('mmcv', 'mmengine', 'mmseg')\n"
        'importlib.util.find_spec = lambda n, *a: None if n in absent else found(n, *a)\n'
        'import torch\n'
        'from cnsn_seg.layers import CNSN\n'
        'assert CNSN(3, prob=1.0)(torch.rand(2, 3, 4, 4)).shape == (2, 3, 4, 4)\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True, timeout=60)
