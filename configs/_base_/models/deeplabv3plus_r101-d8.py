_base_ = './deeplabv3plus_r50-d16.py'

model = dict(
    backbone=dict(
        depth=101,
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        init_cfg=dict(checkpoint='open-mmlab://resnet101_v1c'),
    ),
    decode_head=dict(dilations=(1, 12, 24, 36)),
)
