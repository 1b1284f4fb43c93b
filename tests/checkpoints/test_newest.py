import logging

import pytest
import torch
from mmengine.logging import MMLogger

from cnsn_seg.checkpoints import newest_checkpoint


@pytest.fixture
def save(tmp_path):
    def save(name, **changes):
        content = dict(meta={}, state_dict={'w': torch.ones(99)}, optimizer={}, message_hub={})
        (tmp_path / name).parent.mkdir(exist_ok=True)
        torch.save({**content, **changes}, tmp_path / name)
        return tmp_path / name

    return save


def test_the_highest_iteration_counts(save, tmp_path):
    for name in ('iter_9.pth', 'iter_10.pth', 'iter_8.pth', 'best_gta_mIoU_iter_12.pth'):
        save(name)
    (tmp_path / 'iter_11.pth.zip').touch()
    assert newest_checkpoint(tmp_path) == tmp_path / 'iter_10.pth'


def test_a_damaged_one_is_named_and_passed_over(save, tmp_path, monkeypatch):
    good, bad = save('iter_2.pth'), save('iter_4.pth')
    bad.write_bytes(bad.read_bytes()[:-100])
    log = []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'log', lambda *args: log.append(args))
    assert newest_checkpoint(tmp_path) == good
    [(level, message)] = log
    assert level == logging.WARNING
    assert "iter_4.pth' is no checkpoint, or damaged" in message


def test_all_damaged(save, tmp_path):
    save('iter_2.pth').write_text('')
    save('iter_4.pth', optimizer=None).write_text('x')
    with pytest.raises(ValueError, match=r"from: '.*iter_4.*iter_2\.pth'.* another work dir"):
        newest_checkpoint(tmp_path)


def test_weights_alone_are_nothing_to_resume_from(tmp_path):
    torch.save(dict(state_dict={'w': torch.ones(1)}), tmp_path / 'iter_3.pth')
    with pytest.raises(ValueError, match=r"iter_3\.pth' lacks meta, optimizer, message_hub"):
        newest_checkpoint(tmp_path)


@pytest.mark.parametrize('note', ['', '\0\0\0', 'gone/iter_4.pth'])
def test_a_broken_note_of_the_last_checkpoint_does_no_harm(save, tmp_path, note):
    good = save('iter_2.pth')
    (tmp_path / 'last_checkpoint').write_text(note)
    assert newest_checkpoint(tmp_path) == good


def test_checkpoints_in_another_folder(save, tmp_path):
    elsewhere = save('elsewhere/iter_2.pth')
    (tmp_path / 'last_checkpoint').write_text(str(elsewhere))
    assert newest_checkpoint(tmp_path) == elsewhere


def test_nothing_to_resume_from(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / 'missing') is None
