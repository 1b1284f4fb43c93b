"""How the tools end: all of them, and :func:`cnsn_seg.cli.run` by itself."""

import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.logging import MMLogger

from cnsn_seg import cli

ROOT = Path(__file__).parents[1]
TOOLS = {path.stem: path for path in sorted((ROOT / 'tools').glob('*.py'))}
BENCHMARKS = {path.stem: path for path in sorted((ROOT / 'tools/benchmarks').glob('*.py'))}
MISTAKES = {
    'check_data': ['nowhere=x'],
    'compare': ['nowhere'],
    'convert_checkpoint': ['nowhere.pth', 'out.pth'],
    'export': ['nowhere.py', 'x.pth'],
    'make_miniature': ['--domains', 'nowhere'],
    'predict': ['nowhere.py', 'x.pth', 'y.png', '--out', 'out'],
    'report': ['nowhere'],
    'test': ['nowhere.py', 'x.pth'],
    'train': ['nowhere.py'],
}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a tool, or a function, in this process: exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('TMPDIR', str(tmp_path / 'temporary'))
    monkeypatch.setattr('tempfile.tempdir', None)
    monkeypatch.setattr(MMLogger, '_instance_dict', type(MMLogger._instance_dict)())
    (tmp_path / 'temporary').mkdir()
    terminated, ignored = signal.getsignal(signal.SIGTERM), sys.unraisablehook

    def run(command, *args):
        is_tool = isinstance(command, Path)
        monkeypatch.setattr(sys, 'argv', [str(command) if is_tool else 'tool.py', *args])
        code = 0
        try:
            runpy.run_path(str(command), run_name='__main__') if is_tool else cli.run(command)
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    yield run
    signal.signal(signal.SIGTERM, terminated)
    sys.unraisablehook = ignored


def log_in(line: str) -> str:
    return Path(re.search(r'log: (\S+)\)$', line)[1]).read_text()


@pytest.mark.parametrize(
    'path', [*TOOLS.values(), *BENCHMARKS.values()], ids=lambda path: path.stem
)
def test_every_tool_says_what_it_does_and_can_show_tracebacks(run, path):
    code, output, _ = run(path, '--help')
    assert code == 0
    assert '--debug' in output
    assert re.search(r'\n\n[A-Z][^\n]{12,}', output), 'a description'


def test_every_tool_has_a_mistake_to_be_tried_with():
    assert set(TOOLS) == {*MISTAKES, 'demo'}


@pytest.mark.parametrize('tool', MISTAKES)
def test_a_mistake_ends_with_one_sentence_and_the_path_of_the_log(run, tool, tmp_path):
    code, _, error = run(TOOLS[tool], *MISTAKES[tool])
    last = error.splitlines()[-1]
    assert code != 0
    assert 'Traceback' not in error
    assert 'nowhere' in last
    if code == 1:  # 2 is argparse, which found an option wrong before anything was done
        assert last.startswith('error: ')
        assert 'Traceback (most recent call last)' in log_in(last)
    assert [path.name for path in tmp_path.iterdir()] == ['temporary']


def fail(error):
    def command():
        raise error

    return command


@pytest.mark.parametrize(
    ('error', 'sentence'),
    [
        (ValueError('the key is wrong'), 'the key is wrong'),
        (KeyError('the key is wrong'), 'the key is wrong'),
        (FloatingPointError('the loss is not finite'), 'the loss is not finite'),
        (ValueError(), 'ValueError'),
        (TypeError("class `X` in x.py: got an unexpected keyword argument 'y'"), 'class `X` in'),
        (RuntimeError('shapes\ndiffer'), 'unexpected RuntimeError: shapes; please report it'),
        (ZeroDivisionError('x'), 'unexpected ZeroDivisionError: x; please report it'),
        (MemoryError('x'), 'not enough memory: lower the batch size or the crop size'),
        (torch.OutOfMemoryError('CUDA'), 'not enough memory: lower the batch size'),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 'not enough memory'),
    ],
    ids=str,
)
def test_an_error_is_one_line_and_its_traceback_in_the_log(run, error, sentence):
    code, output, line = run(fail(error))
    assert (code, output, line.count('\n')) == (1, '', 1)
    assert line.startswith(f'error: {sentence}')
    log = log_in(line)
    assert 'tool.py' in log
    assert 'in command' in log


def test_an_error_in_a_workers_process_is_its_own_sentence(run):
    text = (
        "Caught OSError in DataLoader worker process 0.\nTraceback:\n  x\nOSError: 'a.png' is cut"
    )
    assert run(fail(OSError(text)))[2].startswith("error: 'a.png' is cut (")


def test_the_log_of_the_run_takes_the_traceback(run, tmp_path, monkeypatch):
    MMLogger.get_instance('the run', log_file=str(tmp_path / 'run.log'))
    line = run(fail(ValueError('wrong')))[2]
    assert line == 'error: wrong (log: run.log)\n'
    assert 'ValueError: wrong' in (tmp_path / 'run.log').read_text()


def test_where_no_log_can_be_written(run, tmp_path, monkeypatch):
    (tmp_path / 'temporary/cnsn_seg').write_text('a file')
    assert run(fail(ValueError('wrong')))[2] == 'error: wrong (--debug shows where)\n'


def test_debug_shows_the_traceback(run):
    with pytest.raises(ValueError, match='wrong'):
        run(fail(ValueError('wrong')), '--debug')


def test_ranks_say_which_they_are(run, monkeypatch):
    monkeypatch.setenv('RANK', '3')
    assert run(fail(ValueError('wrong')))[2].startswith('rank 3: error: wrong')


def test_an_interrupt_is_one_word(run):
    assert run(fail(KeyboardInterrupt())) == (130, '', 'interrupted\n')


def test_a_request_to_terminate_lets_everything_clean_up(run, tmp_path):
    def command():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            (tmp_path / 'cleaned up').touch()

    assert run(command)[0] == 143
    assert (tmp_path / 'cleaned up').exists()


def test_output_that_nobody_reads_any_more_is_no_error(tmp_path):
    code = (
        'from cnsn_seg import cli\ncli.run(lambda: [print(number) for number in range(100_000)])\n'
    )
    process = subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == '0\n'
    process.stdout.close()
    assert [line for line in process.stderr if 'mmcv' not in line.lower()] == []
    assert process.wait() == 1
