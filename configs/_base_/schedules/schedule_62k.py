# The authors' segmentation settings: SGD 0.01, ten times that for the heads, poly 0.9, weight
# decay 1e-4. 80 epochs of 12403 images at batch 16 are 62k iterations.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(
        custom_keys={
            'decode_head': dict(lr_mult=10.0),
            'auxiliary_head': dict(lr_mult=10.0),
        }
    ),
)
param_scheduler = [dict(type='PolyLR', eta_min=0.0, power=0.9, begin=0, end=62000, by_epoch=False)]
train_cfg = dict(type='ResumableTrainLoop', max_iters=62000, val_interval=4000)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
