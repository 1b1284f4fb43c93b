custom_imports = dict(imports=['cnsn_seg'], allow_failed_imports=False)
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
# Over several GPUs every batch norm, SelfNorm's included, normalises over the global batch.
sync_bn = 'torch'
visualizer = dict(
    type='SegLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')], name='visualizer'
)
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = None
strict_load = True  # False loads from load_from, or resumes with, what fits
resume = False

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # Choosing the best checkpoint on a target domain is what domain generalization forbids.
    checkpoint=dict(
        type='DurableCheckpointHook',
        by_epoch=False,
        interval=4000,
        max_keep_ckpts=2,
        save_best='gta/mIoU',
        rule='greater',
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    selection=dict(type='SourceSelectionHook'),
    corrupt_files=dict(type='CorruptFilesHook'),
    non_finite=dict(type='NonFiniteHook'),
)
