"""A picture of images, truth and what each method predicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import mmcv
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from mmengine.config import Config
from mmseg.registry import DATASETS
from torch.utils.data import Dataset

from cnsn_seg.datasets.label_spaces import CLASSES, IGNORE_INDEX, PALETTE
from cnsn_seg.evaluation.predictor import Predictor

_CELL_INCHES = 2.6


@dataclass(frozen=True)
class PanelRow:
    """One image and everything shown beside it.

    Args:
        domain: Domain of the image.
        image: RGB, shape (H, W, 3), uint8.
        truth: Train ids, shape (H, W).
        predictions: Method to train ids, shape (H, W).
    """

    domain: str
    image: np.ndarray
    truth: np.ndarray
    predictions: Mapping[str, np.ndarray]


def colour(train_ids: np.ndarray) -> np.ndarray:
    """Paint train ids in the Cityscapes colours, ignored pixels black.

    Args:
        train_ids: Train ids, shape (H, W), integer.

    Returns:
        RGB, shape (H, W, 3), uint8.
    """
    table = np.zeros((256, 3), dtype=np.uint8)
    table[: len(PALETTE)] = PALETTE
    return table[train_ids]


def predict_rows(
    cfg: Config, checkpoints: Mapping[str, tuple[Config, str]], per_domain: int = 2
) -> list[PanelRow]:
    """Predict the same images of every test domain with several models.

    Args:
        cfg: Config whose ``test_dataloader`` names the domains.
        checkpoints: Method to its config and checkpoint.
        per_domain: Number of images a domain, evenly spaced. Defaults to 2.
    """
    predictors = {method: Predictor(*model) for method, model in checkpoints.items()}
    rows = []
    for part in cfg.test_dataloader.dataset.datasets:
        dataset = DATASETS.build(part)
        for index in np.linspace(0, len(dataset) - 1, per_domain + 2).astype(int)[1:-1]:
            rows.append(_predict_row(dataset, int(index), predictors))
    return rows


def save_panel(path: str | Path, rows: Sequence[PanelRow]) -> None:
    """Write a PNG with one row an image: image, truth, every method's prediction.

    Pixels that the truth ignores are black in the predictions too.

    Args:
        path: PNG file.
        rows: What to show, all with the same methods.
    """
    methods = list(rows[0].predictions)
    columns = ['image', 'truth', *methods]
    height, width = rows[0].truth.shape
    size = (len(columns) * _CELL_INCHES, len(rows) * _CELL_INCHES * height / width + 0.9)
    figure = Figure(figsize=size, layout='constrained')
    axes = figure.subplots(len(rows), len(columns), squeeze=False)
    for row, row_axes in zip(rows, axes, strict=True):
        predictions = (row.predictions[method] for method in methods)
        masked = (np.where(row.truth == IGNORE_INDEX, IGNORE_INDEX, p) for p in predictions)
        cells = [row.image, colour(row.truth), *map(colour, masked)]
        for axis, cell in zip(row_axes, cells, strict=True):
            axis.imshow(cell)
            axis.set(xticks=[], yticks=[])
        row_axes[0].set_ylabel(row.domain)
    for axis, title in zip(axes[0], columns, strict=True):
        axis.set_title(title)
    patches = [
        Patch(color=np.array(rgb) / 255, label=name)
        for name, rgb in zip(CLASSES, PALETTE, strict=True)
    ]
    figure.legend(handles=patches, loc='outside lower center', ncols=7, fontsize='small')
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _predict_row(dataset: Dataset, index: int, predictors: Mapping[str, Predictor]) -> PanelRow:
    outcomes = {method: predict(dataset, index) for method, predict in predictors.items()}
    image = mmcv.imread(dataset.get_data_info(index)['img_path'], channel_order='rgb')
    return PanelRow(
        domain=dataset.domain,
        image=image,
        truth=next(iter(outcomes.values()))[0],
        predictions={method: prediction for method, (_, prediction) in outcomes.items()},
    )
