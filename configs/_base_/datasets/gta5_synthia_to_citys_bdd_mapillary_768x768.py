# Two sources in proportion to their images, each as in RobustNet's recipe.
_base_ = ['./gta5_to_citys_bdd_mapillary_768x768.py', './synthia.py']

synthia_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(
        type='RandomScaleCrop',
        scale=(1280, 760),
        ratio_range=(0.5, 2.0),
        crop_size=_base_.crop_size,
    ),
    *_base_.train_pipeline[3:],
]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            _base_.train_dataloader.dataset,
            dict(
                type='ClassUniformDataset',
                statistics='work_dirs/check_data/synthia/statistics.npz',
                fraction=0.5,
                dataset=dict(_base_.train_synthia, pipeline=synthia_pipeline),
            ),
        ],
    )
)
val_evaluator = dict(source=['gta', 'synthia'])
test_evaluator = val_evaluator
