"""The evaluation of one checkpoint."""

import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dataset import ConcatDataset, pseudo_collate
from mmengine.dist import barrier, broadcast_object_list, get_dist_info, is_main_process
from mmengine.runner import Runner
from mmseg.registry import MODELS
from torch.utils.data import DataLoader

from cnsn_seg.datasets import protocol_of
from cnsn_seg.version import __version__

from .batches import remaining_batches
from .checkpoint_file import config_for, file_sha256, read_checkpoint
from .domain_iou_metric import DomainIoUMetric
from .evaluator import JournalingEvaluator, build_metric
from .image_counts import FILE_NAME as IMAGES
from .image_counts import save_image_counts
from .jobs import Job
from .journal import FOLDER, Journal, fingerprint_of
from .options import Options, settings, use_slide
from .parts import Part
from .progress import Progress, note
from .results import FILE_NAME, SCHEMA_VERSION, environment, plain, write_json
from .summary import collect, summarize


class Run:
    """The evaluation of one checkpoint, to be called once.

    Args:
        cfg: Config of the data, the protocol and the model.
        job: The checkpoint and where its results go.
        parts: What it is evaluated on.
        options: How.

    Raises:
        ValueError: If the file is no checkpoint, or fits no model.
    """

    def __init__(self, cfg: Config, job: Job, parts: Sequence[Part], options: Options) -> None:
        self.job, self.parts = job, parts
        self.checkpoint = read_checkpoint(job.checkpoint)
        self.cfg = config_for(self.checkpoint, cfg)
        if options.slide:
            use_slide(self.cfg)
        self.settings = settings(self.cfg.model, options)
        self.journal = Journal(job.out / FOLDER, self._fingerprint())

    def __call__(self, progress: Progress) -> dict[str, Any]:
        """Evaluate what is left to do, moving a bar on, and write the results.

        Returns:
            The content of ``results.json``, on all ranks.
        """
        start = time.monotonic()
        done = self._recover()
        batches, kept = remaining_batches(
            self.parts, self.cfg.test_dataloader.get('batch_size', 1), done
        )
        progress.start(self.job.title, len(kept))
        metric = build_metric(self.cfg)
        if is_main_process() and kept:
            note(f"'{self.job.out}' continues, {len(kept)} images are done")
            metric.restore(
                record for record, _ in self.journal.records(kept) if record.confusion is not None
            )
        rank, num_ranks = get_dist_info()
        self.journal.open(rank)
        evaluator = JournalingEvaluator(
            metric,
            self.journal,
            self.job.predictions,
            {part.name: part.folder for part in self.parts},
            progress.advance,
        )
        self._runner(batches[rank::num_ranks], evaluator).test()
        self.journal.close()
        barrier()
        results = [self._write(metric, start) if is_main_process() else None]
        broadcast_object_list(results)
        return results[0]

    def _recover(self) -> set[tuple[str, str]]:
        """Find the images that an interrupted evaluation has done, the same on all ranks."""
        done = [None]
        if is_main_process():
            if self.journal.recover():
                note(f"'{self.job.out}' held the beginning of another evaluation: starts anew")
            done = [{(record.domain, record.name) for record, _ in self.journal.records()}]
        broadcast_object_list(done)
        return done[0]

    def _runner(self, batches: list[list[int]], evaluator: JournalingEvaluator) -> Runner:
        model = MODELS.build(self.cfg.model)
        self.checkpoint.load_into(model)
        if self.settings['tta']:
            model = MODELS.build(dict(type='SegTTAModel', module=model))
        loader = DataLoader(
            ConcatDataset([part.dataset for part in self.parts]),
            batch_sampler=batches,
            num_workers=self.cfg.test_dataloader.get('num_workers', 0),
            pin_memory=self.cfg.test_dataloader.get('pin_memory', False),
            collate_fn=_collate,
        )
        # Choosing algorithms by timing them may change the last bits from one run to the next.
        env_cfg = {**self.cfg.get('env_cfg', {}), 'cudnn_benchmark': False}
        return Runner(
            model=model,
            work_dir=str(self.journal.folder),
            test_dataloader=loader,
            test_cfg=self.cfg.get('test_cfg', {}),
            test_evaluator=evaluator,
            default_hooks={**self.cfg.get('default_hooks', {}), 'logger': None},
            launcher=self.cfg.launcher,
            env_cfg=env_cfg,
            log_level='WARNING',
            # MMEngine shares loggers and visualizers between runners of one name and second.
            experiment_name=uuid.uuid4().hex,
            default_scope=self.cfg.get('default_scope', 'mmseg'),
            cfg=self.cfg,
        )

    def _write(self, metric: DomainIoUMetric, start: float) -> dict[str, Any]:
        """Write ``images.npz``, then ``results.json``, and return the latter's content."""
        collected = collect(self.journal, self.parts)
        save_image_counts(self.job.out / IMAGES, collected.counts)
        meta = self.checkpoint.meta
        results = dict(
            schema_version=SCHEMA_VERSION,
            config=dict(path=str(self.cfg.filename), content=plain(self.cfg.to_dict())),
            checkpoint=dict(
                path=str(self.checkpoint.path),
                sha256=self.checkpoint.sha256,
                iteration=meta.get('iter'),
            ),
            method=self._method(),
            seed=meta.get('seed'),
            protocol=protocol_of(self.cfg.protocol).describe(),
            trained_under=self.checkpoint.setting('protocol'),
            selection=meta.get('selection'),
            settings=self.settings,
            **summarize(self.parts, metric, collected.seconds),
            images=dict(file=IMAGES, sha256=file_sha256(self.job.out / IMAGES)),
            predictions=self.job.predictions and str(self.job.predictions),
            **environment(),
            seconds=time.monotonic() - start,
        )
        write_json(self.job.out / FILE_NAME, results)
        return results

    def _method(self) -> str:
        config_name = Path(self.cfg.filename).stem
        trained_with = self.checkpoint.config_name or config_name
        own = self.cfg.get('method') if trained_with == config_name else None
        return self.checkpoint.setting('method') or own or trained_with

    def _fingerprint(self) -> str:
        """Digest all that the counts and the saved predictions depend on."""
        return fingerprint_of(
            version=__version__,
            checkpoint=self.checkpoint.sha256,
            model=self.cfg.model.to_dict(),
            test_cfg=self.cfg.get('test_cfg'),
            batch_size=self.cfg.test_dataloader.get('batch_size', 1),
            protocol=protocol_of(self.cfg.protocol).describe()['sha256'],
            parts=[(part.config, part.images) for part in self.parts],
            predictions=self.job.predictions,
        )


def _collate(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Collate as MMEngine does, images of one size only; inputs may be a list of augmentations."""
    first = samples[0]['inputs']
    for sample in samples:
        for one, other in zip(sample['inputs'], first, strict=True):
            if one.shape != other.shape:
                raise ValueError(
                    'images of one domain differ in size, so they cannot be in one batch: set '
                    'test_dataloader.batch_size=1'
                )
    return pseudo_collate(samples)
