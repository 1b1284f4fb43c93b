import datetime
import os
import re
import time

import pytest
import torch
import torch.multiprocessing

from cnsn_seg.engine import lost_ranks_as_errors


def sum_up(rank, folder, what_others_do):
    os.environ['RANK'] = str(rank)
    torch.distributed.init_process_group(
        'gloo',
        init_method=f'file://{folder}/store',
        rank=rank,
        world_size=2,
        timeout=datetime.timedelta(seconds=2),
    )
    torch.distributed.barrier()
    if rank == 1:
        what_others_do()
    try:
        with lost_ranks_as_errors():
            for _ in range(3):
                torch.distributed.all_reduce(torch.ones(1))
    except ConnectionError as error:
        (folder / 'message').write_text(str(error))


@pytest.mark.parametrize(
    ('what_others_do', 'cause'),
    [
        (lambda: os._exit(0), r'Connection (closed|reset) by peer'),
        (lambda: time.sleep(20), 'Timed out waiting 2000ms'),
    ],
    ids=['ends', 'hangs'],
)
def test_a_rank_says_in_one_sentence_that_it_lost_another(what_others_do, cause, tmp_path):
    ranks = torch.multiprocessing.start_processes(
        sum_up, (tmp_path, what_others_do), nprocs=2, start_method='fork', join=False
    )
    ranks.processes[0].join(timeout=30)
    ranks.processes[1].kill()
    message = (tmp_path / 'message').read_text()
    assert message.startswith('rank 0 lost another rank, which ended or hangs')
    assert re.search(cause, message)
    assert 'gloo' not in message and '\n' not in message


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match='shape'), lost_ranks_as_errors():
        torch.ones(2).view(3)
