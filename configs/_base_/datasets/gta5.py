# The source. `train_gta5` gets its pipeline where a crop size is chosen, e.g. in
# gta5_to_citys_bdd_mapillary_713x713.py. The authors' split needs split.mat, see data/README.md.
gta5_root = 'data/gta5'
gta5_test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
train_gta5 = dict(type='GTA5Domain', data_root=gta5_root, split='train')
val_gta5 = dict(type='GTA5Domain', data_root=gta5_root, split='val', pipeline=gta5_test_pipeline)
