import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnsn_seg.prediction.segmenter import in_fitting_batches


class Memory:
    """Segments by taking the first channel, and has room for a number of pixels."""

    def __init__(self, pixels: int = 10**9) -> None:
        self.pixels = pixels
        self.batches: list[int] = []

    def __call__(self, images):
        assert len({image.shape for image in images}) == 1
        if sum(image[..., 0].size for image in images) > self.pixels:
            raise torch.OutOfMemoryError
        self.batches.append(len(images))
        return [image[..., 0] for image in images]


def stream(sides):
    return [(i, np.full((side, side, 3), i, dtype=np.uint8)) for i, side in enumerate(sides)]


@given(st.lists(st.integers(1, 3), max_size=40), st.integers(9, 60), st.sampled_from([1, 2, 5, 32]))
def test_every_image_comes_back_once_in_order_whatever_fits(sides, pixels, largest):
    memory = Memory(pixels)
    found = list(in_fitting_batches(stream(sides), memory, largest))
    assert [key for key, _, _ in found] == list(range(len(sides)))
    for key, image, train_ids in found:
        assert image.shape == (sides[key], sides[key], 3)
        assert (train_ids == key).all()
    assert max(memory.batches, default=1) <= largest


def test_batches_grow_until_the_memory_is_full():
    memory = Memory(pixels=5)
    list(in_fitting_batches(stream([1] * 20), memory, 32))
    assert memory.batches == [1, 2, 4, 4, 4, 4, 1]


def test_images_are_taken_as_they_come():
    """A stream, which may be endless, is not collected first."""
    endless = ((i, np.zeros((1, 1, 3), dtype=np.uint8)) for i in iter(int, 1))
    assert next(in_fitting_batches(endless, Memory(), 4))[0] == 0


def test_an_image_that_does_not_fit_alone_is_an_error():
    with pytest.raises(MemoryError, match=r'not enough memory for an image of 4x4.*--slide'):
        list(in_fitting_batches(stream([4]), Memory(pixels=9), 32))
