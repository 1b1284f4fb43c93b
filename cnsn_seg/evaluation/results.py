"""``results.json``: what one evaluation found, and everything needed to trust it.

The file holds one object, whose types are in :mod:`cnsn_seg.evaluation.schema`::

    schema_version  3
    config          {path, content}: path of the config and its resolved content, with the model
                    and the domains that were really used; what test-time augmentation and
                    corruptions add to the pipelines is told by settings and domains
    checkpoint      {path, sha256, iteration}; iteration is null where the checkpoint does not say
    method          name for tables: `method` in the config that the checkpoint was trained with,
                    else that config's name; of the evaluation's config where the checkpoint does
                    not say
    seed            seed of the training; null where the checkpoint does not say
    protocol        the evaluation protocol as :meth:`Protocol.describe` spells it out; its sha256
                    covers all of it but the description, and the label tables it names
    trained_under   name of the protocol that the training run followed; null where the checkpoint
                    does not say
    selection       {metrics, target_domains}: how the training run chose its best checkpoint;
                    null where the checkpoint does not say
    source          domains that training saw
    classes         names of the classes, in the order of every list below
    categories      category -> names of its classes, the seven of Cityscapes
    settings        {mode, crop_size, stride, tta, limit}: 'whole' or 'slide'; window and stride of
                    the latter as [height, width], else null; whether predictions were averaged
                    over scales and flips; images that a domain was limited to, or null
    final           whether every domain was evaluated on all images of its protocol
    domains         domain -> {num_images, num_expected, mIoU, mAcc, mPrecision, aAcc, fwIoU,
                    category_mIoU, IoU, accuracy, precision, category_IoU, absent_classes,
                    confusion, files_sha256, seconds, corruption}, in detail below
    unseen          {domains, mIoU}: plain mean of mIoU over the domains that are neither in source
                    nor corrupted; null without any
    corruptions     domain -> {mIoU, by_corruption: corruption -> {severity: mIoU}}; the mean is
                    over all of them; {} without any
    unlabelled      [{name, folder, num_images}]: folders of images without labels, predicted for
                    the pictures alone
    images          {file, sha256} of the confusion matrices of single images, beside this file
                    (:mod:`cnsn_seg.evaluation.image_counts`)
    predictions     folder of the saved predictions, or null: train ids as PNG at the label's size,
                    <folder>/<domain>/<path of the image in the domain's image folder>.png
    versions        package -> version
    machine         processor or GPU, in words
    seconds         wall time of the run that ended the evaluation

Of a domain, ``num_images`` were evaluated out of ``num_expected``: all that the data set lists
under the protocol, those that the config's ``exclude`` or ``--limit`` leave out included. IoU,
accuracy (recall) and precision are by class, with their means ``mIoU``, ``mAcc`` and
``mPrecision``; ``aAcc`` is the share of right pixels, ``fwIoU`` the IoU weighted by the classes'
pixels. ``confusion`` counts pixels, rows are the truth. ``files_sha256`` is a digest of the image
and label files, null where the pipeline takes none. ``seconds`` were spent on the domain, by all
ranks together and over interruptions. ``corruption`` is null, or {domain, name, severity} of a
corrupted domain, which is called ``<domain>+<name>-<severity>``.

Scores are in percent and not rounded, and null where the truth does not show the class.
"""

import json
import math
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NoReturn

import torch

from cnsn_seg.atomic_write import atomic_write

from .schema import Results
from .typed_json import mismatches

SCHEMA_VERSION = 3
FILE_NAME = 'results.json'

_PACKAGES = ('mmsegmentation', 'onedl-mmsegmentation', 'mmengine', 'onedl-mmengine', 'numpy')


def read_results(path: str | Path) -> dict[str, Any]:
    """Read a ``results.json`` and make sure that it is one.

    Args:
        path: The file, or the folder that it is in.

    Returns:
        Its content, as :mod:`cnsn_seg.evaluation.results` describes it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is something else or of another schema version: the message names the
            first key that is wrong.
    """
    path = Path(path)
    path = path / FILE_NAME if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"there is no '{path}'; tools/test.py writes {FILE_NAME}")
    try:
        results = json.loads(path.read_text(encoding='utf-8'), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}' is not JSON ({error}); evaluate again") from error
    if problem := _first_problem(results):
        raise ValueError(f"'{path}' is no {FILE_NAME} of this version: {problem}; evaluate again")
    return results


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f'{constant} is no number of JSON')


def _first_problem(results: Any) -> str | None:
    version = results.get('schema_version') if isinstance(results, dict) else None
    if version is not None and version != SCHEMA_VERSION:
        return f"'schema_version' should be {SCHEMA_VERSION}, but is {version!r}"
    return next(mismatches(results, Results), None) or next(_wrong_sizes(results), None)


def _wrong_sizes(results: Mapping[str, Any]) -> Iterator[str]:
    count = len(results['classes'])
    for name, domain in results['domains'].items():
        for key in ('IoU', 'accuracy', 'precision', 'confusion'):
            if len(domain[key]) != count:
                yield f"'domains.{name}.{key}' should have {count} entries, one a class"
        if any(len(row) != count for row in domain['confusion']):
            yield f"'domains.{name}.confusion' should have {count} columns, one a class"


def environment() -> dict[str, Any]:
    """Name the versions and the machine behind a result."""
    from cnsn_seg import __version__

    versions = {'cnsn_seg': __version__, 'torch': str(torch.__version__)}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    if torch.cuda.is_available():
        machine = torch.cuda.get_device_name()
    else:
        machine = f'{platform.machine()}, {os.cpu_count()} CPU cores'
    return dict(versions=versions, machine=machine)


def plain(value: Any) -> Any:
    """Make JSON of a config: tuples become lists; what JSON does not have becomes text."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def write_json(path: str | Path, content: Any) -> None:
    """Write JSON through a temporary file, so that the target is complete or untouched."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False) + '\n', encoding='utf-8')
