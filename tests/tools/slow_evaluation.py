"""Run ``tools/test.py`` on a miniature of 20 images, and note which images it loads."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tiny_checkpoint import ROOT, config_file, save_checkpoint

from cnsn_seg.miniature import make_miniature

TOOL = ROOT / 'tools/test.py'
NUM_IMAGES = 20
SLOW_LOADING = """
import os, time
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

@TRANSFORMS.register_module()
class NoteLoading(BaseTransform):
    def transform(self, results):
        with open(os.environ['LOADED'], 'a') as file:
            print(results['img_path'], file=file)
        time.sleep(float(os.environ['PAUSE']))
        return results
"""
CONFIG = """
_base_ = {base!r}
custom_imports = dict(imports=['cnsn_seg', 'slow_loading'])
pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='NoteLoading'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(_base_.val_gta5, pipeline=pipeline),
            dict(_base_.val_cityscapes, pipeline=pipeline),
            dict(_base_.val_bdd100k, pipeline=pipeline),
            dict(_base_.val_mapillary, pipeline=pipeline),
        ],
    ),
)
"""


def make_place(root: Path) -> Path:
    """Make a folder with the images, a config that notes what it loads, and a checkpoint."""
    make_miniature(root / 'data/miniature', train=1, val=NUM_IMAGES // 4)
    (root / 'slow_loading.py').write_text(SLOW_LOADING)
    (root / 'config.py').write_text(CONFIG.format(base=str(config_file('cnsn'))))
    save_checkpoint(root / 'work/a/iter_7.pth', 'cnsn')
    (root / 'output').write_text(run(root, 'work/a/iter_7.pth', '--out', 'whole').stdout)
    return root


def environment(root: Path, pause: float = 0) -> dict[str, str]:
    return os.environ | dict(
        OMP_NUM_THREADS='1',
        LOADED=str(root / 'loaded'),
        PAUSE=str(pause),
        PYTHONPATH=os.pathsep.join([str(ROOT), str(root)]),
    )


def run(root: Path, *args: str, ranks: int = 1) -> subprocess.CompletedProcess:
    (root / 'loaded').unlink(missing_ok=True)
    launcher = [sys.executable]
    if ranks > 1:
        launcher += ['-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={ranks}']
        args = (*args, '--launcher', 'pytorch')
    done = subprocess.run(
        [*launcher, TOOL, 'config.py', *args],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def interrupt(root: Path, *args: str, after: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Stop an evaluation once some images are in its journal."""
    journal = root / args[args.index('--out') + 1] / '.evaluation/rank0.jsonl'
    command = [sys.executable, TOOL, 'config.py', *args]
    with subprocess.Popen(
        command, cwd=root, env=environment(root, pause=0.2), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not journal.exists() or len(journal.read_text().splitlines()) <= after:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        assert process.wait() == (130 if how == signal.SIGINT else -how)
    assert not journal.parent.with_name('results.json').exists()


def loaded(root: Path) -> list[str]:
    path = root / 'loaded'
    return path.read_text().splitlines() if path.exists() else []
