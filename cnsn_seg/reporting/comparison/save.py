"""Everything that a comparison has to show, as files."""

from pathlib import Path

from cnsn_seg.atomic_write import atomic_write
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
    with atomic_write(picture) as temporary:
        save_forest_plot(temporary, comparison)
    return [*paths, picture]


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding='utf-8')
