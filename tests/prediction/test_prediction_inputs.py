from pathlib import Path

import pytest

from cnsn_seg.prediction import plan_inputs


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ('a/2.png', 'a/10.JPG', 'a/sub/1.png', 'a/clip.MP4', 'a/.hidden.png', 'a/text.txt'):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


def names(*arguments: str) -> list[str]:
    return [str(found.name) for found in plan_inputs(arguments)]


def test_a_folder_gives_images_and_videos_in_natural_order(place):
    assert names('a') == ['2', '10', 'clip', 'sub/1']
    assert [found.is_image for found in plan_inputs(['a'])] == [True, True, False, True]


@pytest.mark.parametrize(
    ('pattern', 'expected'),
    [
        ('a/*.png', ['2']),
        ('a/**/*.png', ['2', 'sub/1']),
        ('*/sub/*.png', ['a/sub/1']),
        ('a/s*/1.png', ['sub/1']),
    ],
)
def test_matches_keep_their_path_behind_the_folders_without_a_wildcard(place, pattern, expected):
    assert names(pattern) == expected


def test_files_and_cameras_come_in_the_order_given(place):
    camera, file = plan_inputs(['camera:1', 'a/sub/1.png'])
    assert (camera.source, camera.is_camera, str(camera.name)) == (1, True, 'camera1')
    assert (file.source, file.is_camera, str(file.name)) == (Path('a/sub/1.png'), False, '1')


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(place):
    Path('a/[1].png').touch()
    assert names('a/[1].png') == ['[1]']


@pytest.mark.parametrize(
    ('arguments', 'error', 'sentence'),
    [
        (['b'], FileNotFoundError, "there is no 'b' to predict"),
        (['b/*.png'], FileNotFoundError, r"no image or video that matches 'b/\*.png'"),
        (['empty'], FileNotFoundError, "no image or video in 'empty'"),
        (['a/text.txt'], ValueError, "'a/text.txt' is neither an image"),
        (['camera:front'], ValueError, 'expected camera:0'),
        (['a/2.png', 'b/2.png'], ValueError, "'a/2.png' and 'b/2.png' would both be written as"),
        (['a', 'a/2.png'], ValueError, 'would both be written as'),
    ],
)
def test_what_cannot_be_predicted_is_named(place, arguments, error, sentence):
    Path('empty').mkdir()
    if 'b/2.png' in arguments:
        Path('b').mkdir()
        Path('b/2.png').touch()
    with pytest.raises(error, match=sentence):
        plan_inputs(arguments)
