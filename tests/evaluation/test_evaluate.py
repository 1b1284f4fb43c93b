import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from small_evaluation import config, save
from tiny_checkpoint import config_file

from cnsn_seg.datasets import protocol_of
from cnsn_seg.evaluation import Options, evaluate, read_results
from cnsn_seg.evaluation.confusion import confusion_matrix
from cnsn_seg.evaluation.parts import plan_parts

pytestmark = pytest.mark.usefixtures('small')


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


def test_one_evaluation_may_follow_another_at_once(tmp_path):
    for name in ('a', 'b', 'c'):
        evaluate(config(), 'cnsn.pth', out=tmp_path / name, domains=['gta'], limit=1)
    assert len(list(tmp_path.glob('*/results.json'))) == 3


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
    parts = plan_parts(config(), Options(domains=['cityscapes', 'bdd100k']))
    for part in parts:
        matrix = 0
        for sample in (part.dataset[index]['data_samples'] for index in part.indices):
            path = Path(sample.img_path).relative_to(part.folder).with_suffix('.png')
            predicted = torch.from_numpy(found[f'{part.name}/{path}'])
            matrix += confusion_matrix(sample.gt_sem_seg.data[0], predicted, 19)
        assert matrix.tolist() == results['domains'][part.name]['confusion']


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
