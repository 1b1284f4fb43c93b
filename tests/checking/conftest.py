"""Tiny data sets, and the tool that checks them."""

import json
import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_data import TOOL, Downloaded, write_data_set


@dataclass(frozen=True)
class Ran:
    """What the tool did."""

    code: int
    output: str
    errors: str
    out: Path

    def report(self, domain: str) -> dict:
        return json.loads((self.out / domain / 'report.json').read_text())


@pytest.fixture
def download(tmp_path: Path) -> Callable[[str], Downloaded]:
    """Write the named data set below ``tmp_path``."""
    return lambda name: write_data_set(tmp_path / 'data' / name, name)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> Callable[..., Ran]:
    """Run ``tools/check_data.py`` as the command line does, in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, workers: int = 1) -> Ran:
        command = [str(TOOL), *map(str, arguments), '--workers', str(workers)]
        monkeypatch.setattr(sys, 'argv', command)
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(TOOL), run_name='__main__')
        output, errors = capsys.readouterr()
        return Ran(end.value.code, output, errors, tmp_path / 'work_dirs/check_data')

    return call
