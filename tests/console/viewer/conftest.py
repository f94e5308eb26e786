# SPDX-License-Identifier: Apache-2.0
"""A real browser, which reports whatever a page tries that it should not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.viewer import recording
from spanwright.console.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDE = {"width": 1400, "height": 900}


# Not of the whole run: while the driver is there its loop runs in this thread, and no test of another folder can have one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the group `browser` is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address; at the end no page has complained, and none has asked for anything but itself."""
    trouble: list[str] = []
    contexts = []

    def visit(url: str, *, watched: bool = True, **options: object) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "timezone_id": "UTC", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        own = url.partition("#")[0]
        if not watched:
            page.goto(url)
            return page
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
        page.on(
            "request", lambda asked: asked.url.startswith(own) or trouble.append(f"asked for {asked.url}")
        )
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Record spans, and let the command make their page."""

    def written(*recorded: object, name: str = "run.jsonl") -> Path:
        source = recording.write(tmp_path / name, *recorded)
        target = tmp_path / "page.html"
        with pytest.raises(SystemExit) as left:
            main(["view", str(source), "--no-open", "--output", str(target)])
        assert left.value.code == 0
        return target

    return written


@pytest.fixture
def shown(written: Callable[..., Path], visit: Callable[..., Page]) -> Callable[..., Page]:
    """Record spans and look at their page."""

    def shown(*recorded: object, at: str = "", **options: object) -> Page:
        return visit(written(*recorded).as_uri() + at, **options)

    return shown
