"""cityscapesScripts' own evaluation of the same label files and predictions."""

import numpy as np
import pytest
import torch
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
from cityscapesscripts.helpers.labels import labels as LABELS
from PIL import Image

from cnsn_seg.datasets.decoding import decode_label
from cnsn_seg.datasets.label_spaces import CATEGORIES, CLASSES, LABEL_SPACES
from cnsn_seg.evaluation import DomainIoUMetric
from cnsn_seg.evaluation.confusion import grouped, scores

RAW_IDS = [label.id for label in LABELS if label.id >= 0]
TO_RAW_ID = np.array([next(x.id for x in LABELS if x.trainId == train) for train in range(19)])
NAMES = [f'frankfurt_{sequence:06}_000019' for sequence in range(5)]


@pytest.fixture(scope='module')
def frames(tmp_path_factory):
    """Label files with every raw id, in patches, and predictions of which half are right."""
    folder, rng = tmp_path_factory.mktemp('gtFine'), np.random.default_rng(0)
    predictions, truths = [], []
    for name in NAMES:
        truth = rng.choice(RAW_IDS, (12, 24)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
        guess = rng.choice(TO_RAW_ID, truth.shape)
        is_right = (rng.random(truth.shape) < 0.5) & np.isin(truth, TO_RAW_ID)
        prediction = np.where(is_right, truth, guess).astype(np.uint8)
        for ids, suffix, paths in (
            (truth, 'gtFine_labelIds', truths),
            (prediction, 'pred_labelIds', predictions),
        ):
            paths.append(folder / f'{name}_{suffix}.png')
            Image.fromarray(ids).save(paths[-1])
    return predictions, truths


@pytest.fixture(scope='module')
def expected(frames):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dict(evalInstLevelScore=False, JSONOutput=False, quiet=True).items():
            patch.setattr(official.args, name, value)
        files = [[str(path) for path in paths] for paths in frames]
        return official.evaluateImgLists(*files, official.args)


@pytest.fixture(scope='module')
def matrix(frames):
    """Counts of the same files, read as tools/test.py reads them."""
    metric, space = DomainIoUMetric(), LABEL_SPACES['cityscapes']
    metric.dataset_meta = dict(classes=list(CLASSES))
    for prediction, truth in zip(*frames, strict=True):
        train_ids = [space.to_train_ids(decode_label(p.read_bytes())) for p in (truth, prediction)]
        data = [dict(data=torch.from_numpy(ids)[None]) for ids in train_ids]
        sample = dict(gt_sem_seg=data[0], pred_sem_seg=data[1], img_path=str(truth))
        metric.process({}, [dict(sample, domain='cityscapes')])
    metric.evaluate(len(NAMES))
    return metric.matrices['cityscapes']


def test_the_confusion_matrices_are_the_same(matrix, expected):
    theirs = np.array(expected['confMatrix'])[np.ix_(TO_RAW_ID, TO_RAW_ID)]
    assert np.array_equal(matrix, theirs)


def test_iou_of_every_class_is_the_same(matrix, expected):
    theirs = [expected['classScores'][name] for name in CLASSES]
    found = scores(matrix)
    np.testing.assert_allclose(found.iou / 100, theirs, rtol=0, atol=1e-9)
    assert found.miou / 100 == pytest.approx(expected['averageScoreClasses'], abs=1e-9)


def test_iou_of_every_category_is_the_same(matrix, expected):
    groups = [[CLASSES.index(name) for name in names] for names in CATEGORIES.values()]
    theirs = [expected['categoryScores'][name] for name in CATEGORIES]
    found = scores(grouped(matrix, groups))
    np.testing.assert_allclose(found.iou / 100, theirs, rtol=0, atol=1e-9)
    assert found.miou / 100 == pytest.approx(expected['averageScoreCategories'], abs=1e-9)
