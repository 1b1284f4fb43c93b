import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope
from mmseg.registry import MODELS
from small_evaluation import config, save

from cnsn_seg.evaluation.options import SCALES


@pytest.fixture
def network(small):
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(config().model).eval()
    state = torch.load(small / 'cnsn.pth', weights_only=True)['state_dict']
    model.load_state_dict(state)
    return model


def logits(network, image: np.ndarray) -> torch.Tensor:
    """Logits of a BGR image at its size, by hand."""
    pixels = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (
        [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]))  # fmt: skip
    with torch.no_grad():
        out = network.decode_head(network.backbone((pixels - mean) / std))
    return F.interpolate(out, pixels.shape[2:], mode='bilinear', align_corners=False)


def test_augmentation_averages_probabilities_over_scales_and_flips(tmp_path, network):
    results, found = save(tmp_path, domains=['gta'], tta=True, limit=1)
    assert results['settings']['tta']
    ((name, predicted),) = found.items()
    image = cv2.imread(f'data/miniature/gta5/images/{name.split("/")[1]}')
    height, width = image.shape[:2]
    total = torch.zeros(1, 19, height, width)
    for scale in SCALES:
        size = (int(width * scale + 0.5), int(height * scale + 0.5))
        resized = cv2.resize(image, size)
        for flipped in (False, True):
            out = logits(network, resized[:, ::-1] if flipped else resized)
            out = out.flip(3) if flipped else out
            out = F.interpolate(out, (height, width), mode='bilinear', align_corners=False)
            total += out.softmax(1)
    expected = total.argmax(1)[0].numpy()
    assert predicted.shape == expected.shape
    assert (predicted == expected).mean() > 0.999


def test_sliding_covers_images_of_any_size_with_windows_of_the_crop(tmp_path, network):
    (tmp_path / 'mine').mkdir()
    shapes = dict(wide=(128, 426, 3), small=(60, 90, 3))
    for index, (name, shape) in enumerate(shapes.items()):
        image = np.random.default_rng(index).integers(256, size=shape, dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'mine/{name}.png'), image)
    results, found = save(tmp_path, domains=[str(tmp_path / 'mine')], slide=True)
    assert results['settings'] == dict(
        mode='slide', crop_size=[128, 256], stride=[85, 171], tta=False, limit=None
    )
    wide = cv2.imread(str(tmp_path / 'mine/wide.png'))
    total = torch.zeros(1, 19, 128, 426)
    count = torch.zeros(1, 1, 128, 426)
    for left in (0, 170):  # the second window ends where the image does
        total[..., left : left + 256] += logits(network, wide[:, left : left + 256])
        count[..., left : left + 256] += 1
    assert (found['mine/wide.png'] == (total / count).argmax(1)[0].numpy()).mean() > 0.999
    small = logits(network, cv2.imread(str(tmp_path / 'mine/small.png'))).argmax(1)[0].numpy()
    assert (found['mine/small.png'] == small).mean() > 0.999
