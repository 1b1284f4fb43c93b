import numpy as np
from PIL import Image

from cnsn_seg.datasets.label_spaces import PALETTE
from cnsn_seg.reporting.panel import PanelRow, colour, save_panel


def test_colours_are_those_of_cityscapes_and_ignored_pixels_are_black():
    painted = colour(np.array([[0, 18], [255, 13]]))
    assert painted.dtype == np.uint8
    assert painted.tolist() == [[list(PALETTE[0]), list(PALETTE[18])], [[0, 0, 0], [0, 0, 142]]]


def test_panel_shows_every_class_colour_it_is_given(tmp_path):
    truth = np.repeat(np.arange(19), 40).reshape(1, -1).repeat(200, axis=0)
    row = PanelRow('gta', np.zeros((*truth.shape, 3), np.uint8), truth, dict(baseline=truth))
    save_panel(tmp_path / 'new' / 'panel.png', [row, row])
    picture = np.asarray(Image.open(tmp_path / 'new' / 'panel.png').convert('RGB'))
    shown = set(map(tuple, picture.reshape(-1, 3).tolist()))
    assert set(PALETTE) <= shown
