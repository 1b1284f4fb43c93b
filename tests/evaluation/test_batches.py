from itertools import chain
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from cnsn_seg.evaluation.batches import remaining_batches


def part(name: str, count: int, step: int = 1, is_labelled: bool = True) -> SimpleNamespace:
    """A domain of which every ``step``-th image is evaluated."""
    indices = list(range(0, count, step))
    images = [(name, str(index)) for index in indices]
    return SimpleNamespace(
        dataset=range(count), indices=indices, images=images, is_labelled=is_labelled
    )


PARTS = [part('gta', 5), part('cityscapes', 9, step=2), part('mine', 3, is_labelled=False)]
IMAGES = {
    index: image
    for start, one in zip((0, 5, 14), PARTS, strict=True)
    for index, image in zip((start + i for i in one.indices), one.images, strict=True)
}


def test_batches_are_of_one_domain_and_images_without_labels_are_alone():
    batches, kept = remaining_batches(PARTS, 2, set())
    assert batches == [[0, 1], [2, 3], [4], [5, 7], [9, 11], [13], [14], [15], [16]]
    assert kept == set()


@given(st.integers(1, 6), st.sets(st.sampled_from(list(IMAGES.values()))))
def test_batches_are_those_of_the_whole_but_for_what_is_done(size, done):
    whole, _ = remaining_batches(PARTS, size, set())
    batches, kept = remaining_batches(PARTS, size, done)
    assert sorted(chain(*whole)) == list(IMAGES)
    assert all(batch in whole for batch in batches)
    assert kept <= done
    assert {IMAGES[index] for index in chain(*batches)} == set(IMAGES.values()) - kept
