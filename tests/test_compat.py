import importlib.metadata
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner

from cnsn_seg import compat

compat.prepare()


def run_python(code: str) -> subprocess.CompletedProcess:
    """Runs code in an interpreter that has imported nothing of OpenMMLab yet."""
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result


def is_installed(distribution: str) -> bool:
    try:
        return bool(importlib.metadata.version(distribution))
    except importlib.metadata.PackageNotFoundError:
        return False


with_stand_ins = pytest.mark.skipif(
    not is_installed('mmcv-lite'), reason='only mmcv-lite gets stand-ins'
)


class TestPrepare:
    def test_mmseg_imports(self):
        run_python(
            'import cnsn_seg, mmseg.apis, mmseg.datasets, mmseg.models, mmseg.visualization\n'
            'from mmseg.models import EncoderDecoder\n'
            'from mmseg.datasets import BaseSegDataset\n'
        )

    @with_stand_ins
    def test_warns_once_in_one_line(self):
        result = run_python(
            'from cnsn_seg import compat\ncompat.prepare()\ncompat.prepare()\nimport mmseg.models'
        )
        lines = [line for line in result.stderr.splitlines() if 'stand-ins' in line]
        assert len(lines) == 1

    @pytest.mark.skipif(is_installed('mmcv-lite'), reason='the onedl line needs no stand-ins')
    def test_leaves_the_onedl_line_alone(self):
        result = run_python(
            "import cnsn_seg, mmseg.models, sys\nassert 'mmcv._ext' not in sys.modules"
        )
        assert 'stand-ins' not in result.stderr

    def test_leaves_compiled_operators_alone(self):
        result = run_python(
            'import sys\n'
            'from importlib.machinery import ModuleSpec\n'
            'from types import ModuleType\n'
            "compiled = ModuleType('mmcv._ext')\n"
            "compiled.__spec__ = ModuleSpec('mmcv._ext', loader=object())\n"
            "compiled.__file__ = '_ext.so'\n"
            'compiled.__getattr__ = lambda name: len\n'
            "sys.modules['mmcv._ext'] = compiled\n"
            'contents = dict(vars(compiled))\n'
            'from cnsn_seg import compat\n'
            'compat.prepare()\n'
            "assert sys.modules['mmcv._ext'] is compiled\n"
            'assert vars(compiled) == contents\n'
        )
        assert 'stand-ins' not in result.stderr

    def test_layers_need_nothing_of_openmmlab(self):
        run_python(
            'import sys\n'
            'class Absent:\n'
            '    def find_spec(self, name, path=None, target=None):\n'
            "        if name.partition('.')[0] in {'mmcv', 'mmengine', 'mmseg'}:\n"
            '            raise ModuleNotFoundError(name, name=name)\n'
            'sys.meta_path.insert(0, Absent())\n'
            'from cnsn_seg.layers import CNSN, CrossNorm, SelfNorm\n'
        )

    def test_names_the_package_that_mmseg_lacks(self):
        run_python(
            'import sys\n'
            "sys.modules['ftfy'] = None\n"
            'try:\n'
            '    import cnsn_seg\n'
            'except ImportError as error:\n'
            "    assert 'mmseg needs ftfy' in str(error) and 'cnsn-seg[openmmlab]' in str(error)\n"
            'else:\n'
            "    raise AssertionError('no error')\n"
        )

    def test_require_says_what_to_install(self, monkeypatch):
        compat.require()
        monkeypatch.setattr(compat.importlib.util, 'find_spec', lambda name: None)
        assert not compat.available()
        with pytest.raises(ImportError, match=r'mmcv, mmengine, mmseg.*cnsn-seg\[openmmlab\]'):
            compat.require()


def focal_loss(logits, target, gamma, alpha, weight=None):
    """The definition, written out class by class."""
    rows = []
    for row, label in zip(logits, target.tolist(), strict=True):
        losses = []
        for column, logit in enumerate(row):
            probability = 1 / (1 + torch.exp(-logit))
            if column == label:
                loss = -alpha * (1 - probability) ** gamma * torch.log(probability)
            else:
                loss = -(1 - alpha) * probability**gamma * torch.log(1 - probability)
            losses.append(loss if weight is None else loss * weight[label])
        rows.append(torch.stack(losses))
    return torch.stack(rows)


@with_stand_ins
class TestStandIns:
    @pytest.mark.parametrize('device', ['cpu'] + ['cuda'] * torch.cuda.is_available())
    @pytest.mark.parametrize('gamma', [0.0, 0.5, 2.0])
    @pytest.mark.parametrize('weighted', [False, True])
    @pytest.mark.parametrize('reduction', ['none', 'mean', 'sum'])
    def test_sigmoid_focal_loss(self, device, gamma, weighted, reduction):
        from mmcv.ops import sigmoid_focal_loss

        logits = torch.randn(6, 4, dtype=torch.float64, device=device, requires_grad=True)
        target = torch.tensor([0, 1, 2, 3, 0, 2 if weighted else 4], device=device)
        weight = torch.rand(4, dtype=torch.float64, device=device) if weighted else None
        actual = sigmoid_focal_loss(logits, target, gamma, 0.3, weight, reduction)
        expected = focal_loss(logits, target, gamma, 0.3, weight)
        if reduction != 'none':
            expected = expected.sum() / (len(logits) if reduction == 'mean' else 1)
        torch.testing.assert_close(actual, expected)
        upstream = torch.randn_like(actual)
        torch.testing.assert_close(
            torch.autograd.grad(actual, logits, upstream),
            torch.autograd.grad(expected, logits, upstream),
        )

    def test_sigmoid_focal_loss_of_extreme_logits(self):
        from mmcv.ops import sigmoid_focal_loss

        logits = torch.tensor([[300.0, -300.0], [-300.0, 0.0]], requires_grad=True)
        loss = sigmoid_focal_loss(logits, torch.tensor([0, 0]), 0.5, 0.25, None, 'none')
        torch.testing.assert_close(loss[:, 0], torch.tensor([0.0, 75.0]))
        loss.sum().backward()
        assert logits.grad.isfinite().all()

    def test_point_sample(self):
        from mmcv.ops import point_sample

        image = torch.arange(4.0).reshape(1, 1, 2, 2)
        centres = torch.tensor([[[0.25, 0.25], [0.75, 0.25], [0.5, 0.5]]])
        torch.testing.assert_close(point_sample(image, centres), torch.tensor([[[0.0, 1.0, 1.5]]]))

    def test_other_operators_raise_when_used(self):
        from mmcv.ops import ModulatedDeformConv2dPack, nms

        with pytest.raises(RuntimeError, match=r"'nms' was not compiled.*mmcv==2\.1\.0"):
            nms(torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([0.9]), 0.5)
        convolution = ModulatedDeformConv2dPack(3, 3, 3)
        with pytest.raises(RuntimeError, match="'modulated_deform_conv_forward' was not compiled"):
            convolution(torch.zeros(1, 3, 8, 8))

    def test_mmcv_still_counts_as_incomplete(self):
        from mmcv.utils import collect_env
        from mmcv.utils.ext_loader import check_ops_exist
        from mmengine.utils.dl_utils import mmcv_full_available

        assert not mmcv_full_available()
        assert not check_ops_exist()
        assert collect_env()['MMCV Compiler'] == 'n/a'


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, inputs, mode='tensor'):
        outputs = self.layer(torch.stack(list(inputs)))
        return {'loss': outputs.square().mean()} if mode == 'loss' else list(outputs)


class Metric(BaseMetric):
    default_prefix = 'test'

    def process(self, data_batch, data_samples):
        self.results.append(len(data_samples))

    def compute_metrics(self, results):
        return {'score': np.float32(0.5), 'rounded': np.round(np.float64(33.333), 2)}


def train(work_dir, iterations, **kwargs):
    """Trains with a validation after every second iteration; returns the runner."""
    data = [{'inputs': torch.randn(2)} for _ in range(8)]
    loader = {'dataset': data, 'batch_size': 2, 'num_workers': 0}
    runner = Runner(
        Model(),
        str(work_dir),
        train_dataloader={**loader, 'sampler': {'type': 'InfiniteSampler'}},
        val_dataloader={**loader, 'sampler': {'type': 'DefaultSampler', 'shuffle': False}},
        val_evaluator=Evaluator([Metric()]),
        train_cfg={'by_epoch': False, 'max_iters': iterations, 'val_interval': 2},
        val_cfg={},
        optim_wrapper={'optimizer': {'type': 'AdamW', 'lr': 0.1}},
        param_scheduler=[
            {'type': 'LinearLR', 'start_factor': 0.1, 'end': 2, 'by_epoch': False},
            {'type': 'PolyLR', 'power': 0.9, 'begin': 2, 'end': 4, 'by_epoch': False},
        ],
        default_hooks={
            'checkpoint': {
                'type': 'CheckpointHook',
                'by_epoch': False,
                'interval': 2,
                'save_best': 'test/score',
                'rule': 'greater',
            },
            'logger': {'type': 'LoggerHook', 'interval': 1},
        },
        custom_hooks=[{'type': 'EMAHook'}],
        default_scope='mmengine',
        log_level='ERROR',
        experiment_name=f'{work_dir.name}_{iterations}',
        **kwargs,
    )
    runner.train()
    return runner


def save(content, path):
    torch.save(content, path)
    return path


class TestCheckpoints:
    def test_training_resumes(self, tmp_path):
        train(tmp_path, 2)
        checkpoint = torch.load(tmp_path / 'iter_2.pth', weights_only=True)
        history = checkpoint['message_hub']['log_scalars']['train/loss']
        assert isinstance(history, HistoryBuffer)
        assert len(history.data[0]) == 2
        assert history.statistics('mean') == history.mean()

        runner = train(tmp_path, 4, resume=True, load_from=str(tmp_path / 'iter_2.pth'))
        assert runner.iter == 4
        assert len(runner.message_hub.log_scalars['train/loss'].data[0]) == 4
        torch.load(tmp_path / 'iter_4.pth', weights_only=True)

    @pytest.mark.parametrize('code', '?bhilqBHILQefd')
    @pytest.mark.parametrize('module', [b'numpy.core.multiarray', b'numpy._core.multiarray'])
    def test_numpy_values_by_old_and_new_names(self, code, module, tmp_path):
        values = [np.dtype(code).type(1), np.ones(3, code)]
        path = tmp_path / 'values.pth'
        torch.save(values, path, _use_new_zipfile_serialization=False)
        written_by = np.empty(0).__reduce__()[0].__module__.encode()
        path.write_bytes(path.read_bytes().replace(written_by, module))
        assert module in path.read_bytes()

        scalar, array = torch.load(path, weights_only=True)
        assert scalar == values[0]
        assert scalar.dtype == array.dtype == np.dtype(code)
        np.testing.assert_array_equal(array, values[1])

    def test_code_is_refused_and_not_run(self, tmp_path):
        target = tmp_path / 'touched'

        class Attack:
            def __reduce__(self):
                return os.system, (f'touch {target}',)

        path = save({'state_dict': Attack()}, tmp_path / 'attack.pth')
        with pytest.raises(pickle.UnpicklingError):
            torch.load(path, weights_only=True)
        assert not target.exists()
        torch.load(path, weights_only=False)
        assert target.exists(), 'the attack must be a real one'

    @with_stand_ins
    def test_code_is_refused_by_mmengine(self, tmp_path):
        class Attack:
            def __reduce__(self):
                return os.system, (f'touch {tmp_path / "touched"}',)

        path = save({'state_dict': Attack()}, tmp_path / 'attack.pth')
        with pytest.raises(pickle.UnpicklingError):
            CheckpointLoader.load_checkpoint(str(path))
        assert not (tmp_path / 'touched').exists()

    @pytest.mark.parametrize(
        ('owner', 'name'),
        [(HistoryBuffer, '__init__'), (HistoryBuffer, 'register_statistics'), (np.ndarray, 'min')],
    )
    def test_attributes_are_out_of_reach(self, owner, name, tmp_path):
        class Reach:
            def __reduce__(self):
                return getattr, (owner, name)

        path = save(Reach(), tmp_path / 'reach.pth')
        with pytest.raises(pickle.UnpicklingError, match='not allowed in a checkpoint'):
            torch.load(path, weights_only=True)
