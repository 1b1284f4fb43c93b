# DAFormer's and Rein's recipe: GTA5 at 1280x720, rare-class sampling. The statistics that it needs
# are written by tools/check_data.py.
_base_ = './gta5_to_citys_bdd_mapillary_713x713.py'

crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(
        type='RandomScaleCrop',
        scale=(1280, 720),
        ratio_range=(1.0, 1.0),
        crop_size=crop_size,
        cat_max_ratio=0.75,
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDomainInputs'),
]
gta5_statistics = 'work_dirs/check_data/gta/statistics.npz'
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='RareClassDataset',
        statistics=gta5_statistics,
        temperature=0.01,
        dataset=dict(_base_.train_gta5, pipeline=train_pipeline),
    )
)
