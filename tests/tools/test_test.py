"""``tools/test.py`` as a user runs it: interrupted, on several ranks, with mistakes."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tiny_checkpoint import ROOT, config_file, save_checkpoint

from cnsn_seg.evaluation import read_results
from cnsn_seg.evaluation.image_counts import load_image_counts
from cnsn_seg.miniature import make_miniature

TOOL = ROOT / 'tools/test.py'
NUM_IMAGES = 20
SLOW_LOADING = """
import os, time
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

@TRANSFORMS.register_module()
class NoteLoading(BaseTransform):
    def transform(self, results):
        with open(os.environ['LOADED'], 'a') as file:
            print(results['img_path'], file=file)
        time.sleep(float(os.environ['PAUSE']))
        return results
"""
CONFIG = """
_base_ = {base!r}
custom_imports = dict(imports=['cnsn_seg', 'slow_loading'])
pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='NoteLoading'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(_base_.val_gta5, pipeline=pipeline),
            dict(_base_.val_cityscapes, pipeline=pipeline),
            dict(_base_.val_bdd100k, pipeline=pipeline),
            dict(_base_.val_mapillary, pipeline=pipeline),
        ],
    ),
)
"""


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    """A folder with a miniature of 20 images, a config that notes what it loads, a checkpoint."""
    root = tmp_path_factory.mktemp('test')
    make_miniature(root / 'data/miniature', train=1, val=NUM_IMAGES // 4)
    (root / 'slow_loading.py').write_text(SLOW_LOADING)
    (root / 'config.py').write_text(CONFIG.format(base=str(config_file('cnsn'))))
    save_checkpoint(root / 'work/a/iter_7.pth', 'cnsn')
    (root / 'output').write_text(run(root, 'work/a/iter_7.pth', '--out', 'whole').stdout)
    return root


def environment(root: Path, pause: float = 0) -> dict[str, str]:
    return os.environ | dict(
        OMP_NUM_THREADS='1',
        LOADED=str(root / 'loaded'),
        PAUSE=str(pause),
        PYTHONPATH=os.pathsep.join([str(ROOT), str(root)]),
    )


def run(root: Path, *args: str, ranks: int = 1) -> subprocess.CompletedProcess:
    (root / 'loaded').unlink(missing_ok=True)
    launcher = [sys.executable]
    if ranks > 1:
        launcher += ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={ranks}']
        args = (*args, '--launcher', 'pytorch')
    done = subprocess.run(
        [*launcher, TOOL, 'config.py', *args],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def interrupt(root: Path, *args: str, after: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Stop an evaluation once some images are in its journal."""
    journal = root / args[args.index('--out') + 1] / '.evaluation/rank0.jsonl'
    command = [sys.executable, TOOL, 'config.py', *args]
    with subprocess.Popen(
        command, cwd=root, env=environment(root, pause=0.2), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not journal.exists() or len(journal.read_text().splitlines()) <= after:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        assert process.wait() == (130 if how == signal.SIGINT else -how)
    assert not journal.parent.with_name('results.json').exists()


def loaded(root: Path) -> list[str]:
    path = root / 'loaded'
    return path.read_text().splitlines() if path.exists() else []


def findings(folder: Path) -> dict:
    """What an evaluation found, without how it was started and how long it took."""
    results = read_results(folder)
    for domain in results['domains'].values():
        del domain['seconds']
    how = ('config', 'predictions', 'images', 'seconds')
    return {key: value for key, value in results.items() if key not in how}


def assert_same(root: Path, out: str) -> None:
    assert findings(root / out) == findings(root / 'whole')
    ours, theirs = (load_image_counts(root / name / 'images.npz') for name in (out, 'whole'))
    assert list(ours) == list(theirs)
    for domain, counts in ours.items():
        assert counts.names == theirs[domain].names
        assert (counts.confusion == theirs[domain].confusion).all()
    assert not (root / out / '.evaluation').exists()


def test_images_add_up_to_the_domains_and_nothing_else_is_left(place):
    results = read_results(place / 'whole')
    assert results['final']
    counts = load_image_counts(place / 'whole/images.npz')
    for name, domain in results['domains'].items():
        assert (counts[name].confusion.sum(0) == np.array(domain['confusion'])).all()
        assert len(counts[name].names) == domain['num_images'] == domain['num_expected'] == 5
    assert sorted(path.name for path in (place / 'whole').iterdir()) == [
        'images.npz',
        'results.json',
    ]


def test_a_killed_evaluation_continues_and_ends_with_the_same_numbers(place):
    args = ['work/a/iter_7.pth', '--out', 'killed', '--save-predictions', 'killed_predictions']
    interrupt(place, *args, after=8)
    journal = place / 'killed/.evaluation/rank0.jsonl'
    domains = [json.loads(line)['domain'] for line in journal.read_text().splitlines()[1:]]
    counts = [domains.count(name) for name in set(domains)]
    done = sum(count if count == 5 else count - count % 2 for count in counts)  # whole batches
    journal.write_text(journal.read_text() + '{"domain": "gta", "na')
    output = run(place, *args).stdout
    assert f'continues, {done} images are done' in output.replace('\n', ' ')
    assert len(loaded(place)) == len(set(loaded(place))) == NUM_IMAGES - done
    assert_same(place, 'killed')
    assert len(list((place / 'killed_predictions').rglob('*.png'))) == NUM_IMAGES


def test_an_evaluation_may_continue_on_other_ranks(place):
    args = ['work/a/iter_7.pth', '--out', 'ranks']
    interrupt(place, *args, after=4, how=signal.SIGINT)
    run(place, *args, ranks=2)
    assert len(loaded(place)) <= NUM_IMAGES - 4
    assert_same(place, 'ranks')


def test_another_evaluation_starts_anew(place):
    args = ['work/a/iter_7.pth', '--out', 'anew']
    interrupt(place, *args, '--limit', '4', after=4)
    assert 'starts anew' in run(place, *args).stdout
    assert len(loaded(place)) == NUM_IMAGES
    assert_same(place, 'anew')


@pytest.fixture
def mistake(place, monkeypatch, capsys):
    """Run the tool in this process and return the sentence that it ends with."""
    monkeypatch.chdir(place)
    monkeypatch.syspath_prepend(place)

    def end(*args: str) -> str:
        before = sorted(place.rglob('*'))
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *args])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_path(str(TOOL), run_name='__main__')
        assert exit_.value.code == 1
        assert sorted(path for path in place.rglob('*') if '__pycache__' not in str(path)) == [
            path for path in before if '__pycache__' not in str(path)
        ]
        return capsys.readouterr().err.splitlines()[-1]

    return end


GOOD = 'work/a/iter_7.pth'


@pytest.mark.parametrize(
    ('args', 'sentence'),
    [
        (['nowhere.pth'], "there is no checkpoint 'nowhere.pth'"),
        ([GOOD, 'nowhere.pth'], "there is no checkpoint 'nowhere.pth'"),
        ([GOOD, f'./{GOOD}'], "'work/a/iter_7.pth' is given twice"),
        (['config.py'], "'config.py' is no checkpoint"),
        ([GOOD, '--domains', 'citiscapes'], "did you mean 'cityscapes'?"),
        ([GOOD, '--protocol', 'robust'], "there is no protocol 'robust', only full,"),
        ([GOOD, '--limit', '0'], 'the limit is 0 images a domain, expected 1 at least'),
        ([GOOD, '--corruptions', 'frog'], "there is no corruption 'frog', only"),
        ([GOOD, '--corruptions', 'fog', '--severities', '6'], 'severity 6 is not one of'),
        ([GOOD, '--out', 'config.py/x'], "'config.py/x' cannot be a folder: "),
        (
            [GOOD, '--domains', 'data/miniature/gta5/images'],
            "images' has no labels to compare with",
        ),
        (
            [GOOD, '--slide', '--cfg-options', 'model.test_cfg=None'],
            '--slide needs a model with test_cfg',
        ),
        (
            [GOOD, '--protocol', 'cnsn'],
            "protocol 'cnsn' does not say how 'bdd100k' is evaluated, only gta5, cityscapes",
        ),
    ],
)
def test_mistakes_end_with_one_sentence_before_anything_is_written(args, sentence, mistake):
    end = mistake('config.py', *args)
    assert end.startswith('error: ')
    assert sentence in end


def test_results_are_shown(place):
    save_checkpoint(place / 'work/b/iter_7.pth', 'sn', seed=1)
    args = ['work/a/iter_7.pth', 'work/b/iter_7.pth', '--domains', 'gta', 'mapillary']
    output = run(place, *args, '--limit', '2', '--out', 'both').stdout
    lines = [' '.join(line.split()) for line in output.splitlines()]
    for name in ('a', 'b'):
        found = read_results(place / 'both' / name)
        scores = [found['domains'][domain]['mIoU'] for domain in ('gta', 'mapillary')]
        row = ' '.join([name, *(f'{score:.2f}' for score in (*scores, scores[1]))])
        assert row in lines
    assert 'NOT FINAL' in output
    single = (place / 'output').read_text()
    assert 'gta (source)' in single
    assert 'motorcycle' in single
    assert 'NOT FINAL' not in single
