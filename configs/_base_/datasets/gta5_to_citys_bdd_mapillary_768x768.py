# The crop and augmentation of RobustNet's recipe; MMSegmentation's PhotoMetricDistortion stands
# for its ColorJitter(0.4, 0.4, 0.4, 0.1).
_base_ = './gta5_to_citys_bdd_mapillary_713x713.py'

crop_size = (768, 768)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadTrainIds'),
    dict(type='RandomResize', scale=(1914, 1052), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='PhotoMetricDistortion'),
    dict(type='RandomGaussianBlur', prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='PackDomainInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
