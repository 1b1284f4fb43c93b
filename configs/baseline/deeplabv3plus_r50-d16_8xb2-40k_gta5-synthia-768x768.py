_base_ = [
    '../_base_/models/deeplabv3plus_r50-d16.py',
    '../_base_/datasets/gta5_synthia_to_citys_bdd_mapillary_768x768.py',
    '../_base_/schedules/schedule_40k.py',
    '../_base_/default_runtime.py',
]

data_preprocessor = dict(size=_base_.crop_size)
model = dict(data_preprocessor=data_preprocessor)
