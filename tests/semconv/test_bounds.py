# SPDX-License-Identifier: Apache-2.0
"""However many names callers and servers make up, and however long: series and attributes are bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv import points, render, series
from spanwright.semconv.clean import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 10_000


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    series.forget()
    yield
    series.forget()


def model(name: str) -> m.Inference:
    asked = m.Request(model=name)
    return m.Inference(request=asked, provider="openai", response=m.Response(model=name))


def tool(name: str) -> m.ToolRun:
    return m.ToolRun(name=name)


def agent(name: str) -> m.AgentRun:
    return m.AgentRun(name=name)


KINDS = [model, tool, agent]


def made(kind: Any, names: Any, error: str | None = None) -> set[Any]:
    return {
        (metric, tuple(labels.items()))
        for name in names
        for metric, _, labels in points.points(kind(name), 1.0, error, points.COMPAT)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_names_make_no_more_series_than_the_bound_and_one(kind: Any) -> None:
    found = made(kind, map(str, range(MANY)))
    assert len(found) == series.AT_MOST + 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_keeps_its_name_beyond_the_bound(kind: Any) -> None:
    first = made(kind, ["0"])
    made(kind, map(str, range(MANY)))
    assert made(kind, ["0"]) == first


def test_ten_thousand_kinds_of_error_are_bounded() -> None:
    found = [made(model, ["gpt"], error=f"E{number}") for number in range(MANY)]
    assert len(set().union(*found)) == series.AT_MOST + 1


def test_a_name_beyond_the_bound_stands_on_its_span() -> None:
    made(model, map(str, range(MANY)))
    assert render.start(model("beyond"))[n.GEN_AI_REQUEST_MODEL] == "beyond"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("letter", ["x", "é", "\udcff", "\x00"], ids=ascii)
def test_a_name_of_millions_is_cut_in_name_attributes_and_labels(kind: Any, letter: str) -> None:
    subject = kind(letter * 5_000_000)
    name, _, attributes = render.opening(subject)
    labels = points.labels(subject)
    longest = max(map(len, (*map(str, attributes.values()), *map(str, labels.values()))))
    assert longest <= LONGEST
    assert len(name) <= LONGEST + len(" invoke_agent generate_content")
    name.encode()


@pytest.mark.parametrize(
    "value", ["tool\x00name", "a\x1b[31mb", "\udc80x", "line\nline", 2**70, float("nan"), object()]
)
def test_an_odd_name_becomes_text_that_can_be_sent_or_nothing(value: Any) -> None:
    for found in render.start(tool(value)).values():
        str(found).encode()
