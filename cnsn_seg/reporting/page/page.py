"""Write the page."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from cnsn_seg import __version__
from cnsn_seg.analysis.domain_gap import DomainGap, cached_gap, images_to_measure, measure_gap
from cnsn_seg.analysis.evaluated_model import EvaluatedModel
from cnsn_seg.atomic_write import atomic_write
from cnsn_seg.datasets.label_spaces import CLASSES, PALETTE

from . import classes, domains, gap, provenance
from .examples import Example, Examples
from .parts import Chart, Choice
from .study import Method, Study, read_study

Progress = Callable[[int, str], AbstractContextManager[Callable[[], object]]]
_UNAVAILABLE = (OSError, ValueError, KeyError)
FILE_NAME = 'index.html'


@dataclass(frozen=True)
class Missing:
    """Why a section, or a part of one, cannot be shown."""

    reason: str


def write_page(
    paths: Sequence[str | Path],
    out: str | Path,
    *,
    baseline: str | None = None,
    num_images: int = 50,
    progress: Progress = lambda total, title: nullcontext(lambda: None),
) -> Path:
    """Write one self-contained HTML file about results.

    What needs checkpoints or data that are not there any more is replaced by a sentence.

    Args:
        paths: ``results.json`` files or folders, see :func:`cnsn_seg.comparison.load_results`.
        out: Folder of ``index.html``, and of ``statistics/``, where measurements are kept so
            that a second page is quick.
        baseline: Method that gains are over, see :func:`read_study`.
        num_images: Images a domain whose channel statistics are measured. Defaults to 50.
        progress: Shows progress over a number of images under a title; its context is a function
            to call after every image, as of :func:`cnsn_seg.cli.image_bar`. Defaults to none.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If a file is not there.
        ValueError: If results are damaged or cannot be compared.
    """
    study, out = read_study(paths, baseline), Path(out)
    examples = _examples(study, progress)
    gaps = _gaps(study, num_images, out / 'statistics', progress)
    measured = {name: found for name, found in gaps.items() if not isinstance(found[1], Missing)}
    figures: dict[str, Any] = {}
    text = (
        _environment(figures)
        .get_template('page.html')
        .render(
            study=study,
            headline=domains.headline(study),
            beneath=domains.beneath(study),
            domain_table=domains.domain_table(study),
            domain_chart=domains.domain_chart(study),
            corruption_table=domains.corruption_table(study),
            class_choice=classes.class_choice(study),
            gain_choice=classes.gain_choice(study),
            confusion_choice=classes.confusion_choice(study),
            examples=examples,
            training=provenance.training_charts(study),
            why=gap.why(measured) if measured else None,
            unmeasured={name: found[1] for name, found in gaps.items() if name not in measured},
            num_images=num_images,
            run_table=provenance.run_table(study),
            shared=provenance.protocol_rows(study),
            runs=[(run, provenance.run_rows(run)) for run in study.runs],
            palette=list(zip(CLASSES, PALETTE, strict=True)),
            version=__version__,
            plotly=_script(get_plotlyjs()),
            script=_script(_read('page.js')),
            style=Markup(_read('page.css')),
        )
    )
    return _write(out / FILE_NAME, text)


def _examples(study: Study, progress: Progress) -> dict[str, list[Example]] | Missing:
    try:
        examples = Examples(study)
        with progress(examples.number, 'examples') as tick:
            return examples.make(tick)
    except _UNAVAILABLE as error:
        return Missing(_sentence(error))


def _gaps(
    study: Study, num_images: int, folder: Path, progress: Progress
) -> dict[str, tuple[Method, DomainGap | Missing]]:
    gaps: dict[str, tuple[Method, DomainGap | Missing]] = {}
    for method in study.methods:
        run = method.runs[0]
        model = EvaluatedModel(run.results, run.folder)
        try:
            found = cached_gap(model, num_images, folder)
            if found is None:
                total = images_to_measure(model, num_images)
                with progress(total, f'statistics of {method.name}') as tick:
                    found = measure_gap(model, num_images, folder, tick)
        except _UNAVAILABLE as error:
            found = Missing(_sentence(error))
        gaps[method.name] = method, found
    return gaps


def _environment(figures: dict[str, Any]) -> jinja2.Environment:
    """Templates that escape whatever they are given, and collect the figures of charts."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def keep(chart: Chart) -> str:
        name = f'chart-{len(figures)}'
        figures[name] = json.loads(chart.figure.to_json())
        return name

    environment.globals.update(keep=keep, figures=figures)
    environment.tests['chart'] = lambda item: isinstance(item, Chart)
    environment.tests['choice'] = lambda item: isinstance(item, Choice)
    environment.tests['missing'] = lambda item: isinstance(item, Missing)
    return environment


@dataclass(frozen=True)
class _Script:
    """A script of the page and the digest by which the page's policy allows it."""

    text: Markup
    digest: str


def _script(text: str) -> _Script:
    text = text.replace('\r\n', '\n').replace('</script', '<\\/script')
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return _Script(Markup(text), digest)


def _read(name: str) -> str:
    return (files(__package__) / 'templates' / name).read_text(encoding='utf-8')


def _sentence(error: Exception) -> str:
    message = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    return message[:1].upper() + message[1:] + ('' if message.endswith('.') else '.')


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding='utf-8')
    return path
