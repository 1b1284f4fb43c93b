"""What is left to do of an evaluation, in batches that never change."""

from collections.abc import Collection, Sequence

from .parts import Image, Part


def remaining_batches(
    parts: Sequence[Part], batch_size: int, done: Collection[Image]
) -> tuple[list[list[int]], set[Image]]:
    """Split what is left to do into batches.

    How images share a batch may alter the last bits of a prediction, so a batch is always the
    same, whatever is done already and by how many ranks: images of one domain that follow each
    other. A batch is left out if all of it is done. Images without labels differ in size and are
    alone.

    Returns:
        Batches of indices into the concatenation of the parts' data sets, and the images of
        ``done`` that are not evaluated again.
    """
    batches, kept, start = [], set(), 0
    for part in parts:
        size = batch_size if part.is_labelled else 1
        for first in range(0, len(part.indices), size):
            images = part.images[first : first + size]
            if all(image in done for image in images):
                kept.update(images)
            else:
                batches.append([start + index for index in part.indices[first : first + size]])
        start += len(part.dataset)
    return batches, kept
