import json

import pytest
from example_results import domain, example

from cnsn_seg.evaluation.results import read_results, write_json


@pytest.fixture
def written(tmp_path):
    def write(content):
        write_json(tmp_path / 'results.json', content)
        return tmp_path / 'results.json'

    return write


def test_what_was_written_is_read_from_the_file_or_its_folder(written):
    path = written(example())
    assert read_results(path) == read_results(path.parent) == json.loads(path.read_text())


def test_null_is_allowed_where_the_schema_says_so(written):
    content = example(seed=None, trained_under=None, unseen=None)
    content['domains']['gta'].update(mIoU=None, files_sha256=None)
    content['checkpoint']['iteration'] = None
    assert read_results(written(content)) == content


def changed(path, value):
    content = json.loads(json.dumps(example()))
    *parents, last = path
    inner = content
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return content


@pytest.mark.parametrize(
    ('path', 'value', 'sentence'),
    [
        (['schema_version'], 2, "'schema_version' should be 3, but is 2"),
        (['final'], 1, "'final' should be true or false, but is 1"),
        (['seed'], True, "'seed' should be an integer, but is True"),
        (['classes'], 'road', "'classes' should be a list, but is 'road'"),
        (['settings', 'mode'], 'crop', "'settings.mode' should be 'whole' or 'slide'"),
        (['domains', 'gta', 'mIoU'], '71', "'domains.gta.mIoU' should be a number, but is '71'"),
        (['domains', 'gta', 'IoU', 1], [], "'domains.gta.IoU.1' should be a number, but is []"),
        (['domains', 'gta', 'IoU'], [1.0], "'domains.gta.IoU' should have 3 entries"),
        (['domains', 'gta', 'confusion', 2], [1], "'domains.gta.confusion' should have 3 columns"),
        (['domains', 'gta'], None, "'domains.gta' should be an object, but is null"),
        (['unseen'], [], "'unseen' should be an object, but is []"),
        (['checkpoint'], 'iter_1.pth', "'checkpoint' should be an object, but is 'iter_1.pth'"),
    ],
)
def test_the_first_key_that_is_wrong_is_named_with_its_file(path, value, sentence, written):
    with pytest.raises(ValueError) as error:
        read_results(written(changed(path, value)))
    assert sentence in str(error.value)
    assert "results.json' is no results.json of this version" in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('key', ['protocol', 'domains', 'images', 'schema_version'])
def test_a_key_that_is_missing_is_named(key, written):
    content = example()
    del content[key]
    with pytest.raises(ValueError, match=f"'{key}' is missing"):
        read_results(written(content))


def test_other_files_are_refused(tmp_path, written):
    with pytest.raises(FileNotFoundError, match=r'tools/test\.py writes'):
        read_results(tmp_path)
    with pytest.raises(ValueError, match='should be an object'):
        read_results(written([1, 2]))
    (tmp_path / 'results.json').write_text('{"schema_version": 3')
    with pytest.raises(ValueError, match=r'is not JSON .* evaluate again'):
        read_results(tmp_path)


def test_a_corrupted_domain_is_valid(written):
    content = example()
    name = dict(domain='cityscapes', name='fog', severity=3)
    content['domains']['cityscapes+fog-3'] = domain([[1, 0, 0]] * 3, corruption=name)
    content['corruptions'] = dict(cityscapes=dict(mIoU=33.0, by_corruption=dict(fog={'3': 33.0})))
    assert read_results(written(content)) == content
