import pytest

from cnsn_seg.datasets import protocol_of
from cnsn_seg.evaluation import check_comparable


def result(protocol='full', files='a', tta=False, **domains):
    domains = domains or {'cityscapes': 500}
    return dict(
        protocol=protocol_of(protocol).describe(),
        settings=dict(mode='whole', tta=tta),
        domains={
            name: dict(num_images=count, files_sha256=f'{files}{count}')
            for name, count in domains.items()
        },
    )


def test_equal_protocols_and_files_may_stand_together():
    check_comparable({'a': result(), 'b': result(), 'c': result(bdd100k=1000)})
    check_comparable({'a': result()})


def test_other_protocols_are_refused_with_the_fields_that_differ():
    message = (
        r"'a' and 'b' cannot be compared, because they follow the protocols 'full' version 1 and "
        r"'rein' version 1, which differ in views, other_views, label_spaces, train_splits"
    )
    with pytest.raises(ValueError, match=message):
        check_comparable({'a': result(), 'b': result('rein')})


def test_other_numbers_of_classes_are_refused():
    with pytest.raises(ValueError, match='which differ in classes'):
        check_comparable({'a': result('full-16'), 'b': result('full-13')})


def test_other_ways_to_apply_the_model_are_refused():
    with pytest.raises(ValueError, match='were evaluated with tta False and True'):
        check_comparable({'a': result(), 'b': result(tta=True)})


@pytest.mark.parametrize('other', [result(cityscapes=499), result(files='b')])
def test_other_files_are_refused(other):
    with pytest.raises(ValueError, match="evaluated different files of 'cityscapes'"):
        check_comparable({'a': result(), 'b': result(), 'c': other})
