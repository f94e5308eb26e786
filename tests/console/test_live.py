# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows while spans of several operations end in turns."""

from __future__ import annotations

import re
from io import StringIO
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from spanwright.console import _live, _teller


class Terminal(StringIO):
    """Text on a terminal, as far as anybody asks."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Stage:
    """Spans that are told of as they end, on a terminal or on what is none."""

    def __init__(self, stream: StringIO, monkeypatch: pytest.MonkeyPatch, label: str = "") -> None:
        monkeypatch.setattr("sys.__stderr__", stream)
        self._stream = stream
        self._provider = TracerProvider()
        self._live = _live.Live(label)
        self._provider.add_span_processor(self._live)

    def start(
        self, operation: str, name: str, above: trace.Span | None = None, **attributes: Any
    ) -> trace.Span:
        key = {"invoke_agent": "agent.name", "execute_tool": "tool.name"}.get(operation, "request.model")
        told = {"gen_ai.operation.name": operation, f"gen_ai.{key}": name, **attributes}
        context = trace.set_span_in_context(above) if above is not None else None
        return self._provider.get_tracer("stage").start_span(operation, context, attributes=told)

    def shown(self) -> list[str]:
        """Return the lines without colours and figures."""
        self._live.force_flush()
        plain = re.sub("\x1b\\[[0-9;]*m|.*\r", "", self._stream.getvalue())
        return [re.split(r" {2,}(?=[\d<])", line)[0].rstrip() for line in plain.splitlines()]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    return Stage(Terminal(), monkeypatch)


def test_an_agent_is_shown_from_its_first_step_on(stage: Stage) -> None:
    agent = stage.start("invoke_agent", "planner")
    stage.start("chat", "owl", agent).end()
    assert stage.shown() == ["invoke_agent planner", "├─ chat owl"]
    agent.end()
    assert stage.shown()[2:] == ["└─ invoke_agent planner"]


def test_what_a_step_is_made_of_is_shown_below_it(stage: Stage) -> None:
    tool = stage.start("execute_tool", "search")
    chat = stage.start("chat", "owl", tool)
    stage.start("chat", "owlet", chat).end()
    chat.end()
    assert stage.shown() == []
    tool.end()
    assert stage.shown() == ["execute_tool search", "└─ chat owl", "   └─ chat owlet"]


def test_operations_that_take_turns_are_told_apart(stage: Stage) -> None:
    first, second = stage.start("invoke_agent", "first"), stage.start("invoke_agent", "second")
    for agent in (first, second, second, first):
        stage.start("chat", "owl", agent).end()
    assert stage.shown() == [
        "invoke_agent first",
        "├─ chat owl",
        "invoke_agent second",
        "├─ chat owl",
        "├─ chat owl",
        "┄┄ invoke_agent first",
        "├─ chat owl",
    ]


def test_an_agent_inside_a_tool_is_shown_step_by_step(stage: Stage) -> None:
    agent = stage.start("invoke_agent", "planner")
    tool = stage.start("execute_tool", "delegate", agent)
    other = stage.start("invoke_agent", "worker", tool)
    stage.start("chat", "owl", other).end()
    for span in (other, tool, agent):
        span.end()
    assert stage.shown() == [
        "invoke_agent planner",
        "├─ execute_tool delegate",
        "│  ├─ invoke_agent worker",
        "│  │  ├─ chat owl",
        "│  │  └─ invoke_agent worker",
        "│  └─ execute_tool delegate",
        "└─ invoke_agent planner",
    ]


def test_a_span_that_is_too_late_for_its_parent_is_shown_all_the_same(stage: Stage) -> None:
    agent = stage.start("invoke_agent", "planner")
    late = stage.start("chat", "owl", agent)
    agent.end()
    late.end()
    assert stage.shown() == ["invoke_agent planner", "chat owl"]


def test_a_process_among_others_says_which_one_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(Terminal(), monkeypatch, "pid 7")
    agent = stage.start("invoke_agent", "planner")
    for _ in range(2):
        stage.start("chat", "owl", agent).end()
    assert [line for line in stage.shown() if line.startswith("┄┄")] == [
        "┄┄ pid 7",
        "┄┄ pid 7 > invoke_agent planner",
    ]


def test_without_a_terminal_a_line_says_what_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(StringIO(), monkeypatch)
    agent = stage.start("invoke_agent", "planner")
    stage.start("chat", "owl", agent).end()
    agent.end()
    assert stage.shown() == ["invoke_agent planner > chat owl", "invoke_agent planner"]


def test_nothing_is_said_where_there_is_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(StringIO(), monkeypatch)
    monkeypatch.setattr("sys.__stderr__", None)
    stage.start("chat", "owl").end()
    assert stage.shown() == []


def test_a_stream_that_is_closed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    stage = Stage(stream, monkeypatch)
    stream.close()
    stage.start("chat", "owl").end()
    assert stage._live.force_flush()


def test_the_form_follows_the_stream() -> None:
    forms = [type(_teller.teller_on(stream, "")) for stream in (Terminal(), StringIO())]
    assert forms[0] is not forms[1]
