# A second source. `train_synthia` gets its pipeline where a crop size is chosen.
synthia_root = 'data/synthia'
train_synthia = dict(type='SYNTHIADomain', data_root=synthia_root, split='train')
