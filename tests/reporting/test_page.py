"""The page as a reader meets it: real models and images, in a browser."""

import json
import os
import re
from pathlib import Path

import pytest
from browser import launched, needs_chromium, opened
from page_results import write_result
from tiny_checkpoint import config_file, save_checkpoint

from cnsn_seg.engine import load_config
from cnsn_seg.evaluation import Options, evaluate_all, plan_jobs
from cnsn_seg.miniature import make_miniature
from cnsn_seg.reporting.page import write_page

SECTIONS = ['domains', 'classes', 'confusions', 'examples', 'statistics', 'training', 'provenance']
METHODS = {'baseline': '', 'cnsn': 'cnsn'}


@pytest.fixture(scope='module')
def place(tmp_path_factory) -> Path:
    """A folder with images, two checkpoints, a log, their results and the page."""
    root = tmp_path_factory.mktemp('page')
    make_miniature(root / 'data/miniature', domains=['gta5', 'cityscapes'], train=1, val=5)
    before = Path.cwd()
    os.chdir(root)
    try:
        for name, method in METHODS.items():
            checkpoint = save_checkpoint(Path(f'work/{name}/iter_7.pth'), method)
            cfg = load_config(config_file(method))
            cfg.test_dataloader.num_workers = 0
            cfg.log_level = 'WARNING'
            cfg.work_dir = f'work/{name}'
            jobs = plan_jobs([checkpoint], f'results/{name}', f'predictions/{name}')
            evaluate_all(cfg, jobs, Options(domains=['gta', 'cityscapes']), show_progress=False)
        log = Path('work/cnsn/20260101_000000/vis_data/scalars.json')
        log.parent.mkdir(parents=True)
        log.write_text(
            '{"loss": 2.0, "lr": 0.1, "iter": 50}\n{"loss": 1.0, "lr": 0.01, "iter": 100}\n'
            '{"gta/mIoU": 30.0, "step": 100}\n'
        )
        write_page(results_of(root), 'report', num_images=4)
    finally:
        os.chdir(before)
    return root


def results_of(root: Path) -> list[Path]:
    return [root / 'results' / name for name in METHODS]


@pytest.fixture(scope='module')
def page_file(place) -> Path:
    return place / 'report/index.html'


@pytest.fixture(scope='module')
def browser():
    with launched() as found:
        yield found


@pytest.fixture(scope='module')
def reader(browser, page_file):
    with opened(browser, page_file) as found:
        yield found


def shown(page, selector: str) -> int:
    return page.locator(f'{selector} >> visible=true').count()


@needs_chromium
def test_every_section_renders_without_a_complaint_or_a_request(reader):
    page = reader.page
    for section in SECTIONS:
        assert page.locator(f'#{section}').get_by_role('heading').first.is_visible()
    for section, charts in dict(
        domains=1, classes=2, confusions=1, statistics=4, training=3
    ).items():
        page.wait_for_function(
            f"document.querySelectorAll('#{section} figure:not([hidden]) .main-svg').length > 0"
        )
        assert shown(page, f'#{section} figure.chart') == charts
        assert shown(page, f'#{section} .plot > .plot-container') == charts
    assert shown(page, '.missing') == 0
    assert shown(page, '.viewer') == 4
    assert page.locator('.viewer:visible img:not([hidden])').evaluate_all(
        'images => images.every((image) => image.complete && image.naturalWidth > 0)'
    )
    assert (reader.errors, reader.requests) == ([], [])


@needs_chromium
def test_selection_boxes_choose_what_is_shown(reader):
    page = reader.page
    picker = page.locator('#confusions .picker')
    picker.get_by_label('Method').select_option('baseline')
    picker.get_by_label('Domain').select_option('gta (source)')
    assert shown(page, '#confusions figure') == 1
    assert picker.locator('figcaption:visible').inner_text().startswith('baseline on gta (source)')
    distributions = page.locator('#statistics .picker').last
    distributions.get_by_label('Method').select_option('baseline')
    around = distributions.locator('option', has_text='SelfNorm of stage 1')
    assert around.evaluate('option => option.disabled')
    distributions.get_by_label('Method').select_option('cnsn')
    distributions.get_by_label('Place').select_option('SelfNorm of stage 1')
    assert 'before SelfNorm' in distributions.locator('figcaption:visible').inner_text()
    assert reader.errors == []


@needs_chromium
def test_the_slider_moves_by_mouse_and_by_keyboard(reader):
    viewer = reader.page.locator('.viewer:visible').first
    viewer.scroll_into_view_if_needed()
    box, slider = viewer.locator('.wipe').bounding_box(), viewer.get_by_role('slider')

    def width_left() -> float:
        return viewer.locator('.edge').bounding_box()['x'] - box['x']

    def press(key: str) -> float:
        slider.press(key)
        return width_left()

    slider.click(position=dict(x=box['width'] * 0.2, y=box['height'] / 2))
    assert width_left() == pytest.approx(0.2 * box['width'], abs=0.06 * box['width'])
    clicked = width_left()
    assert press('ArrowRight') > clicked
    assert press('End') == pytest.approx(box['width'], abs=3)
    assert press('Home') == pytest.approx(0, abs=3)
    assert '0 % image' in slider.get_attribute('aria-valuetext')


@needs_chromium
def test_errors_lie_on_the_photo(reader):
    viewer = reader.page.locator('.viewer:visible').first
    left = viewer.locator('.side.left img')
    photo = left.first.get_attribute('src')
    assert photo.startswith('data:image/webp')
    viewer.get_by_label('Left').select_option('truth')
    assert left.first.get_attribute('src').startswith('data:image/png')
    assert not left.last.is_visible()
    viewer.get_by_label('Left').select_option('errors of cnsn')
    assert left.first.get_attribute('src') == photo
    assert left.last.is_visible()


@needs_chromium
def test_the_theme_is_the_systems_until_the_button_says_otherwise(browser, page_file):
    with opened(browser, page_file, theme='dark') as found:
        page, button = found.page, found.page.get_by_role('button', name='Dark theme')
        text = '() => getComputedStyle(document.querySelector("#domains .xtick text")).fill'
        page.wait_for_selector('#domains .xtick text')
        page.wait_for_function(f'({text})() === "rgb(232, 235, 239)"')
        assert button.get_attribute('aria-pressed') == 'true'
        button.press('Enter')
        assert button.get_attribute('aria-pressed') == 'false'
        page.wait_for_function(f'({text})() === "rgb(27, 31, 36)"')
        assert found.errors == []


@needs_chromium
def test_a_phone_has_no_horizontal_scroll_but_in_the_boxes_of_tables(browser, page_file):
    with opened(browser, page_file, width=360) as found:
        page = found.page
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_selector('#training .main-svg')
        assert page.evaluate('document.documentElement.scrollWidth') == 360
        assert page.locator('#confusions .scroll:visible').last.evaluate(
            'box => box.scrollWidth > box.clientWidth'
        )


@needs_chromium
@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_axe_finds_nothing_against_accessibility(browser, page_file, theme):
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, page_file, theme=theme) as found:
        found.page.evaluate(
            "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
        )
        found.page.wait_for_selector('#training .main-svg')
        violations = Axe().run(found.page).response['violations']
    assert [(one['id'], [node['html'][:200] for node in one['nodes']]) for one in violations] == []


@needs_chromium
def test_names_from_results_are_text_and_never_run(browser, tmp_path):
    hostile = (
        '<script>document.title = "run"</script><img src=x onerror="document.title = \'run\'">'
    )
    path = write_result(tmp_path, method=hostile, machine=hostile)
    content = json.loads(path.read_text())
    content['classes'][0] = content['protocol']['classes'][0] = hostile
    content['domains'] = {
        'gta': content['domains']['gta'],
        f'</script>{hostile}': content['domains']['cityscapes'],
    }
    content['unseen']['domains'] = [f'</script>{hostile}']
    path.write_text(json.dumps(content))
    with opened(browser, write_page([path], tmp_path / 'out')) as found:
        found.page.wait_for_selector('#classes .xtick text')
        assert hostile in found.page.locator('h1').inner_text()
        assert 'document.title' in found.page.locator('#classes .xtick text').first.text_content()
        assert found.page.title() != 'run'
        assert (found.errors, found.requests) == ([], [])


def test_results_without_checkpoint_make_a_page_that_says_so(tmp_path):
    page = write_page([write_result(tmp_path)], tmp_path / 'out').read_text()
    assert page.count('The checkpoint &#39;nowhere/iter_1.pth&#39; is not there any more.') == 2
    assert 'The images cannot be shown' in page
    assert 'baseline could not be measured' in page


def test_a_checkpoint_that_changed_is_not_shown_as_the_one_evaluated(place, monkeypatch):
    monkeypatch.chdir(place)
    path = Path('work/cnsn/iter_7.pth')
    content = path.read_bytes()
    try:
        path.write_bytes(content + b'0')
        page = write_page(results_of(place), 'changed', num_images=4).read_text()
    finally:
        path.write_bytes(content)
    assert 'has changed since it was evaluated' in page


def test_pictures_are_of_the_evaluated_predictions_saved_or_not(place, monkeypatch):
    monkeypatch.chdir(place)
    pages = []
    for name in ('saved', 'unsaved'):
        pages.append(write_page(results_of(place), name, num_images=4).read_text())
        if name == 'saved':
            os.rename('predictions', 'elsewhere')
    os.rename('elsewhere', 'predictions')
    assert pages[0] == pages[1]
    assert 'differs in at least' not in pages[0]


def test_a_second_page_measures_nothing_again(place, monkeypatch):
    monkeypatch.chdir(place)
    first = Path('report/index.html').read_text()
    monkeypatch.setattr(
        'cnsn_seg.reporting.page.page.measure_gap', lambda *_: pytest.fail('measured again')
    )
    assert write_page(results_of(place), 'report', num_images=4).read_text() == first


def test_pictures_shrink_until_they_keep_the_budget(place, monkeypatch):
    monkeypatch.chdir(place)
    assert pictures(Path('report/index.html')) > 120_000
    monkeypatch.setattr('cnsn_seg.reporting.page.examples.BUDGET', 120_000)
    assert pictures(write_page(results_of(place), 'small', num_images=4)) <= 120_000


def pictures(page: Path) -> int:
    """Bytes of all pictures."""
    return sum(map(len, re.findall(r'data:image/\w+;base64,[A-Za-z0-9+/=]+', page.read_text())))
