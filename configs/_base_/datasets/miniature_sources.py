# The miniature with a second source, made by tools/make_miniature.py --domains all.
_base_ = './miniature.py'

train_synthia = dict(
    type='SYNTHIADomain',
    data_root=_base_.miniature_root + 'synthia',
    split='train',
    pipeline=_base_.train_pipeline,
)
train_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[_base_.train_gta5, train_synthia])
)
val_evaluator = dict(source=['gta', 'synthia'])
test_evaluator = val_evaluator
