"""The gap between a model's source and target domains in channel statistics."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import distances
from .evaluated_model import EvaluatedModel
from .stage_statistics import (
    INPUT,
    Points,
    Statistics,
    after,
    before,
    crosses,
    load_points,
    measure,
    save_points,
)

KINDS = ('mean', 'std')
_SOURCE, _CROSSED = ':source', ':crossed'  # no domain has a colon in front
_MEASURED_AS = 1  # to be raised where the measurement changes


@dataclass(frozen=True)
class DomainGap:
    """Channel statistics of one model on its source and target domains.

    Args:
        source: Of the source's images.
        crossed: Of the same images while CrossNorm acts; empty where the backbone has none.
        targets: Of every target domain's images.
    """

    source: Points
    crossed: Points
    targets: Mapping[str, Points]

    @property
    def places(self) -> list[str]:
        """The input and the stages, in order."""
        stages = [name for name in self.source if 'SelfNorm' not in name and name != INPUT]
        return [INPUT, *sorted(stages)]

    @property
    def selfnorm_stages(self) -> list[str]:
        """The stages that have a SelfNorm, in order."""
        return [stage for stage in self.places if before(stage) in self.source]

    def distance(self, place: str, kind: str, domain: str) -> float:
        """Mean over channels of :func:`.distances.normalised_distance`; NaN if all are dead."""
        here = getattr(self.source[place], kind), getattr(self.targets[domain][place], kind)
        return _mean(distances.normalised_distance(*here))

    def widening(self, place: str, kind: str) -> float:
        """Mean over channels of :func:`.distances.spread_ratio`, CrossNorm acting or not."""
        here = getattr(self.source[place], kind), getattr(self.crossed[place], kind)
        return _mean(distances.spread_ratio(*here))

    def coverage(self, place: str, kind: str, domain: str, crossed: bool) -> float:
        """:func:`.distances.coverage` of a target by the source, CrossNorm acting or not."""
        source = (self.crossed if crossed else self.source)[place]
        return distances.coverage(getattr(source, kind), getattr(self.targets[domain][place], kind))

    def gate(self, stage: str) -> float:
        """Mean over source images and channels of the factor that SelfNorm puts on the std."""
        behind, front = self.source[after(stage)].std, self.source[before(stage)].std
        return _mean(np.divide(behind, front, out=np.full_like(front, np.nan), where=front > 0))


def images_to_measure(model: EvaluatedModel, num_images: int) -> int:
    """Count the images of :func:`measure_gap`, for a progress bar."""
    sources, targets = _domains(model)
    times = 2 if crosses(model.predictor.model) else 1
    return times * sum(_number(model, name, num_images) for name in sources) + sum(
        _number(model, name, num_images) for name in targets
    )


def cached_gap(model: EvaluatedModel, num_images: int, folder: Path) -> DomainGap | None:
    """Read what an earlier :func:`measure_gap` kept; None where it did not measure this."""
    path = folder / _file_name(model, num_images)
    return _gap(load_points(path)) if path.is_file() else None


def measure_gap(
    model: EvaluatedModel,
    num_images: int,
    folder: Path,
    on_image: Callable[[], None] = lambda: None,
) -> DomainGap:
    """Measure the channel statistics of a model on every uncorrupted domain of its result.

    Args:
        model: An evaluated model.
        num_images: Images a domain at most, evenly spaced.
        folder: Where the measurements are kept, as ``npz``.
        on_image: Called after every image.

    Raises:
        FileNotFoundError: If the checkpoint or the data is not there any more.
        ValueError: If the checkpoint has changed, or no source or no target was evaluated.
    """
    sources, targets = _domains(model)
    network = model.predictor.model

    def points_of(domain: str, cross: bool = False) -> Points:
        dataset = model.dataset(domain)
        indices = np.linspace(0, len(dataset) - 1, min(num_images, len(dataset))).astype(int)
        return measure(network, dataset, indices, cross=cross, on_image=on_image)

    measured = {_SOURCE: _joined([points_of(name) for name in sources])}
    if crosses(network):
        measured[_CROSSED] = _joined([points_of(name, cross=True) for name in sources])
    measured |= {name: points_of(name) for name in targets}
    save_points(folder / _file_name(model, num_images), measured)
    return _gap(measured)


def _gap(measured: Mapping[str, Points]) -> DomainGap:
    targets = {name: points for name, points in measured.items() if not name.startswith(':')}
    return DomainGap(measured[_SOURCE], measured.get(_CROSSED, {}), targets)


def _domains(model: EvaluatedModel) -> tuple[list[str], list[str]]:
    domains = [
        name for name, found in model.results['domains'].items() if found['corruption'] is None
    ]
    sources = [name for name in domains if name in model.results['source']]
    targets = [name for name in domains if name not in sources]
    if not sources or not targets:
        raise ValueError(
            'the gap needs a source and a target domain, but only '
            f'{", ".join(domains)} was evaluated'
        )
    return sources, targets


def _number(model: EvaluatedModel, domain: str, num_images: int) -> int:
    return min(num_images, len(model.dataset(domain)))


def _file_name(model: EvaluatedModel, num_images: int) -> str:
    """Change whenever the model, the images or the measurement does."""
    results = model.results
    files = {name: domain['files_sha256'] for name, domain in results['domains'].items()}
    key = [
        _MEASURED_AS,
        results['checkpoint']['sha256'],
        results['protocol']['sha256'],
        results['config']['content']['model'],
        files,
        num_images,
    ]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:20] + '.npz'


def _joined(parts: Sequence[Points]) -> Points:
    return {
        place: Statistics(*map(np.concatenate, zip(*(part[place] for part in parts), strict=True)))
        for place in parts[0]
    }


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float('nan')
