_base_ = './deeplabv3plus_r18w32-d16_1xb8-700_miniature-gta5-synthia-128x256.py'

model = dict(backbone=dict(cnsn=dict(sn_pos='residual')))
