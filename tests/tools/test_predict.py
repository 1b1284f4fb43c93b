"""``tools/predict.py`` as a user runs it."""

import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
from tiny_checkpoint import ROOT, config_file, save_checkpoint

from cnsn_seg.engine import load_config
from cnsn_seg.evaluation import Options, evaluate, evaluate_all, plan_jobs
from cnsn_seg.miniature import make_miniature

TOOL = ROOT / 'tools/predict.py'
CITYSCAPES = Path('data/miniature/cityscapes')
IMAGES = CITYSCAPES / 'leftImg8bit/val'


@pytest.fixture(scope='module')
def _place(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('predict')
    make_miniature(root / 'data/miniature', domains=('cityscapes', 'gta5'), train=1, val=4)
    save_checkpoint(root / 'cnsn.pth', 'cnsn')
    return root


@pytest.fixture
def place(_place, monkeypatch) -> Path:
    monkeypatch.chdir(_place)
    return _place


@pytest.fixture
def run(place, monkeypatch, capsys):
    """Run the tool in this process; returns its exit code and what it printed."""

    def run(*args: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, 'argv', [str(TOOL), str(config_file('cnsn')), 'cnsn.pth', *args])
        code = 0
        try:
            runpy.run_path(str(TOOL), run_name='__main__')
        except SystemExit as exit_:
            code = exit_.code
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def ids(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_label_ids_pass_the_official_evaluation_and_score_what_ours_scores(
    run, place, tmp_path, monkeypatch
):
    assert run(str(IMAGES), '--out', str(tmp_path), '--format', 'label-ids')[0] == 0
    args = official.args
    for name, value in dict(
        predictionPath=str(tmp_path), predictionWalk=None, evalInstLevelScore=False,
        JSONOutput=False, quiet=True,
    ).items():  # fmt: skip
        monkeypatch.setattr(args, name, value, raising=False)
    truths = sorted(map(str, (CITYSCAPES / 'gtFine/val').rglob('*_labelIds.png')))
    theirs = official.evaluateImgLists(
        [official.getPrediction(args, truth) for truth in truths], truths, args
    )
    cfg = load_config(config_file('cnsn'), options={'test_dataloader.num_workers': 0})
    ours = evaluate(cfg, 'cnsn.pth', out=tmp_path / 'results', domains=['cityscapes'])
    domain = ours['domains']['cityscapes']
    for name, iou in zip(ours['classes'], domain['IoU'], strict=True):
        if iou is not None:
            assert iou / 100 == pytest.approx(theirs['classScores'][name], abs=1e-9)
    assert len(truths) == 4


def test_folders_patterns_and_videos_give_pictures_at_their_size(run, place, tmp_path):
    files = sorted(IMAGES.rglob('*.png'))
    size = cv2.imread(str(files[0])).shape[1::-1]
    video = cv2.VideoWriter(str(tmp_path / 'v.mp4'), cv2.VideoWriter.fourcc(*'mp4v'), 5, size)
    for path in files[:3]:
        video.write(cv2.imread(str(path)))
    video.release()
    out = tmp_path / 'out'
    code, _ = run(f'{IMAGES}/*/*.png', str(tmp_path / 'v.mp4'), '--out', str(out))
    assert code == 0
    expected = {path.relative_to(IMAGES) for path in files}
    found = {path.relative_to(out) for path in out.rglob('*') if path.is_file()}
    assert found == expected | {Path('v.mp4')}
    for name in expected:
        image, overlay = cv2.imread(str(IMAGES / name)), cv2.imread(str(out / name))
        assert overlay.shape == image.shape
        colours = 2 * overlay.astype(int) - image  # what was mixed in, up to rounding
        assert colours.min() >= -1
        assert colours.max() <= 256
    capture = cv2.VideoCapture(str(out / 'v.mp4'))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 3
    assert capture.get(cv2.CAP_PROP_FPS) == 5


def test_frames_as_ids_are_those_of_the_same_images(run, place, tmp_path):
    class Camera:
        """Shows the images of the miniature, without a codec in between."""

        def __init__(self, source):
            assert source == 0
            self.frames = iter(sorted(IMAGES.rglob('*.png')))

        def isOpened(self):
            return True

        def get(self, name):
            return 0

        def read(self):
            path = next(self.frames, None)
            return (False, None) if path is None else (True, cv2.imread(str(path)))

        def release(self):
            pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, 'VideoCapture', Camera)
        args = ('camera:0', '--out', str(tmp_path / 'frames'), '--format', 'train-ids')
        assert run(*args, '--frames', '3')[0] == 0
    assert run(str(IMAGES), '--out', str(tmp_path / 'images'), '--format', 'train-ids')[0] == 0
    images = sorted((tmp_path / 'images').rglob('*.png'))
    frames = sorted((tmp_path / 'frames/camera0').iterdir())
    assert len(frames) == 3
    for frame, image in zip(frames, images, strict=False):
        assert (ids(frame) == ids(image)).all()


def test_a_damaged_image_is_named_and_the_others_are_predicted(run, place, tmp_path):
    folder = tmp_path / 'in'
    folder.mkdir()
    good, other = sorted(IMAGES.rglob('*.png'))[:2]
    (folder / 'good.png').write_bytes(good.read_bytes())
    (folder / 'bad.png').write_bytes(good.read_bytes()[:999])
    (folder / 'z.png').write_bytes(other.read_bytes())
    code, output = run(str(folder), '--out', str(tmp_path / 'out'))
    assert code == 1
    assert f"passed over: image file '{folder}/bad.png' ends inside a chunk" in output
    assert '1 of 3 inputs could not be predicted completely: image file' in output
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == ['good.png', 'z.png']


def test_what_is_there_is_kept_unless_asked_for(run, place, tmp_path):
    image = tmp_path / 'a.png'
    image.write_bytes(next(IMAGES.rglob('*.png')).read_bytes())
    before = image.read_bytes()
    for more in ([], ['--overwrite']):
        code, output = run(str(image), '--out', str(tmp_path), *more)
        assert code == 1
        assert "a.png' is to be predicted: choose another --out" in output
        assert image.read_bytes() == before
    out = tmp_path / 'out'
    assert run(str(image), '--out', str(out), '--format', 'train-ids')[0] == 0
    kept = (out / 'a.png').read_bytes()
    code, output = run(str(image), '--out', str(out))
    assert code == 1
    assert 'exists already' in output
    assert (out / 'a.png').read_bytes() == kept
    assert run(str(image), '--out', str(out), '--overwrite')[0] == 0
    assert (out / 'a.png').read_bytes() != kept


def test_sliding_is_what_the_evaluation_does(run, place, tmp_path):
    options = ('--format', 'train-ids', '--slide', '--cfg-options', 'crop_size=(64,64)')
    assert run(str(IMAGES), '--out', str(tmp_path / 'ours'), *options)[0] == 0
    cfg = load_config(
        config_file('cnsn'), options={'test_dataloader.num_workers': 0, 'crop_size': (64, 64)}
    )
    jobs = plan_jobs(['cnsn.pth'], tmp_path / 'results', tmp_path / 'theirs')
    evaluate_all(cfg, jobs, Options(domains=['cityscapes'], slide=True))
    for path in (tmp_path / 'ours').rglob('*.png'):
        name = path.relative_to(tmp_path / 'ours')
        assert (ids(path) == ids(tmp_path / 'theirs/cityscapes' / name)).all()


@pytest.mark.parametrize(
    ('args', 'sentence'),
    [
        (['nowhere', '--out', 'out'], "there is no 'nowhere' to predict"),
        ([str(IMAGES), '--out', 'cnsn.pth'], "'cnsn.pth' cannot be a folder"),
        ([str(IMAGES), '--out', 'out', '--frames', '0'], '--frames is 0, expected 1 at least'),
    ],
)
def test_mistakes_end_with_one_sentence(args, sentence, run, place):
    code, output = run(*args)
    assert code == 1
    assert sentence in output.splitlines()[-1]
    assert not Path('out').exists()
