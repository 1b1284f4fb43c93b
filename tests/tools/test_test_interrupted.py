"""``tools/test.py`` continues an evaluation that was interrupted."""

import json
import signal
from pathlib import Path

import pytest
from slow_evaluation import NUM_IMAGES, interrupt, loaded, make_place, run

from cnsn_seg.evaluation import read_results
from cnsn_seg.evaluation.image_counts import load_image_counts


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    return make_place(tmp_path_factory.mktemp('test'))


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
