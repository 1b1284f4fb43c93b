"""Number of images in the sets that these tests make."""

TRAIN, VAL = 3, 5
