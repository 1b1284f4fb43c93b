cityscapes_root = 'data/cityscapes'
cityscapes_test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadTrainIds'),
    dict(type='PackDomainInputs'),
]
val_cityscapes = dict(
    type='CityscapesDomain',
    data_root=cityscapes_root,
    split='val',
    pipeline=cityscapes_test_pipeline,
)
