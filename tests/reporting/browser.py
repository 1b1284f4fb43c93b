"""A headless Chromium that notes what a page complains about and asks the network for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which('chromium') or shutil.which('google-chrome')
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason='no Chromium: apt-get install chromium'
)


@dataclass
class Opened:
    """An open page, its errors on the console and its requests beyond the file itself."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ['--no-sandbox', '--disable-gpu']
        with playwright.chromium.launch(executable_path=CHROMIUM, args=arguments) as browser:
            yield browser


@contextmanager
def opened(
    browser: Browser, file: Path, width: int = 1200, theme: str = 'light'
) -> Iterator[Opened]:
    viewport = dict(width=width, height=900)
    context = browser.new_context(color_scheme=theme, viewport=viewport)
    found = Opened(context.new_page())
    address = file.resolve().as_uri()

    def note(route) -> None:
        if route.request.url.partition('#')[0] == address:
            route.continue_()
        else:
            found.requests.append(route.request.url)
            route.abort()

    context.route(lambda url: not url.startswith('data:'), note)
    found.page.on('pageerror', lambda error: found.errors.append(str(error)))
    found.page.on(
        'console',
        lambda message: message.type in ('error', 'warning') and found.errors.append(message.text),
    )
    found.page.goto(address)
    yield found
    context.close()
