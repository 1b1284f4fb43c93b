# The four data sets in small, made by tools/make_miniature.py.
_base_ = [
    './gta5.py',
    './cityscapes.py',
    './bdd100k.py',
    './mapillary.py',
    './other_domains.py',
]

miniature_root = 'data/miniature/'
crop_size = (128, 256)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='RandomResize', scale=(256, 128), ratio_range=(0.75, 1.5), keep_ratio=True),
    dict(type='RandomGaussianBlur', prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='PackDomainInputs'),
]

train_gta5 = dict(_base_.train_gta5, data_root=miniature_root + 'gta5', pipeline=train_pipeline)
val_gta5 = dict(_base_.val_gta5, data_root=miniature_root + 'gta5')
val_cityscapes = dict(_base_.val_cityscapes, data_root=miniature_root + 'cityscapes')
val_bdd100k = dict(_base_.val_bdd100k, data_root=miniature_root + 'bdd100k')
val_mapillary = dict(_base_.val_mapillary, data_root=miniature_root + 'mapillary')
other_test_datasets = [
    dict(part, data_root=part['data_root'].replace('data/', miniature_root))
    for part in _base_.other_test_datasets
]

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=train_gta5,
)
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=val_gta5,
)
test_dataloader = dict(
    batch_size=4,
    num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='ConcatDataset', datasets=[val_gta5, val_cityscapes, val_bdd100k, val_mapillary]
    ),
)
val_evaluator = dict(type='DomainIoUMetric', source='gta')
test_evaluator = val_evaluator
