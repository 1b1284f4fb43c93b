_base_ = [
    '../_base_/models/deeplabv3plus_r18w32-d16.py',
    '../_base_/datasets/miniature.py',
    '../_base_/schedules/schedule_miniature.py',
    '../_base_/default_runtime.py',
]

data_preprocessor = dict(size=_base_.crop_size)
model = dict(data_preprocessor=data_preprocessor)
default_hooks = dict(checkpoint=dict(interval=350, max_keep_ckpts=1))
