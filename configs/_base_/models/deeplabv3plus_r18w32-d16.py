# DeepLabV3+ on a ResNet-18 of half the usual width, small enough to train on a laptop.
# One over the square root of each class's share of the miniature's source pixels, mean 1. In so
# short a training the rare classes would not be learned without it.
class_weight = [
    0.20, 0.51, 0.24, 1.13, 1.32, 0.91, 2.15, 1.48, 0.36, 0.95,
    0.34, 1.56, 1.92, 0.41, 0.80, 0.96, 0.90, 1.52, 1.34,
]  # fmt: skip
norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    backbone=dict(
        type='CNSNResNet',
        depth=18,
        stem_channels=32,
        base_channels=32,
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 1, 2),
        strides=(1, 2, 2, 1),
        norm_cfg=norm_cfg,
        norm_eval=False,
        contract_dilation=True,
    ),
    decode_head=dict(
        type='DepthwiseSeparableASPPHead',
        in_channels=256,
        in_index=3,
        channels=64,
        dilations=(1, 3, 6, 9),
        c1_in_channels=32,
        c1_channels=24,
        dropout_ratio=0.1,
        num_classes=19,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='SyncCrossEntropyLoss', class_weight=class_weight),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
