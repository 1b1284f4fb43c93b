import io
import json
import re

import cv2
import pytest
from comparison.synthetic_results import confusions, write_result
from rich.console import Console

from cnsn_seg.comparison import compare, load_results
from cnsn_seg.reporting import comparison_table, save_comparison
from cnsn_seg.reporting.comparison.latex import comparison_latex
from cnsn_seg.reporting.comparison.layout import layout
from cnsn_seg.reporting.comparison.markdown import comparison_markdown


def compared(root, **options):
    return compare(load_results([str(root)]), **options)


def on_terminal(comparison, width=120, **options) -> str:
    file = io.StringIO()
    Console(width=width, file=file, **options).print(comparison_table(comparison))
    return file.getvalue()


@pytest.fixture
def gain(tmp_path):
    """A baseline with two seeds, and a method that is better wherever it was evaluated."""
    for seed in range(2):
        write_result(tmp_path / f'b{seed}', confusions(seed, quality=0.6), seed=seed)
    few = confusions(3, quality=0.8, gta=8, cityscapes=12)
    write_result(tmp_path / 'c', few, method='cn_sn', seed=7)
    return compared(tmp_path)


def test_the_terminal_shows_methods_by_domains_and_their_differences(gain):
    lines = on_terminal(gain).splitlines()
    scores = {name: method['mIoU'] for name, method in gain['methods'].items()}
    header = next(line for line in lines if 'mIoU %' in line)
    assert ' '.join(header.split()) == 'mIoU % gta (source) cityscapes bdd100k mean unseen'
    row = next(line for line in lines if line.startswith(' cn_sn'))
    mean = scores['cn_sn']['cityscapes']['mean']
    assert row.split()[1:] == [
        f'{scores["cn_sn"]["gta"]["mean"]:.2f}↑',
        f'{mean:.2f}↑',
        '-',
        f'{mean:.2f}↑',
    ]
    row = next(line for line in lines if line.startswith(' baseline'))
    score = scores['baseline']['bdd100k']
    assert f'{score["mean"]:.2f} ±{score["std"]:.2f}' in row
    (found,) = (one for one in gain['differences'] if one['column'] == 'cityscapes')
    low, high = found['interval']
    line = next(line for line in lines if line.strip().startswith('cityscapes'))
    assert f'{found["difference"]:+.2f}↑' in line
    assert f'[{low:+.2f}, {high:+.2f}]' in line
    assert '100.0 %' in line


def test_the_best_of_a_column_is_bold(gain):
    text = on_terminal(gain, force_terminal=True, color_system='standard')
    bold = re.findall(r'\x1b\[1m\s*([^\x1b]*?)\s*\x1b', text)
    scores = {name: method['mIoU'] for name, method in gain['methods'].items()}
    best = [scores['cn_sn'][name]['mean'] for name in ('gta', 'cityscapes', 'mean unseen')]
    expected = {f'{mean:.2f}↑' for mean in best}
    assert expected < set(bold)
    assert not any(f'{scores["baseline"]["gta"]["mean"]:.2f}' in part for part in bold)


def test_an_arrow_stands_where_the_interval_leaves_zero_out(gain):
    (found,) = (one for one in gain['differences'] if one['column'] == 'gta')
    for ends, arrow in (([0.1, 2], '↑'), ([0, 2], ''), ([-1, 2], ''), ([-2, -0.1], '↓')):
        found['interval'] = ends
        (row,) = (row for row in layout(gain).methods if row.name == 'cn_sn')
        assert row.cells[0].arrow == arrow


@pytest.mark.parametrize('width', [80, 120])
def test_nothing_is_cut_off_on_a_narrow_terminal(tmp_path, width):
    name = 'deeplabv3plus_r50-d16_cnsn_8xb2-40k_gta5-768x768'
    write_result(tmp_path / 'a')
    marked = dict(metrics=['cityscapes/mIoU'], target_domains=['cityscapes'])
    write_result(tmp_path / 'b', method=name, selection=marked)
    text = on_terminal(compared(tmp_path), width)
    assert '…' not in text
    assert max(map(len, text.splitlines())) <= width
    assert text.count('†') == 2  # in the table and its footnote


def test_marks_have_footnotes(tmp_path):
    path = write_result(
        tmp_path / 'leak',
        method='leak',
        selection=dict(metrics=['cityscapes/mIoU'], target_domains=['cityscapes']),
        trained_under='rein',
        final=False,
    )
    content = json.loads(path.read_text())
    content['domains']['bdd100k']['num_expected'] = 1000
    path.write_text(json.dumps(content))
    write_result(tmp_path / 'clean', method='clean')
    parts = layout(compared(tmp_path))
    assert {row.name: row.marks for row in parts.methods} == {'clean': '', 'leak': '†‡§'}
    notes = '\n'.join(parts.notes)
    assert '† leak: checkpoint chosen on cityscapes' in notes
    assert '‡ leak: not final, evaluated on 10 of 1000 images of bdd100k' in notes
    assert '§ leak: trained under protocol rein' in notes
    assert not any(note[2:].startswith('clean') for note in parts.notes)


def test_seeds_that_lack_a_domain_are_told(tmp_path):
    write_result(tmp_path / 'a', seed=0)
    write_result(tmp_path / 'b', confusions(1, gta=8, cityscapes=12), seed=1)
    parts = layout(compared(tmp_path))
    ((row),) = parts.methods
    texts = dict(zip(parts.headers, (cell.text for cell in row.cells), strict=True))
    assert texts['bdd100k'].endswith(' (1)')
    assert '±' in texts['cityscapes'] and '(' not in texts['cityscapes']
    assert '(n): of n seeds only, the others were not evaluated on it.' in parts.notes


def test_settings_are_told(tmp_path):
    settings = dict(mode='slide', crop_size=[512, 512], stride=[341, 341], tta=True, limit=None)
    write_result(tmp_path, settings=settings)
    note = layout(compared(tmp_path)).notes[0]
    assert 'sliding window of [512, 512] every [341, 341] pixels, test-time augmentation' in note


def test_corruptions_are_told(tmp_path):
    names = ['cityscapes+fog-1', 'cityscapes+fog-5', 'cityscapes+snow-1', 'cityscapes+snow-5']
    write_result(tmp_path, confusions(**dict.fromkeys(names, 3)))
    parts = layout(compared(tmp_path))
    assert parts.headers == ['cityscapes corrupted']
    assert 'cityscapes corrupted: mean over fog, snow at severities 1, 5.' in parts.notes


@pytest.fixture
def published(tmp_path):
    counts = dict(gta=4, cityscapes=500, bdd100k=1000)
    write_result(tmp_path / 'official', confusions(**counts), protocol='robustnet')
    return lambda choice: compared(tmp_path / 'official', published=choice)


def test_published_rows_are_apart_and_name_their_source(published):
    parts = layout(published('protocol'))
    row = parts.published[0]
    assert row.name == 'Baseline DeepLabV3+, ResNet-101 OS8 [1]'
    assert [cell.text for cell in row.cells] == [
        '-',
        '30.06',
        '24.85',
        f'{(30.06 + 24.85) / 2:.2f}',
    ]
    assert '[1] RobustNet README (commit 1ff5c04), as printed there.' in parts.notes
    assert not any(cell.best for row in parts.published for cell in row.cells)
    lines = on_terminal(published('protocol')).splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == 'published')
    assert lines[start - 2].startswith(' baseline')
    assert not lines[start - 1].strip()
    assert lines[start + 1].startswith(' Baseline DeepLabV3+')


def test_published_rows_of_no_or_another_protocol_are_marked(published):
    names = [row.name for row in layout(published('all')).published]
    assert 'ISW (RobustNet), ResNet-101 OS8 [1]' in names
    assert any(name.endswith('(protocol not stated)') for name in names)
    assert any(name.startswith('HRDA + SHADE') and '(protocol hrda)' in name for name in names)


def test_markdown_has_as_many_cells_in_every_row(gain, published):
    for comparison in (gain, published('all')):
        for table in re.split(r'\n\n', comparison_markdown(comparison)):
            if table.startswith('|'):
                counts = {len(re.findall(r'(?<!\\)\|', line)) for line in table.splitlines()}
                assert len(counts) == 1
                assert re.fullmatch(r'\|( ---:? \|)+', table.splitlines()[1])
    text = comparison_markdown(gain)
    assert r'| cn\_sn | **' in text
    assert r'\[+' in text


def test_markdown_of_odd_names_keeps_its_columns(tmp_path):
    write_result(tmp_path, method='a|b*c_d')
    assert r'| a\|b\*c\_d | ' in comparison_markdown(compared(tmp_path))


def check_latex(text: str) -> None:
    """Check what makes a table compile: environments, braces, cells, escapes, ASCII."""
    assert text.isascii()
    body = re.sub(r'(?m)^%.*', '', text)
    stack = []
    for kind, name in re.findall(r'\\(begin|end)\{(\w+)\}', body):
        if kind == 'begin':
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    bare = re.sub(r'\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}', '', body)
    depth = 0
    for brace in re.findall(r'(?<!\\)[{}]', bare):
        depth += 1 if brace == '{' else -1
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r'(?<!\\)\$', bare)) % 2 == 0
    outside_math = re.sub(r'(?<!\\)\$.*?(?<!\\)\$', '', bare)
    assert not re.search(r'(?<!\\)[_^#%~<>|]', outside_math)
    for spec, rows in re.findall(r'(?s)\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}', body):
        for row in re.findall(r'(?m)^(.*) \\\\$', rows):
            spans = sum(int(count) - 1 for count in re.findall(r'\\multicolumn\{(\d+)\}', row))
            assert len(re.findall(r'(?<!\\)&', row)) + 1 + spans == len(spec)


def test_latex_would_compile(gain, published, tmp_path):
    check_latex(comparison_latex(gain))
    check_latex(comparison_latex(published('all')))
    write_result(tmp_path / 'x', confusions(1, gta=3), method='a_b & c% #1 {~^\\} $x$ <|>')
    write_result(tmp_path / 'y', confusions(2, gta=3), method='d')
    check_latex(comparison_latex(compared(tmp_path / 'x')))
    text = comparison_latex(gain)
    assert 'cn\\_sn & \\textbf{' in text
    assert '$+$' in text and '$\\pm$' in text and '$^{\\uparrow}$' in text


def test_saving_writes_every_file_and_takes_back_a_picture_of_nothing(gain, tmp_path):
    paths = save_comparison(tmp_path / 'out', gain)
    assert [path.name for path in paths] == [
        f'comparison.{end}' for end in ('json', 'md', 'tex', 'png')
    ]
    assert json.loads(paths[0].read_text()) == gain
    assert cv2.imread(str(paths[3])).shape[1] > 1000
    alone = compared(tmp_path / 'b0')
    assert len(save_comparison(tmp_path / 'out', alone)) == 3
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        'comparison.json', 'comparison.md', 'comparison.tex'
    ]  # fmt: skip
