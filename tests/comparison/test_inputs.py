import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_results import confusions, draw_confusion, write_result

from cnsn_seg.comparison import compare, load_results
from cnsn_seg.comparison.inputs import check_results, load_counts
from cnsn_seg.reporting import save_comparison


def test_files_folders_and_names_can_be_given(tmp_path):
    write_result(tmp_path / 'runs/b/deep', method='b')
    write_result(tmp_path / 'runs/a', method='a')
    write_result(tmp_path / 'c', method='c')
    (tmp_path / 'x=y').mkdir()
    write_result(tmp_path / 'x=y', method='d')
    arguments = ['runs', 'c/results.json', 'new=c', 'x=y']
    found = load_results(
        [a.replace('=c', f'={tmp_path}/c') if '=c' in a else f'{tmp_path}/{a}' for a in arguments]
    )
    assert [result.method for result in found] == ['a', 'b', 'c', 'new', 'd']


def test_paths_that_are_not_there_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no 'nowhere'"):
        load_results(['nowhere'])
    with pytest.raises(FileNotFoundError, match=r'no results\.json in or below'):
        load_results([str(tmp_path)])


def test_results_that_are_no_two_seeds_of_a_method_are_refused(tmp_path):
    def pair(**more):
        for name in ('one', 'two'):
            shutil.rmtree(tmp_path / name, ignore_errors=True)
        write_result(tmp_path / 'one', seed=0)
        write_result(tmp_path / 'two', **{'seed': 1, **more})
        return load_results([str(tmp_path)])

    check_results(pair())
    check_results(pair(seed=None))
    write_result(tmp_path / 'one', seed=None)
    check_results(load_results([str(tmp_path)]))
    check_results(pair(seed=0, method='other'))
    with pytest.raises(
        ValueError, match=r"two/results.json' are both called 'baseline' but have the same seed"
    ):
        check_results(pair(seed=0))
    same = json.loads((tmp_path / 'one/results.json').read_text())['checkpoint']
    with pytest.raises(ValueError, match='evaluate the same checkpoint'):
        check_results(pair(checkpoint=same))
    with pytest.raises(ValueError, match=r'were trained on gta and gta \+ synthia'):
        check_results(pair(source=['gta', 'synthia']))
    with pytest.raises(ValueError, match='follow the protocols'):
        check_results(pair(protocol='hrda'))
    with pytest.raises(ValueError, match='no results'):
        check_results([])


def test_images_that_do_not_belong_to_the_result_are_refused(tmp_path):
    (result,) = load_results([str(write_result(tmp_path))])
    assert list(load_counts(result)) == ['gta', 'cityscapes', 'bdd100k']
    other = confusions(seed=5)
    write_result(tmp_path / 'other', other)
    shutil.copy(tmp_path / 'other/images.npz', tmp_path)
    with pytest.raises(ValueError, match='its SHA-256 differs'):
        load_counts(result)

    content = json.loads((tmp_path / 'other/results.json').read_text())
    write_result(tmp_path / 'other', other | {'gta': draw_confusion(9, 8, 0.5)})
    mixed = json.loads((tmp_path / 'other/results.json').read_text())
    mixed['domains'] = content['domains']
    (tmp_path / 'other/results.json').write_text(json.dumps(mixed))
    (result,) = load_results([str(tmp_path / 'other')])
    with pytest.raises(ValueError, match="do not add up to the confusion matrix of 'gta'"):
        load_counts(result)


def test_classes_that_are_averaged_must_exist(tmp_path):
    path = write_result(tmp_path)
    content = json.loads(path.read_text())
    content['protocol']['classes'].append('dragon')
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='averages over dragon, but has no such class'):
        load_results([str(path)])


JUNK = st.none() | st.booleans() | st.integers(-5, 5) | st.just(1e300) | st.text(max_size=3)
JUNK |= st.lists(JUNK, max_size=2) | st.dictionaries(st.text(max_size=3), JUNK, max_size=2)


def places(value, path=()):
    """Every place in a JSON value; of long lists the first two."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(min(2, len(value))):
            yield from places(value[index], (*path, index))


@pytest.fixture(scope='module')
def pair(tmp_path_factory):
    root = tmp_path_factory.mktemp('pair')
    few = dict(gta=2, cityscapes=3)
    write_result(root / 'a', confusions(0, **few), method='a')
    return root, write_result(root / 'b', confusions(1, **few), method='b')


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_results_are_refused_with_one_sentence_or_compared(pair, data):
    root, path = pair
    intact = path.read_text()
    content = json.loads(intact)
    where = data.draw(st.sampled_from([place for place in places(content) if place]))
    inner = content
    for key in where[:-1]:
        inner = inner[key]
    if data.draw(st.booleans()):
        del inner[where[-1]]
    else:
        inner[where[-1]] = data.draw(JUNK)
    path.write_text(json.dumps(content))
    try:
        save_comparison(root / 'out', compare(load_results([str(root)])))
    except (ValueError, OSError) as error:
        message = str(error)
        assert '\n' not in message
        assert str(path) in message or 'images.npz' in message
    finally:
        path.write_text(intact)
