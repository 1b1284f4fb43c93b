from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest
from PIL import Image
from scipy.io import savemat

from cnsn_seg.datasets import CLASSES, LABEL_SPACES, PROTOCOLS, GTA5Domain, protocol_of
from cnsn_seg.datasets.protocols import NATIVE, View

# RobustNet's lists against the authors' split, computed from the published lists.
ROBUSTNET_LACKS = {
    *range(12202, 12209), 12160, 12166, 12167, 12191, 12192, 12193, 12195, 19993,
}  # fmt: skip


@pytest.fixture
def gta5(tmp_path: Path) -> Path:
    """GTA5 with the blank images and some others, all but the last in the training split."""
    numbers = [1, 2, *sorted(ROBUSTNET_LACKS), 17705]
    for folder in ('images', 'labels'):
        (tmp_path / folder).mkdir()
        for number in numbers:
            Image.new('L', (4, 4)).save(tmp_path / folder / f'{number:05d}.png')
    savemat(
        tmp_path / 'split.mat',
        {'trainIds': [numbers[:-1]], 'valIds': [[17705]], 'testIds': [[]]},
    )
    return tmp_path


def training_images(root: Path, protocol: str, split: str = 'train') -> set[int]:
    dataset = GTA5Domain(str(root), split, protocol=protocol)
    return {int(dataset.get_data_info(i)['sample_name']) for i in range(len(dataset))}


def test_training_files_follow_the_protocol(gta5):
    official = ROBUSTNET_LACKS | {1, 2}
    assert training_images(gta5, 'full') == official
    assert training_images(gta5, 'robustnet') == {1, 2}
    assert training_images(gta5, 'cnsn') == {1, 2}
    assert training_images(gta5, 'rein') == official | {17705}
    assert training_images(gta5, 'hrda') == official | {17705}


def test_blank_images_are_left_out_of_robustnets_folders_too(tmp_path):
    for kind in ('images', 'labels'):
        folder = tmp_path / kind / 'train/folder'
        folder.mkdir(parents=True)
        for name in ('00001', '12160'):
            Image.new('L', (4, 4)).save(folder / f'{name}.png')
    assert len(GTA5Domain(str(tmp_path), 'train')) == 2
    dataset = GTA5Domain(str(tmp_path), 'train', protocol='robustnet')
    assert [dataset.get_data_info(i)['sample_name'] for i in range(len(dataset))] == [
        'folder/00001'
    ]


def test_only_train_is_replaced(gta5):
    assert training_images(gta5, 'rein', 'val') == {17705}


def test_exclusion_list_of_ones_own(gta5, tmp_path):
    (tmp_path / 'bad.txt').write_text('00001\n\n12160\n')
    listed = GTA5Domain(str(gta5), 'train', exclude=str(tmp_path / 'bad.txt'))
    assert len(listed) == len(training_images(gta5, 'full')) - 2
    given = GTA5Domain(str(gta5), 'train', protocol='robustnet', exclude=['00002'])
    assert [given.get_data_info(0)['sample_name']] == ['00001']


def test_label_maps_follow_the_protocol(download):
    files = download('mapillary')
    load = [{'type': 'LoadTrainIds'}]
    robustnet, rein = (
        files.build(protocol=name, pipeline=load)[0]['gt_seg_map'] for name in ('robustnet', 'rein')
    )
    differing = set(files.raw[0][robustnet != rein].tolist())
    assert differing == {7, 8, 9, 10, 11, 14, 23, 41, 44, 46, 49} & set(files.raw[0].ravel())
    assert differing


def test_classes_that_are_averaged():
    lacking = {name: set(CLASSES) - set(PROTOCOLS[name].classes) for name in PROTOCOLS}
    assert lacking.pop('full-16') == {'terrain', 'truck', 'train'}
    assert lacking.pop('full-13') == {'terrain', 'truck', 'train', 'wall', 'fence', 'pole'}
    assert not any(lacking.values())


def test_unknown_protocol():
    with pytest.raises(ValueError, match="no protocol 'reins', only full, "):
        protocol_of('reins')


def test_data_sets_that_a_protocol_does_not_have():
    with pytest.raises(ValueError, match="'cnsn' does not say how 'mapillary' is evaluated, only"):
        protocol_of('cnsn').view('mapillary')
    assert protocol_of('hrda').view('a data set of ones own') == NATIVE


def test_protocols_cannot_be_changed():
    protocol = protocol_of('robustnet')
    with pytest.raises(FrozenInstanceError):
        protocol.version = 2
    with pytest.raises(TypeError):
        protocol.views['mapillary'] = NATIVE
    with pytest.raises(TypeError):
        PROTOCOLS['full'] = protocol


def test_digest_covers_everything_but_the_description():
    protocol = protocol_of('rein')
    same = replace(protocol, description='other words')
    assert same.describe()['sha256'] == protocol.describe()['sha256']
    for change in (
        {'version': 2},
        {'views': {**protocol.views, 'mapillary': View(scale=0.25)}},
        {'label_spaces': {}},
        {'exclude': {'gta5': ('00001',)}},
        {'classes': CLASSES[:-1]},
    ):
        assert replace(protocol, **change).describe()['sha256'] != protocol.describe()['sha256']
    digests = {each.describe()['sha256'] for each in PROTOCOLS.values()}
    assert len(digests) == len(PROTOCOLS)


def test_digest_covers_the_label_tables(monkeypatch):
    protocol = protocol_of('rein')
    before = protocol.describe()['sha256']
    space = LABEL_SPACES['mapillary_v1.2_rein']
    other = replace(space, train_ids={**space.train_ids, 0: 0})
    monkeypatch.setitem(LABEL_SPACES, space.name, other)
    assert protocol.describe()['sha256'] != before
