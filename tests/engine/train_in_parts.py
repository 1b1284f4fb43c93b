"""Run by torchrun: train in one go and in parts, on several ranks without a GPU."""

import sys
from pathlib import Path

import torch
from small_training import train

DISTRIBUTED = dict(
    launcher='pytorch',
    cfg=dict(model_wrapper_cfg=dict(type='MMDistributedDataParallel', device_ids=None)),
)

if __name__ == '__main__':
    place = Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo')
    for seeds in ('shared_seed', 'diff_rank_seed'):
        options = dict(DISTRIBUTED, diff_rank_seed=seeds == 'diff_rank_seed', val_interval=4)
        train(place / f'whole_{seeds}', **options)
        for iterations in (5, 6, 10):
            resume = iterations > 5
            train(place / f'parts_{seeds}', iterations=iterations, resume=resume, **options)
    torch.distributed.destroy_process_group()
