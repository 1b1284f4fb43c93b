# CrossNorm on the input image, as in the authors' ImageNet training: at this scale it gains the
# most on unseen domains for what it costs on the source.
_base_ = './deeplabv3plus_r18w32-d16_1xb8-700_miniature-gta5-synthia-128x256.py'

model = dict(
    backbone=dict(cnsn=dict(sn_pos='residual', cn_pos='post', cn_stages=(0,), crop='style'))
)
custom_hooks = [dict(type='CrossNormHook', prob=0.15, num_active=1)]
