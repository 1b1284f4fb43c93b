"""Everything that a comparison has to show, as files."""

import os
from pathlib import Path

from cnsn_seg.evaluation.results import write_json

from .forest_plot import save_forest_plot
from .latex import comparison_latex
from .markdown import comparison_markdown
from .notes import Comparison


def save_comparison(folder: str | Path, comparison: Comparison) -> list[Path]:
    """Write ``comparison.json``, ``.md`` and ``.tex``, and ``.png`` where there are differences.

    Args:
        folder: Folder, made if it is not there.
        comparison: See :mod:`cnsn_seg.comparison.compare`.

    Returns:
        The files. Each is complete; one of an earlier comparison is replaced or, the picture,
        removed.
    """
    base = Path(folder) / 'comparison'
    base.parent.mkdir(parents=True, exist_ok=True)
    paths = [base.with_suffix(suffix) for suffix in ('.json', '.md', '.tex')]
    write_json(paths[0], comparison)
    _write(paths[1], comparison_markdown(comparison))
    _write(paths[2], comparison_latex(comparison))
    picture = base.with_suffix('.png')
    if not comparison['differences']:
        picture.unlink(missing_ok=True)
        return paths
    temporary = picture.with_name(f'.{os.getpid()}.{picture.name}')
    save_forest_plot(temporary, comparison)
    temporary.replace(picture)
    return [*paths, picture]


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f'.{os.getpid()}.{path.name}')
    temporary.write_text(text, encoding='utf-8')
    temporary.replace(path)
