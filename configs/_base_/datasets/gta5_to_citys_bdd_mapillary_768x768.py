# RobustNet's recipe: crop and augmentation, and class-uniform sampling of half the images. The
# statistics that it needs are written by tools/check_data.py.
_base_ = './gta5_to_citys_bdd_mapillary_713x713.py'

crop_size = (768, 768)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='RandomScaleCrop', scale=(1914, 1052), ratio_range=(0.5, 2.0), crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, prob=0.5),
    dict(type='RandomGaussianBlur', prob=1.0, sigma=(0.15, 1.3)),
    dict(type='PackDomainInputs'),
]
gta5_statistics = 'work_dirs/check_data/gta/statistics.npz'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ClassUniformDataset',
        statistics=gta5_statistics,
        fraction=0.5,
        dataset=dict(_base_.train_gta5, pipeline=train_pipeline),
    )
)
