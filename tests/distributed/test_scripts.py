"""``tools/dist_train.sh`` and ``tools/dist_test.sh`` do what ``train.py`` and ``test.py`` do."""

import subprocess
from pathlib import Path

import pytest
import torch
from launched import CONFIG, ROOT, SMALL, environment

from cnsn_seg.evaluation import read_results
from cnsn_seg.miniature import make_miniature

pytestmark = pytest.mark.slow
OPTIONS = [
    '--cfg-options',
    *SMALL,
    'train_cfg.max_iters=2',
    'train_dataloader.num_workers=0',
    'train_dataloader.persistent_workers=False',
]


def run(folder: Path, *command: str | Path | int) -> None:
    command = ['bash', *map(str, command)]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp('scripts')
    make_miniature(root / 'data/miniature', train=8, val=5)
    script = ROOT / 'tools/dist_train.sh'
    run(root, script, CONFIG, 2, '--work-dir', 'work', '--seed', '3', *OPTIONS)
    return root


def test_training_writes_one_checkpoint(place):
    checkpoint = torch.load(place / 'work/iter_2.pth', weights_only=True)
    assert checkpoint['meta']['seed'] == 3
    assert not [key for key in checkpoint['state_dict'] if key.startswith('module.')]


def test_evaluation_on_three_ranks_is_that_of_one(place):
    script = ROOT / 'tools/dist_test.sh'
    for ranks in (1, 3):
        run(place, script, CONFIG, 'work/iter_2.pth', ranks, '--out', f'on{ranks}', *OPTIONS)
    one, three = (read_results(place / f'on{ranks}')['domains'] for ranks in (1, 3))
    for domain in (*one.values(), *three.values()):
        del domain['seconds']
    assert len(one) == 4
    assert one == three
