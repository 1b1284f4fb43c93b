# Data sets that tools/test.py evaluates where its --domains names them.
other_test_pipeline = [
    dict(type='LoadImage'),
    dict(type='LoadTrainIds'),
    dict(type='ProtocolView'),
    dict(type='PackDomainInputs'),
]
acdc = dict(type='ACDCDomain', data_root='data/acdc', split='val', pipeline=other_test_pipeline)
other_test_datasets = [
    dict(acdc, condition='fog'),
    dict(acdc, condition='night'),
    dict(acdc, condition='rain'),
    dict(acdc, condition='snow'),
    dict(
        type='DarkZurichDomain',
        data_root='data/dark_zurich',
        split='val',
        pipeline=other_test_pipeline,
    ),
    dict(
        type='NighttimeDrivingDomain',
        data_root='data/nighttime_driving',
        split='test',
        pipeline=other_test_pipeline,
    ),
    dict(type='IDDDomain', data_root='data/idd', split='val', pipeline=other_test_pipeline),
    dict(type='SYNTHIADomain', data_root='data/synthia', split='all', pipeline=other_test_pipeline),
]
