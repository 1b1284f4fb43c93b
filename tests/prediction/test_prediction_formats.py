import numpy as np
import pytest
from cityscapesscripts.helpers.labels import trainId2label

from cnsn_seg.prediction.formats import FORMATS, check_classes

TRAIN_IDS = np.arange(19).reshape(1, 19)
IMAGE = np.full((1, 19, 3), 100, dtype=np.uint8)


def test_label_ids_and_colours_are_those_of_cityscapes_scripts():
    labels = [trainId2label[index] for index in range(19)]
    label_ids = FORMATS['label-ids'](IMAGE, TRAIN_IDS)
    assert label_ids.dtype == np.uint8
    assert label_ids.tolist() == [[label.id for label in labels]]
    mixed = FORMATS['overlay'](IMAGE, TRAIN_IDS)[0, :, ::-1].astype(float)
    expected = 50 + np.array([label.color for label in labels]) / 2
    np.testing.assert_allclose(mixed, expected, atol=0.5)


def test_train_ids_stay():
    found = FORMATS['train-ids'](IMAGE, TRAIN_IDS)
    assert found.dtype == np.uint8
    assert (found == TRAIN_IDS).all()


def test_formats_for_cityscapes_need_its_classes():
    for name in FORMATS:
        check_classes(name, 19)
    check_classes('train-ids', 16)
    with pytest.raises(ValueError, match=r'label-ids is for the 19 classes.* the model has 16'):
        check_classes('label-ids', 16)
