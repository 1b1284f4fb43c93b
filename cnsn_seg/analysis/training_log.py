"""Read back what MMEngine logged while training."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class TrainingLog:
    """Curves of one training run, by iteration.

    Args:
        loss: Iteration to loss.
        lr: Iteration to learning rate.
        validation: Metric, such as ``'gta/mIoU'``, to its values by iteration.
    """

    loss: dict[int, float] = field(default_factory=dict)
    lr: dict[int, float] = field(default_factory=dict)
    validation: dict[str, dict[int, float]] = field(default_factory=dict)


def read_training_log(work_dir: str | Path) -> TrainingLog | None:
    """Read every ``*/vis_data/scalars.json`` of a work dir.

    A run that was interrupted has one for each start. They are read in the order of their time
    stamps, and what was logged later for an iteration counts.

    Args:
        work_dir: Folder of the checkpoints.

    Returns:
        The curves, None where no training was logged. Lines that are cut off are passed over.
    """
    log = TrainingLog()
    for path in sorted(Path(work_dir).glob('*/vis_data/scalars.json')):
        for line in _lines(path):
            if 'iter' in line and 'loss' in line:
                log.loss[line['iter']] = line['loss']
                log.lr[line['iter']] = line.get('lr', line.get('base_lr'))
            elif 'step' in line:
                for name in filter(lambda key: key.endswith('/mIoU'), line):
                    log.validation.setdefault(name, {})[line['step']] = line[name]
    return log if log.loss else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for text in path.read_text(encoding='utf-8').splitlines():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(line, dict):
            yield line
