bdd100k_root = 'data/bdd100k'
bdd100k_test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
val_bdd100k = dict(
    type='BDD100KDomain', data_root=bdd100k_root, split='val', pipeline=bdd100k_test_pipeline
)
