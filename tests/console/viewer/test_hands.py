# SPDX-License-Identifier: Apache-2.0
"""The page in a person's hands: keys, search, filters, addresses, windows of any size, paper."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from console.viewer import recording, scenes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

NARROW = {"width": 420, "height": 800}
AGENT = "invoke_agent Trip Planner"


def picked(page: Page) -> str:
    return page.locator(".span-row[aria-selected=true] .target").inner_text()


def targets(page: Page) -> list[str]:
    return page.locator(".span-row:not(.context) .target").all_text_contents()


def test_arrows_move_through_the_tree_and_fold_it(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.locator("#spans").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    assert picked(page) == "gpt-4o-mini"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert picked(page) == "Trip Planner"
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("treeitem", name=AGENT).get_attribute("aria-expanded") == "false"
    assert page.get_by_role("treeitem").count() == 2


def test_arrows_move_as_soon_as_the_page_is_open(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert picked(page) == "Trip Planner"
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("treeitem", name=AGENT).get_attribute("aria-expanded") == "false"


def test_the_times_above_the_waterfall_never_run_into_each_other(shown: Callable[..., Page]) -> None:
    page = shown([recording.span(1, "long", took=148_000), recording.span(2, "step", under=1)])
    page.get_by_role("treeitem").first.click()
    for width in (1400, 1100, 1000, 900, 800):
        page.set_viewport_size({"width": width, "height": 800})
        ticks = page.locator("#axis .lane span:visible").evaluate_all(
            "all => all.map((tick) => tick.getBoundingClientRect()).map(({left, right}) => [left, right])"
        )
        assert ticks
        assert all(before[1] < after[0] for before, after in itertools.pairwise(ticks)), width


def test_enter_reads_a_span_and_escape_returns_to_the_tree(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.locator("#spans").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert page.evaluate("document.activeElement.id") == "spans"


def test_a_slash_searches_what_was_said(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.keyboard.press("/")
    page.keyboard.type("Night Train")
    page.wait_for_function("document.querySelectorAll('.span-row:not(.context)').length === 1")
    assert targets(page) == ["gpt-4o-mini"]
    page.keyboard.press("Enter")
    assert picked(page) == "gpt-4o-mini"
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.get_by_role("treeitem").count() == 12


def test_a_search_finds_quotes_and_lines_inside_of_messages(shown: Callable[..., Page]) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": 'He said "hello"'}]}]
    page = shown(
        [recording.operation(1, "chat", "owl", input__messages=said), recording.span(2, "other", under=1)]
    )
    page.locator("#query").fill('said "hello"')
    page.wait_for_function("document.querySelectorAll('.span-row').length === 1")
    assert targets(page) == ["owl"]


def test_a_search_leaves_the_traces_that_have_it(shown: Callable[..., Page]) -> None:
    other = recording.operation(1, "invoke_agent", "later", trace="f" * 32, at=9000)
    page = shown([*scenes.trip(), other])
    page.locator("#query").fill("book_flight")
    page.wait_for_function("document.querySelectorAll('.trace-row').length === 1")
    assert page.locator("#trace-count").inner_text() == "1 of 2"


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"press": "Errors"}, ["api.openai.com/v1/chat/completions", "book_flight"]),
        ({"press": "Tools"}, ["book_flight", "search_guide"]),
        ({"model": "claude-sonnet-4-5"}, ["claude-sonnet-4-5", "claude-sonnet-4-5"]),
        ({"agent": "Researcher"}, ["Researcher", "claude-sonnet-4-5", "claude-sonnet-4-5"]),
    ],
    ids=["errors", "operation", "model", "agent"],
)
def test_a_filter_leaves_what_matches_and_what_it_hangs_on(
    shown: Callable[..., Page], chosen: dict[str, str], left: list[str]
) -> None:
    page = shown(scenes.trip())
    for name, value in chosen.items():
        if name == "press":
            page.get_by_role("button", name=value, exact=True).click()
        else:
            page.get_by_role("combobox", name=name).select_option(value)
    assert targets(page) == left
    assert page.locator(".span-row.context .target").first.inner_text() == "plan_trip"


def test_a_node_of_the_graph_leads_to_its_spans(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.get_by_role("tab", name="Graph").click()
    page.get_by_role("button", name="agent Researcher").click()
    assert targets(page) == ["Researcher"]


def test_an_address_leads_to_a_span_again(written: Callable[..., Path], visit: Callable[..., Page]) -> None:
    address = written(scenes.trip()).as_uri()
    page = visit(address)
    page.get_by_role("treeitem", name="execute_tool book_flight").click()
    again = visit(page.url)
    assert again.url == f"{address}#trace={recording.TRACE}&span=0000000000000006"
    assert picked(again) == "book_flight"
    assert again.get_by_role("heading", name="book_flight").is_visible()


def test_an_address_that_leads_nowhere_opens_the_page(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip(), at="#trace=__proto__&span=<b>&view=constructor")
    assert page.get_by_role("treeitem").count() == 12


def test_zooming_shows_the_time_of_one_span(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.get_by_role("treeitem", name="invoke_agent Researcher").dblclick()
    assert page.locator("#axis .lane span").last.inner_text() == "600 ms"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator("#axis .lane span").last.inner_text() == "3.42 s"


def test_a_narrow_window_shows_one_pane_at_a_time(shown: Callable[..., Page]) -> None:
    page = shown([*scenes.trip(), recording.span(1, "other", trace="f" * 32)], viewport=NARROW)
    panes = ("#traces", "#trace", "#detail")

    def visible() -> list[bool]:
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        return [page.locator(pane).is_visible() for pane in panes]

    assert visible() == [True, False, False]
    page.get_by_role("option", name="plan_trip").click()
    assert visible() == [False, True, False]
    page.get_by_role("treeitem", name="chat gpt-4o-mini").first.click()
    assert visible() == [False, False, True]
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Traces").click()
    assert visible() == [True, False, False]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_follow_the_system_and_can_be_read(shown: Callable[..., Page], scheme: str) -> None:
    page = shown(scenes.trip(), color_scheme=scheme)
    page.get_by_role("treeitem", name="execute_tool book_flight").click()
    contrasts = page.evaluate(
        CONTRASTS, ["#file", "dt", ".under", ".verb", ".target", ".notes", ".error b", "#axis .took", ".took"]
    )
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4} == {}


# Of each text with what lies behind it, as the guidelines for accessible content compute it.
CONTRASTS = """(names) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const pixel = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (rgb) => {
        const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const colour = pixel(getComputedStyle(element).backgroundColor);
        return colour[3] === 255 || !element.parentElement ? colour : behind(element.parentElement);
    };
    return Object.fromEntries(names.map((name) => {
        const element = document.querySelector(name);
        const [one, other] = [light(pixel(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
        return [name, (one + 0.05) / (other + 0.05)];
    }));
}"""


def test_the_colours_can_be_chosen(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip(), color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    for name in ("Auto", "Light"):
        page.get_by_role("button", name=name, exact=True).click()
    assert page.evaluate(colour) != light


def test_the_tabs_are_tabs_and_arrows_go_through_them(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.get_by_role("tab", name="Timeline").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", selected=True).inner_text() == "Graph"
    assert page.get_by_role("tabpanel", name="Graph").is_visible()
    assert page.get_by_role("tabpanel", name="Timeline").is_hidden()


def test_on_paper_the_trace_stands_without_the_page_around_it(shown: Callable[..., Page]) -> None:
    page = shown(scenes.crowd(300))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#top").is_hidden()
    assert page.locator(".span-row").count() == 300
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".span-row").count() < 300
