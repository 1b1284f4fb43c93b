cityscapes_root = 'data/cityscapes'
cityscapes_test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
val_cityscapes = dict(
    type='CityscapesDomain',
    data_root=cityscapes_root,
    split='val',
    pipeline=cityscapes_test_pipeline,
)
