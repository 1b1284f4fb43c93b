import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from tiny_checkpoint import config_file, save_checkpoint

from cnsn_seg.datasets import protocol_of
from cnsn_seg.engine import load_config
from cnsn_seg.evaluation import Options, evaluate, evaluate_all, plan_jobs, read_results
from cnsn_seg.evaluation.options import SCALES
from cnsn_seg.miniature import DOMAINS as DATA_SETS
from cnsn_seg.miniature import make_miniature


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('evaluate')
    make_miniature(root / 'data/miniature', domains=DATA_SETS, train=1, val=3)
    save_checkpoint(root / 'cnsn.pth', 'cnsn', selection=dict(metrics=[], target_domains=[]))
    save_checkpoint(root / 'baseline.pth')
    return root


@pytest.fixture(autouse=True)
def _there(data, monkeypatch):
    monkeypatch.chdir(data)


def config(network='cnsn', **options):
    small = {'test_dataloader.num_workers': 0}
    return load_config(config_file(network), options=small | options)


def predictions(folder) -> dict[str, np.ndarray]:
    return {
        str(path.relative_to(folder)): cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        for path in sorted(folder.rglob('*.png'))
    }


def save(out, checkpoint='cnsn.pth', cfg=None, **options):
    jobs = plan_jobs([checkpoint], out, out / 'pictures')
    (results,) = evaluate_all(cfg or config(), jobs, Options(**options))
    return results, predictions(out / 'pictures')


def test_results_say_what_was_done(tmp_path):
    results = evaluate(config(), 'cnsn.pth', out=tmp_path, domains=['cityscapes', 'gta'])
    assert results == read_results(tmp_path)
    assert results['config']['path'] == str(config_file('cnsn'))
    assert results['checkpoint']['iteration'] == 7
    assert results['seed'] == 0
    assert results['method'] == config_file('cnsn').stem
    assert results['trained_under'] == 'full'
    assert results['selection'] == dict(metrics=[], target_domains=[])
    assert results['settings'] == dict(
        mode='whole', crop_size=None, stride=None, tta=False, limit=None
    )
    assert results['final']
    assert list(results['domains']) == ['cityscapes', 'gta']
    assert results['unseen']['domains'] == ['cityscapes']
    tested = results['config']['content']['test_dataloader']['dataset']['datasets']
    assert [part['type'] for part in tested] == ['CityscapesDomain', 'GTA5Domain']


def test_every_other_domain_can_be_reached(tmp_path):
    others = ['acdc_fog', 'acdc_night', 'acdc_rain', 'acdc_snow', 'dark_zurich']
    others += ['nighttime_driving', 'idd', 'synthia']
    results = evaluate(config(), 'cnsn.pth', out=tmp_path, domains=others)
    assert list(results['domains']) == results['unseen']['domains'] == others


def test_the_protocol_is_followed(tmp_path):
    found = {}
    for name in ('full', 'rein'):
        options = dict(out=tmp_path / name, domains=['mapillary'])
        found[name] = evaluate(config(protocol=name), 'cnsn.pth', **options)
        assert found[name]['protocol'] == protocol_of(name).describe()
        assert found[name]['trained_under'] == 'full'
    full, rein = (found[name]['domains']['mapillary'] for name in ('full', 'rein'))
    pixels = [sum(map(sum, domain['confusion'])) for domain in (full, rein)]
    assert 0.2 < pixels[1] / pixels[0] < 0.3  # half the width and height, a few ids more
    assert full['files_sha256'] == rein['files_sha256']


def test_a_preview_calls_nothing_final(tmp_path):
    results = evaluate(config(), 'cnsn.pth', out=tmp_path, domains=['gta'], limit=2)
    assert not results['final']
    gta = results['domains']['gta']
    assert (gta['num_images'], gta['num_expected']) == (2, 3)
    assert results['settings']['limit'] == 2


def test_a_checkpoint_of_another_model_brings_its_own(tmp_path, capsys):
    options = dict(out=tmp_path, domains=['gta'])
    own = evaluate(config(''), 'baseline.pth', **options)
    other = evaluate(config('cnsn'), 'baseline.pth', **options)
    assert 'is evaluated with its own' in capsys.readouterr().out
    assert other['domains']['gta']['confusion'] == own['domains']['gta']['confusion']
    assert other['method'] == own['method'] == config_file().stem
    assert 'cnsn' not in other['config']['content']['model']['backbone']


def test_a_checkpoint_that_fits_nothing_is_refused(tmp_path):
    content = torch.load('baseline.pth', weights_only=True)
    torch.save(dict(state_dict=content['state_dict']), tmp_path / 'x.pth')
    with pytest.raises(ValueError, match=r'does not fit the model .* missing .*selfnorm'):
        evaluate(config('cnsn'), tmp_path / 'x.pth', out=tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_the_name_of_the_method_is_that_of_the_training(tmp_path):
    named = config('', method='ours')
    options = dict(out=tmp_path, domains=['gta'], limit=1)
    assert evaluate(named, 'baseline.pth', **options)['method'] == 'ours'
    assert evaluate(named, 'cnsn.pth', **options)['method'] == config_file('cnsn').stem


def test_predictions_are_saved_at_label_size_by_the_name_of_the_image(tmp_path):
    results, found = save(tmp_path, domains=['cityscapes', 'bdd100k'])
    assert results['predictions'] == str(tmp_path / 'pictures')
    for name in found:
        domain, image = name.split('/', 1)
        folder = dict(cityscapes='leftImg8bit/val', bdd100k='images/10k/val')[domain]
        assert list((Path('data/miniature') / domain / folder).glob(image.replace('.png', '.*')))
    assert len(found) == 6
    for domain in ('cityscapes', 'bdd100k'):
        predicted = np.concatenate([found[name].ravel() for name in found if domain in name])
        counts = np.bincount(predicted, minlength=19)
        confusion = np.array(results['domains'][domain]['confusion'])
        assert (confusion.sum(0) <= counts).all()
        assert confusion.sum() > 0.5 * len(predicted)


def test_a_folder_of_images_of_any_size_is_predicted_alone(tmp_path):
    for index, shape in enumerate([(40, 70, 3), (130, 64, 3)]):
        (tmp_path / 'mine/x').mkdir(parents=True, exist_ok=True)
        image = np.random.default_rng(index).integers(256, size=shape, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'mine/x/{index}.jpg'), image)
    results, found = save(tmp_path, domains=[str(tmp_path / 'mine')])
    assert results['unlabelled'] == [dict(name='mine', folder=str(tmp_path / 'mine'), num_images=2)]
    assert results['domains'] == {}
    assert results['unseen'] is None
    assert {name: image.shape for name, image in found.items()} == {
        'mine/x/0.png': (40, 70),
        'mine/x/1.png': (130, 64),
    }


@pytest.fixture(scope='module')
def network(data):
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config().model).eval()
    state = torch.load(data / 'cnsn.pth', weights_only=True)['state_dict']
    model.load_state_dict(state)
    return model


def logits(network, image: np.ndarray) -> torch.Tensor:
    """Logits of a BGR image at its size, by hand."""
    pixels = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (
        [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]))  # fmt: skip
    with torch.no_grad():
        out = network.decode_head(network.backbone((pixels - mean) / std))
    return F.interpolate(out, pixels.shape[2:], mode='bilinear', align_corners=False)


def test_augmentation_averages_probabilities_over_scales_and_flips(tmp_path, network):
    results, found = save(tmp_path, domains=['gta'], tta=True, limit=1)
    assert results['settings']['tta']
    ((name, predicted),) = found.items()
    image = cv2.imread(f'data/miniature/gta5/images/{name.split("/")[1]}')
    height, width = image.shape[:2]
    total = torch.zeros(1, 19, height, width)
    for scale in SCALES:
        size = (int(width * scale + 0.5), int(height * scale + 0.5))
        resized = cv2.resize(image, size)
        for flipped in (False, True):
            out = logits(network, resized[:, ::-1] if flipped else resized)
            out = out.flip(3) if flipped else out
            out = F.interpolate(out, (height, width), mode='bilinear', align_corners=False)
            total += out.softmax(1)
    expected = total.argmax(1)[0].numpy()
    assert predicted.shape == expected.shape
    assert (predicted == expected).mean() > 0.999


def test_sliding_covers_images_of_any_size_with_windows_of_the_crop(tmp_path, network):
    (tmp_path / 'mine').mkdir()
    shapes = dict(wide=(128, 426, 3), small=(60, 90, 3))
    for index, (name, shape) in enumerate(shapes.items()):
        image = np.random.default_rng(index).integers(256, size=shape, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'mine/{name}.png'), image)
    results, found = save(tmp_path, domains=[str(tmp_path / 'mine')], slide=True)
    assert results['settings'] == dict(
        mode='slide', crop_size=[128, 256], stride=[85, 171], tta=False, limit=None
    )
    wide = cv2.imread(str(tmp_path / 'mine/wide.png'))
    total = torch.zeros(1, 19, 128, 426)
    count = torch.zeros(1, 1, 128, 426)
    for left in (0, 170):  # the second window ends where the image does
        total[..., left : left + 256] += logits(network, wide[:, left : left + 256])
        count[..., left : left + 256] += 1
    assert (found['mine/wide.png'] == (total / count).argmax(1)[0].numpy()).mean() > 0.999
    small = logits(network, cv2.imread(str(tmp_path / 'mine/small.png'))).argmax(1)[0].numpy()
    assert (found['mine/small.png'] == small).mean() > 0.999


def test_corruptions_are_averaged_and_are_no_unseen_domains(tmp_path):
    options = dict(domains=['gta', 'cityscapes'], corruptions=['fog', 'contrast'])
    results = evaluate(config(), 'cnsn.pth', out=tmp_path, severities=[1, 5], **options)
    assert results['unseen']['domains'] == ['cityscapes']
    for domain, found in results['corruptions'].items():
        assert list(found['by_corruption']) == ['fog', 'contrast']
        values = []
        for name, by_severity in found['by_corruption'].items():
            assert list(by_severity) == ['1', '5']
            for severity, value in by_severity.items():
                entry = results['domains'][f'{domain}+{name}-{severity}']
                assert entry['mIoU'] == value
                assert entry['corruption'] == dict(domain=domain, name=name, severity=int(severity))
                values.append(value)
        assert found['mIoU'] == pytest.approx(np.mean(values), abs=1e-9)
    clean, foggy = (results['domains'][name] for name in ('gta', 'gta+fog-5'))
    assert clean['confusion'] != foggy['confusion']
    assert clean['files_sha256'] == foggy['files_sha256']


def test_images_that_cannot_share_a_batch_are_refused(tmp_path):
    root = tmp_path / 'data/miniature'
    shutil.copytree('data/miniature/gta5', root / 'gta5')
    for name in ('images', 'labels'):
        path = max((root / 'gta5' / name).rglob('*.png'))
        cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[:90])
    cfg = config()
    cfg.test_dataloader.dataset.datasets[0].data_root = str(root / 'gta5')
    with pytest.raises(ValueError, match=r'differ in size.* set test_dataloader\.batch_size=1'):
        evaluate(cfg, 'cnsn.pth', out=tmp_path / 'out', domains=['gta'])
    cfg.test_dataloader.batch_size = 1
    assert evaluate(cfg, 'cnsn.pth', out=tmp_path / 'out', domains=['gta'])['final']
