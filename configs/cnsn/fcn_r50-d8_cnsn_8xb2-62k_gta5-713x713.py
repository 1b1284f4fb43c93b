_base_ = '../baseline/fcn_r50-d8_8xb2-62k_gta5-713x713.py'

model = dict(backbone=dict(cnsn=dict(sn_pos='residual', cn_pos='post', crop='style')))
custom_hooks = [dict(type='CrossNormHook', prob=0.5, num_active=1)]
