"""``tools/report.py`` as a user runs it."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from page_results import write_result
from tiny_checkpoint import ROOT

TOOL = ROOT / 'tools/report.py'


@pytest.fixture
def mistake(tmp_path, monkeypatch, capsys):
    """Run the tool in this process and return the sentence that it ends with."""
    monkeypatch.chdir(tmp_path)

    def end(*args: str) -> str:
        monkeypatch.setattr(sys, 'argv', [str(TOOL), *args])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_path(str(TOOL), run_name='__main__')
        assert exit_.value.code == 1
        assert not Path('report').exists()
        return capsys.readouterr().err.splitlines()[-1]

    return end


def test_the_page_is_written_and_named(tmp_path):
    write_result(tmp_path / 'a')
    done = subprocess.run(
        [sys.executable, TOOL, 'a/results.json', '--out', 'out'],
        cwd=tmp_path,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('page: out/index.html (')
    assert (tmp_path / 'out/index.html').read_text().startswith('<!doctype html>')


def test_mistakes_end_with_one_sentence_and_no_page(mistake, tmp_path):
    good = str(write_result(tmp_path / 'a'))
    old = write_result(tmp_path / 'b', 'old')
    old.write_text(json.dumps(json.loads(old.read_text()) | dict(schema_version=2)))
    assert "nowhere.json'" in mistake('nowhere.json')
    assert 'evaluate again' in mistake(str(old))
    assert 'evaluate the same checkpoint' in mistake(good, f'{tmp_path}/./a/results.json')
    assert '--images must be 2 or more, got 1' in mistake(good, '--images', '1')


@pytest.mark.parametrize('package', ['plotly', 'jinja2'])
def test_a_missing_package_is_named_with_what_to_install(package, mistake, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith('cnsn_seg.reporting.page')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    sentence = mistake(str(write_result(tmp_path / 'a')))
    assert f"the page needs {package}: pip install 'cnsn-seg[report]'" in sentence
