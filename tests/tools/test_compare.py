import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from comparison.synthetic_results import confusions, write_result

ROOT = Path(__file__).parents[2]


def compare(*args: str, cwd: Path, ok: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, ROOT / 'tools/compare.py', *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'COLUMNS': '100'},
    )
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done


@pytest.fixture
def place(tmp_path) -> Path:
    """Two seeds of a baseline, one of a method that is better."""
    for seed in range(2):
        write_result(tmp_path / f'runs/b{seed}', confusions(seed, quality=0.6), seed=seed)
    write_result(tmp_path / 'cnsn', confusions(3, quality=0.8), method='long_config_name')
    return tmp_path


def test_tables_are_printed_and_files_written(place):
    options = ['--confidence', '90', '--published', 'all', '--out', 'out']
    output = compare('runs', 'cnsn=cnsn/results.json', *options, cwd=place).stdout
    for part in ('baseline 2, cnsn 1', '90 % interval', 'No published results are shown'):
        assert part in output
    assert 'long_config_name' not in output
    content = json.loads((place / 'out/comparison.json').read_text())
    assert content['baseline'] == 'baseline'
    assert list(content['methods']) == ['baseline', 'cnsn']
    for end in ('json', 'md', 'tex', 'png'):
        assert f'out/comparison.{end}' in output
        assert (place / f'out/comparison.{end}').stat().st_size > 0


def test_mistakes_end_with_one_sentence_and_nothing_written(place):
    write_result(place / 'rein', method='rein', protocol='rein')
    done = compare('runs', 'rein', '--out', 'out', cwd=place, ok=False)
    assert 'Traceback' not in done.stderr
    assert done.stderr.splitlines()[-1].startswith('error: ')
    assert "'full' version 1 and 'rein' version 1, which differ in views" in done.stderr
    assert not (place / 'out').exists()
