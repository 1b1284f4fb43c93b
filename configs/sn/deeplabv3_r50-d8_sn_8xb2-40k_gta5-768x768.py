_base_ = '../baseline/deeplabv3_r50-d8_8xb2-40k_gta5-768x768.py'

model = dict(backbone=dict(cnsn=dict(sn_pos='residual')))
