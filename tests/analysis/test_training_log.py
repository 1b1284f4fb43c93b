import json

from cnsn_seg.analysis.training_log import read_training_log


def write(work_dir, stamp: str, *lines: dict, rest: str = '') -> None:
    path = work_dir / stamp / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, lines)) + rest)


def test_a_resumed_run_is_one_curve_and_what_came_later_counts(tmp_path):
    write(
        tmp_path,
        '20260101_000000',
        dict(loss=3.0, lr=0.3, iter=1, step=1),
        dict(loss=2.0, lr=0.2, iter=2, step=2),
        {'gta/mIoU': 10.0, 'gta/aAcc': 50.0, 'step': 2},
        rest='\n{"loss": 1.0, "it',
    )
    write(tmp_path, '20260102_000000', dict(loss=1.5, lr=0.2, iter=2), dict(loss=1.0, lr=0, iter=3))
    log = read_training_log(tmp_path)
    assert log.loss == {1: 3.0, 2: 1.5, 3: 1.0}
    assert log.lr == {1: 0.3, 2: 0.2, 3: 0}
    assert log.validation == {'gta/mIoU': {2: 10.0}}


def test_without_training_there_is_no_log(tmp_path):
    write(tmp_path, '20260101_000000', {'gta/mIoU': 10.0, 'step': 2})
    assert read_training_log(tmp_path) is None
    assert read_training_log(tmp_path / 'nowhere') is None
