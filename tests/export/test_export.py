import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmseg.registry import MODELS
from torch import nn

from cnsn_seg.engine import load_config
from cnsn_seg.export import FORMATS, DeployedNetwork, FoldedSelfNorm, export, export_model
from cnsn_seg.layers import CrossNorm, SelfNorm

ROOT = Path(__file__).parents[2]
SHAPES = ((1, 3, 128, 256), (3, 3, 99, 165))


@pytest.fixture
def checkpoint(model, tmp_path) -> Path:
    path = tmp_path / 'iter_2.pth'
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


def need(format: str) -> None:
    for package in ('onnx', 'onnxscript', 'onnxruntime') if format == 'onnx' else ():
        pytest.importorskip(package)


def agrees(network, model, shape) -> bool:
    """Whether a network gives the logits and classes of MMSegmentation's own inference."""
    image = torch.randint(256, shape, dtype=torch.uint8)
    samples = model.test_step(dict(inputs=list(image)))
    logits = torch.stack([sample.seg_logits.data for sample in samples])
    classes = torch.cat([sample.pred_sem_seg.data for sample in samples])
    found = network(image.float())
    assert found.shape == logits.shape == (shape[0], 19, *shape[2:])
    close = (found - logits).abs().max() <= 1e-4
    return bool(close and (found.argmax(1) == classes).double().mean() >= 0.9999)


@pytest.mark.parametrize('format', FORMATS)
def test_an_exported_file_computes_what_the_model_does(model, tmp_path, format):
    need(format)
    path = tmp_path / f'network{FORMATS[format].suffix}'
    agreement = export_model(model, format, path)
    assert agreement.difference <= 1e-4
    assert agreement.equal >= 0.9999
    assert list(tmp_path.iterdir()) == [path]
    network = FORMATS[format].load(path)
    assert all(agrees(network, model, shape) for shape in SHAPES)
    if format == 'onnx':
        assert onnx_values(path) == dict(
            image=['batch', 3, 'height', 'width'], logits=['batch', 19, 'height', 'width']
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    'config',
    [
        'cnsn/fcn_r50-d8_cnsn_8xb2-62k_gta5-713x713.py',
        'cnsn/deeplabv3plus_r101-d8_cnsn_8xb2-40k_gta5-768x768.py',
    ],
)
def test_deep_networks_whose_logits_are_as_large_as_trained_ones(config, tmp_path):
    need('onnx')
    cfg = load_config(ROOT / 'configs' / config)
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model)
    model.init_weights()
    image = 4 * torch.rand(2, 3, 128, 256) - 2
    with torch.no_grad():
        for _ in range(20):  # for the statistics of batch norm
            model.decode_head(model.backbone(image))
        model.eval()
        largest = model.decode_head(model.backbone(image)).abs().max()
        model.decode_head.conv_seg.weight.mul_(20 / largest)
    agreement = export_model(model, 'onnx', tmp_path / 'network.onnx')
    assert agreement.difference <= 1e-4
    assert agreement.equal >= 0.9999


@pytest.mark.filterwarnings('ignore:When align_corners', 'error::torch.jit.TracerWarning')
@pytest.mark.parametrize('format', ['torchscript', 'exported'])
def test_sizes_stay_free_with_aligned_corners(cfg, build, tmp_path, format):
    cfg.model.decode_head.align_corners = True
    model = build(cfg)
    path = tmp_path / f'network{FORMATS[format].suffix}'
    export_model(model, format, path)
    assert agrees(FORMATS[format].load(path), model, SHAPES[1])


def onnx_values(path: Path) -> dict[str, list[str | int]]:
    """Axes of the inputs and outputs of a valid ONNX file, by name."""
    import onnx

    onnx.checker.check_model(path)
    graph = onnx.load(path).graph
    return {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }


def test_the_network_has_nothing_of_training(cfg, build):
    cfg.model.auxiliary_head = dict(
        type='FCNHead', in_channels=128, in_index=2, channels=8, num_classes=19
    )
    model = build(cfg)
    network = DeployedNetwork(model)
    kinds = {type(module) for module in network.modules()}
    assert not kinds & {CrossNorm, SelfNorm}
    assert not any(issubclass(kind, nn.BatchNorm1d) for kind in kinds)
    assert not any('auxiliary' in name for name in network.state_dict())
    assert model.with_auxiliary_head
    assert agrees(network, model, SHAPES[1])


def test_the_gates_matter_in_these_tests(model):
    network = DeployedNetwork(model)
    for block in network.modules():
        if isinstance(getattr(block, 'selfnorm', None), FoldedSelfNorm):
            block.selfnorm = nn.Identity()
    assert not agrees(network, model, SHAPES[0])


def test_images_of_another_preprocessing(cfg, build):
    cfg.model.data_preprocessor = dict(type='SegDataPreProcessor')
    model = build(cfg)
    assert agrees(lambda image: DeployedNetwork(model)(image / 100), model, (1, 3, 32, 32)) is False
    assert agrees(DeployedNetwork(model), model, (1, 3, 32, 32))


@pytest.mark.parametrize('wrong', [1.0, float('nan')])
def test_a_file_that_does_not_agree_is_not_written(model, tmp_path, monkeypatch, wrong):
    def load(path):
        network = torch.jit.load(path)
        return lambda image: network(image) + wrong

    monkeypatch.setitem(FORMATS, 'torchscript', FORMATS['torchscript']._replace(load=load))
    path = tmp_path / 'network.torchscript'
    path.write_text("the user's")
    with pytest.raises(ValueError, match='nothing is written, as the export would differ'):
        export_model(model, 'torchscript', path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "the user's"


def test_how_well_it_must_agree_can_be_asked_for(model, tmp_path):
    path = tmp_path / 'network.torchscript'
    with pytest.raises(ValueError, match='more than 1e-09'):
        export_model(model, 'torchscript', path, tolerance=1e-9)
    export_model(model, 'torchscript', path, tolerance=1e-3)
    assert path.is_file()


def test_what_cannot_be_exported_is_said_in_one_line(model, tmp_path, monkeypatch):
    def write(network, path):
        raise RuntimeError('no such operator\nwith a long explanation')

    monkeypatch.setitem(FORMATS, 'onnx', FORMATS['onnx']._replace(write=write))
    with pytest.raises(ValueError, match=r'exported as onnx: no such operator$'):
        export_model(model, 'onnx', tmp_path / 'network.onnx')


def test_models_of_another_kind_are_refused(model):
    with pytest.raises(ValueError, match='only an EncoderDecoder can be exported, not Identity'):
        DeployedNetwork(nn.Identity())
    model.data_preprocessor.test_cfg = dict(size_divisor=32)
    with pytest.raises(ValueError, match='test_cfg pads'):
        DeployedNetwork(model)


def test_missing_packages_are_named(model, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match='pip install onnx onnxscript onnxruntime'):
        export_model(model, 'onnx', tmp_path / 'network.onnx')


def test_the_checkpoint_is_not_overwritten(cfg, checkpoint):
    with pytest.raises(ValueError, match='would overwrite the checkpoint'):
        export(cfg, checkpoint, 'torchscript', checkpoint)


def test_a_checkpoint_of_another_model_is_refused(cfg, checkpoint):
    cfg.model.backbone.cnsn = None
    with pytest.raises(ValueError, match='does not fit the model'):
        export(cfg, checkpoint, 'torchscript')
    assert list(checkpoint.parent.iterdir()) == [checkpoint]


def tool(cfg, *args: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / 'tools/export.py', cfg.filename, *args],
        capture_output=True,
        text=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
    )


def test_the_tool_writes_beside_the_checkpoint(cfg, model, checkpoint):
    done = tool(cfg, checkpoint, '--format', 'torchscript')
    assert done.returncode == 0, done.stderr
    path = checkpoint.with_suffix('.torchscript')
    assert f'{path}: logits differ' in done.stdout
    assert agrees(torch.jit.load(path), model, SHAPES[1])
    assert 'slides' not in done.stdout


def test_the_tool_says_that_the_file_slides_no_window(cfg, checkpoint):
    window = ('mode=slide', 'crop_size=128,256', 'stride=85,170')
    options = [f'model.test_cfg.{option}' for option in window]
    done = tool(cfg, checkpoint, '--format=torchscript', '--cfg-options', *options)
    assert 'the exported network does not' in done.stdout, done.stderr


def test_the_tool_ends_with_one_sentence(cfg, tmp_path):
    done = tool(cfg, tmp_path / 'nowhere.pth')
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith('error: there is no checkpoint')
    assert 'Traceback' not in done.stderr
