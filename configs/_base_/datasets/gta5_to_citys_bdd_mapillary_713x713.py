# Train on GTA5; validate on held-out GTA5; test on GTA5 and three domains never seen.
_base_ = [
    './gta5.py',
    './cityscapes.py',
    './bdd100k.py',
    './mapillary.py',
    './other_domains.py',
]

crop_size = (713, 713)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='RandomResize', scale=(1914, 1052), ratio_range=(0.5, 2.0), keep_ratio=True),
    # Corners that rotation uncovers get ImageNet's mean (in BGR) and no label.
    dict(type='RandomRotate', prob=0.5, degree=10, pad_val=(103.53, 116.28, 123.675)),
    dict(type='RandomGaussianBlur', prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    # An image smaller than the crop is padded by the model's data_preprocessor (size=crop_size).
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='PackDomainInputs'),
]

# 2 images per GPU: the paper's batch of 16 on 8 GPUs. On one GPU, set batch_size=16.
train_dataloader = dict(
    batch_size=2,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(_base_.train_gta5, pipeline=train_pipeline),
)
# Only source images choose the checkpoint: choosing on a target domain would leak it.
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    # round_up would repeat images on some GPUs to even out their shares, and count them twice.
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=_base_.val_gta5,
)
# The protocol says at which size; --domains of tools/test.py adds those of other_domains.py.
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='ConcatDataset',
        datasets=[_base_.val_gta5, _base_.val_cityscapes, _base_.val_bdd100k, _base_.val_mapillary],
    ),
)

val_evaluator = dict(type='DomainIoUMetric', source='gta')
test_evaluator = val_evaluator
