_base_ = '../baseline/deeplabv3plus_r50-d16_8xb2-40k_gta5-synthia-768x768.py'

model = dict(backbone=dict(cnsn=dict(sn_pos='residual')))
