mapillary_root = 'data/mapillary'
mapillary_test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
val_mapillary = dict(
    type='MapillaryDomain', data_root=mapillary_root, split='val', pipeline=mapillary_test_pipeline
)
