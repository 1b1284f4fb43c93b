_base_ = './deeplabv3plus_r18w32-d16_1xb8-700_miniature-128x256.py'

model = dict(backbone=dict(cnsn=dict(sn_pos='residual', cn_pos='post', crop='style')))
custom_hooks = [dict(type='CrossNormHook', prob=0.5, num_active=1)]
