"""``tools/test.py`` as a user runs it."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from slow_evaluation import TOOL, make_place, run
from tiny_checkpoint import save_checkpoint

from cnsn_seg.evaluation import read_results
from cnsn_seg.evaluation.image_counts import load_image_counts


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    return make_place(tmp_path_factory.mktemp('test'))


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
