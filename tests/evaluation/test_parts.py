import cv2
import numpy as np
import pytest
from tiny_checkpoint import config_file

from cnsn_seg.datasets import CityscapesDomain
from cnsn_seg.engine import load_config
from cnsn_seg.evaluation.options import Options
from cnsn_seg.evaluation.parts import plan_parts, unofficial
from cnsn_seg.miniature import make_miniature


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('parts')
    make_miniature(root / 'data/miniature', train=1, val=5)
    return root


@pytest.fixture
def plan(data, monkeypatch):
    """Plan an evaluation of the miniature."""
    monkeypatch.chdir(data)

    def planned(change=lambda cfg: None, **options):
        cfg = load_config(config_file())
        change(cfg)
        return plan_parts(cfg, Options(**options))

    return planned


def stems(part):
    return [name for _, name in part.images]


def test_domains_come_first_then_their_corruptions(plan):
    parts = plan(domains=['mapillary', 'gta'], corruptions=['snow', 'fog'], severities=[5, 1])
    assert [part.name for part in parts] == [
        'mapillary',
        'gta',
        *(f'{domain}+{name}-{severity}' for domain in ('mapillary', 'gta')
          for name in ('snow', 'fog') for severity in (1, 5)),
    ]  # fmt: skip
    assert parts[0].corruption is None
    assert parts[3].corruption == dict(domain='mapillary', name='snow', severity=5)
    assert stems(parts[3]) == stems(parts[0])
    steps = [step['type'] for step in parts[3].config['pipeline']]
    assert steps[:2] == ['LoadImage', 'Corrupt']
    assert parts[3].config['pipeline'][1] == dict(type='Corrupt', name='snow', severity=5)


@pytest.mark.parametrize(
    ('limit', 'chosen'), [(1, [0]), (2, [0, 2]), (3, [0, 1, 3]), (9, range(5))]
)
def test_a_limit_spreads_over_the_list(plan, limit, chosen):
    (whole,) = plan(domains=['gta'])
    (part,) = plan(domains=['gta'], limit=limit)
    assert stems(part) == [stems(whole)[index] for index in chosen]
    assert part.num_expected == whole.num_expected == 5


def test_images_that_the_config_leaves_out_are_expected(plan):
    def exclude(cfg):
        gta = cfg.test_dataloader.dataset.datasets[0]
        gta.exclude = [name, 'no such name']

    name = stems(plan(domains=['gta'])[0])[2]
    (part,) = plan(exclude, domains=['gta'])
    assert name not in stems(part)
    assert len(stems(part)) == 4
    assert part.num_expected == 5


def test_what_differs_from_the_release_is_said(plan, monkeypatch):
    parts = plan(domains=['gta', 'cityscapes'])
    assert unofficial(parts) == 'gta 5 of 6382, cityscapes 5 of 500'
    monkeypatch.setattr(CityscapesDomain, 'official_counts', dict(val=5))
    assert unofficial(parts) == 'gta 5 of 6382'


def test_folders_are_told_from_domains(plan, data):
    folder = data / 'pictures/a'
    (folder / 'b').mkdir(parents=True)
    for name in ('x.jpg', 'b/y.PNG', 'b/.hidden.png'):
        cv2.imwrite(str(folder / name), np.zeros((4, 5, 3), np.uint8))
    (folder / 'notes.txt').touch()
    domain, part = plan(domains=[str(folder), 'gta'])
    assert (domain.name, domain.is_labelled) == ('gta', True)
    assert (part.name, part.is_labelled, part.folder) == ('a', False, folder)
    assert part.images == [('a', 'b/y'), ('a', 'x')]
    (folder / 'x.png').touch()
    with pytest.raises(ValueError, match=r"two files for one sample, 'x\.\w+' and 'x\.\w+'"):
        plan(domains=[str(folder)])


def test_a_folder_with_the_name_of_a_domain_is_refused(plan, data):
    (data / 'pictures/idd').mkdir(parents=True, exist_ok=True)
    with pytest.raises(ValueError, match=r"pictures/idd' would be reported as 'idd', which is a"):
        plan(domains=['pictures/idd'])
