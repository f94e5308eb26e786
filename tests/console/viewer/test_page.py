# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: what it shows of a trace."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from console.viewer import recording, scenes
from spanwright.console._facts import read
from spanwright.console._figures import count, duration
from spanwright.console._forest import grow
from spanwright.console._otlp import spans
from spanwright.console._totals import add_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


def rows(page: Page) -> list[str]:
    return page.locator(".span-row").evaluate_all(
        "rows => rows.sort((a, b) => a.id.slice(6) - b.id.slice(6)).map(row => row.querySelector('.target').textContent)"
    )


def figures(page: Page, where: str = "#trace-head") -> dict[str, str]:
    return dict(
        page.locator(f"{where} .figure").evaluate_all(
            "all => all.map(each => [each.querySelector('dt').textContent, each.querySelector('dd').firstChild.textContent])"
        )
    )


def table(page: Page, name: str) -> dict[str, dict[str, str]]:
    found = page.locator("#sums table").filter(has=page.get_by_role("columnheader", name=name, exact=True))
    lines = found.locator("tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    head = lines[0][1:]
    return {line[0]: dict(zip(head, line[1:], strict=True)) for line in lines[1:]}


def pick(page: Page, name: str) -> None:
    page.get_by_role("treeitem", name=name).first.click()


def test_a_trace_is_its_tree_in_order_of_start(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    assert rows(page)[:4] == [
        "plan_trip",
        "Trip Planner",
        "gpt-4o-mini",
        "api.openai.com/v1/chat/completions",
    ]
    assert (
        page.get_by_role("treeitem", name="chat claude-sonnet-4-5").nth(1).get_attribute("aria-level") == "5"
    )


@pytest.mark.parametrize(
    "scene", [scenes.trip(), scenes.crowd(300), scenes.hostile()], ids=["trip", "crowd", "hostile"]
)
def test_a_trace_adds_up_to_what_the_terminal_says(shown: Callable[..., Page], scene: list[dict]) -> None:
    [tree] = grow(spans(recording.line(scene)))
    totals = add_up(tree, [read(branch.span) for branch in tree.branches])
    expected = {
        "Duration": duration(totals.duration),
        "Spans": count(totals.spans),
        "Model calls": count(totals.model_calls),
        "Tool calls": count(totals.tool_calls),
        "Tokens in": count(totals.usage.input),
        "Tokens out": count(totals.usage.output),
        "Errors": count(totals.errors),
    }
    found = figures(shown(scene))
    assert {name: found.get(name, "0") for name in expected} == expected


def test_the_cost_is_that_of_the_terminal(shown: Callable[..., Page]) -> None:
    pytest.importorskip("genai_prices")
    [tree] = grow(spans(recording.line(scenes.trip())))
    totals = add_up(tree, [read(branch.span) for branch in tree.branches])
    assert f"~{figures(shown(scenes.trip()))['Cost'].rstrip('+')}" == totals.price().partition(" ")[0]


def test_a_recorded_cost_is_taken_as_it_is(shown: Callable[..., Page]) -> None:
    call = recording.operation(1, "chat", "of-nobody", usage__input_tokens=3, raw={"spanwright.cost": 0.25})
    assert figures(shown([call]))["Cost"] == "$0.2500"


def test_agents_and_models_share_the_tokens_without_counting_any_twice(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip(), at="#view=sums")
    page.get_by_role("tab", name="Totals").click()
    for name in ("Agents", "Models"):
        found = table(page, name)
        assert found["Together"]["Tokens in"] == "2,801"
        assert found["Together"]["Tokens out"] == "450"
    assert table(page, "Agents")["Researcher"]["Tokens in"] == "1,840"
    assert table(page, "Tools")["book_flight"]["Errors"] == "1"


def test_the_traces_are_listed_the_latest_first(shown: Callable[..., Page]) -> None:
    other = recording.operation(1, "invoke_agent", "later", trace="f" * 32, at=9000, took=1500)
    page = shown([*scenes.trip(), other])
    listed = page.get_by_role("option")
    assert listed.locator(".name").all_text_contents() == ["later", "plan_trip"]
    assert listed.locator(".took").all_text_contents() == ["1.50 s", "3.42 s"]
    assert "2 errors" in listed.nth(1).inner_text()


def test_a_conversation_reads_as_it_was_held(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.get_by_role("treeitem", name="chat gpt-4o-mini").nth(1).click()
    said = page.locator("#span-view .said")
    assert said.locator("header").all_text_contents() == [
        "System",
        "User",
        "Assistant",
        "Toolbook_flight",
        "Assistant",
    ]
    assert (
        said.nth(2).locator(".thought .text").inner_text()
        == "The picture shows the Tagus, so the city is Lisbon."
    )
    assert said.nth(2).locator(".call").inner_text().split() == [
        "book_flight",
        "call_1",
        "{to:",
        '"LIS",',
        "day:",
        '"2026-05-01"}',
    ]
    assert (
        said.nth(4).locator(".text").inner_text()
        == "TP 1234 is full. Take the night train, and a light jacket."
    )


def test_an_image_is_a_placeholder_and_nothing_is_loaded(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    pick(page, "chat gpt-4o-mini")
    images = page.get_by_role("img", name="image, not shown")
    assert images.first.inner_text().split("\n") == ["Image", "image/png", "48.2 kB", "9f86d081884c7d65"]
    assert page.locator("img, iframe, object, video, audio, a[href]").count() == 0


def test_messages_that_are_structures_are_read_as_well(shown: Callable[..., Page]) -> None:
    call = recording.operation(1, "chat", "owl")
    part = {"kvlistValue": {"values": recording.pairs({"type": "text", "content": "Structured"})}}
    message = {"key": "parts", "value": {"arrayValue": {"values": [part]}}}
    role = {"key": "role", "value": {"stringValue": "user"}}
    told = {"arrayValue": {"values": [{"kvlistValue": {"values": [role, message]}}]}}
    call["attributes"].append({"key": "gen_ai.input.messages", "value": told})
    page = shown([call])
    pick(page, "chat owl")
    assert page.locator(".said.user .text").inner_text() == "Structured"


def test_content_that_was_logged_is_part_of_the_conversation(shown: Callable[..., Page]) -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "From the log"}]}]
    logged = recording.log(1, "gen_ai.client.inference.operation.details", input__messages=json.dumps(said))
    page = shown([recording.operation(1, "chat", "owl")], [logged])
    pick(page, "chat owl")
    assert page.locator(".said.user .text").inner_text() == "From the log"
    page.get_by_role("tab", name="Logs").click()
    assert page.locator(".moment b").inner_text() == "gen_ai.client.inference.operation.details"


def test_an_error_says_what_happened_and_where(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    pick(page, "execute_tool book_flight")
    assert page.locator(".error").inner_text() == "SeatsUnavailable: No seats left on TP 1234"
    page.get_by_role("tab", name="Events").click()
    assert "Traceback (most recent call last)" in page.locator("#span-view").inner_text()


def test_the_graph_counts_who_called_whom(shown: Callable[..., Page]) -> None:
    page = shown(scenes.trip())
    page.get_by_role("tab", name="Graph").click()
    calls = page.locator("#graph .count title").all_text_contents()
    assert sorted(calls) == [
        "Researcher called claude-sonnet-4-5 1 time",
        "Trip Planner called Researcher 1 time",
        "Trip Planner called book_flight 1 time, 1 error",
        "Trip Planner called gpt-4o-mini 2 times",
        "Trip Planner called search_guide 1 time",
        "search_guide called text-embedding-3-small 1 time",
        "trip-planner called Trip Planner 1 time",
    ]


def test_calls_that_pass_a_column_of_the_graph_run_beside_what_stands_there(
    shown: Callable[..., Page],
) -> None:
    page = shown(
        [
            recording.span(1, "program", took=100),
            recording.operation(2, "invoke_agent", "gardener", under=1, at=10, took=80),
            recording.operation(3, "execute_tool", "search", under=2, at=20, took=60),
            recording.operation(4, "embeddings", "small", under=3, at=30, took=10),
            recording.operation(5, "embeddings", "small", under=1, at=1, took=5),
            recording.operation(6, "chat", "large", under=2, at=85, took=2),
            recording.operation(7, "chat", "large", under=1, at=95, took=2),
        ]
    )
    page.get_by_role("tab", name="Graph").click()
    assert page.evaluate(CROSSED) == []
    badges = page.locator("#graph .count rect").evaluate_all(
        "all => all.map(({x, y, width, height}) => [x, y, width, height].map(side => side.baseVal.value))"
    )
    assert [pair for pair in itertools.combinations(badges, 2) if overlap(*pair)] == []


CROSSED = """() => [...document.querySelectorAll("#graph .edge")].flatMap((edge) => {
  const steps = Array.from({length: 200}, (_, step) => edge.getPointAtLength(edge.getTotalLength() * step / 200));
  return [...document.querySelectorAll("#graph .node")].filter((node) => {
    const {x, y, width, height} = node.getBBox();
    const {e: left, f: top} = node.transform.baseVal[0].matrix;
    const inside = (at) => at.x > left + 3 && at.x < left + width - 3 && at.y > top && at.y < top + height;
    return steps.some(inside);
  }).map((node) => node.getAttribute("aria-label"));
})"""
"""The nodes that an edge runs through; its ends touch theirs."""


def overlap(one: list[float], other: list[float]) -> bool:
    return all(one[at] < other[at] + other[at + 2] and other[at] < one[at] + one[at + 2] for at in (0, 1))


def test_agents_that_call_each_other_in_a_circle_can_be_drawn(shown: Callable[..., Page]) -> None:
    chain = [
        recording.operation(n, "invoke_agent", "AB"[n % 2], under=n - 1, at=n, took=90 - n)
        for n in range(1, 40)
    ]
    page = shown(chain)
    page.get_by_role("tab", name="Graph").click()
    assert page.locator("#graph .node").count() == 3
    assert page.locator("#graph .edge").count() == 3


def test_spans_that_are_each_others_parents_are_shown_all_the_same(shown: Callable[..., Page]) -> None:
    page = shown(
        [
            recording.span(1, "one", under=2),
            recording.span(2, "other", under=1),
            recording.span(3, "self", under=3),
        ]
    )
    assert sorted(rows(page)) == ["one", "other", "self"]


def test_one_span_is_a_page(shown: Callable[..., Page]) -> None:
    page = shown([recording.span(1, "only", took=0)])
    assert rows(page) == ["only"]
    assert figures(page) == {"Duration": "0 ms", "Spans": "1"}


def test_a_crowd_of_spans_holds_few_elements_and_reaches_its_end(shown: Callable[..., Page]) -> None:
    page = shown(scenes.crowd(10_000))
    page.locator("#spans").focus()
    page.keyboard.press("End")
    page.get_by_role("treeitem", selected=True).wait_for()
    assert page.evaluate("document.getElementById('spans').scrollHeight") == 280_000
    assert page.locator(".span-row").count() < 80
    assert re.fullmatch(r"spans-9999", page.get_by_role("treeitem", selected=True).get_attribute("id") or "")


def test_a_thousand_traces_are_listed_as_easily(shown: Callable[..., Page]) -> None:
    page = shown(scenes.many(1000))
    assert page.locator("#trace-count").inner_text() == "1,000"
    assert page.get_by_role("option").count() < 60
