# SPDX-License-Identifier: Apache-2.0
"""Programs for the tests, and the ways to run one."""

from __future__ import annotations

from typing import Any

import dspy
import pytest
from opentelemetry import trace

from alike.weather import ASK
from libraries.dspy.conftest import calls, said

SAID = "It is sunny in Lisbon."
TREE = [
    "invoke_agent Forecaster",
    "  chat gpt-4o-mini",
    "  execute_tool get_weather",
    "  chat gpt-4o-mini",
    "  chat gpt-4o-mini",
]
SCRIPT = [
    calls("get_weather", '{"city": "Lisbon"}'),
    calls("finish"),
    said(reasoning="The tool says so.", answer=SAID),
]


class Forecaster(dspy.Signature):
    """Tell the weather."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


class Drafts(dspy.Module):
    """A program inside a program."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = dspy.ChainOfThought("question -> answer")

    def forward(self, question: str) -> Any:
        return self.draft(question=question)

    async def aforward(self, question: str) -> Any:
        return await self.draft.acall(question=question)


class Writer(dspy.Module):
    """A program of two steps."""

    def __init__(self) -> None:
        super().__init__()
        self.drafts = Drafts()
        self.polish = dspy.Predict("question -> answer")

    def forward(self, question: str) -> Any:
        return self.polish(question=self.drafts(question=question).answer)

    async def aforward(self, question: str) -> Any:
        draft = await self.drafts.acall(question=question)
        return await self.polish.acall(question=draft.answer)


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    with trace.get_tracer("application").start_as_current_span("look up"):
        return f"It is sunny in {city}."


def forecaster(**settings: Any) -> dspy.ReAct:
    """Return an agent with a tool."""
    return dspy.ReAct(Forecaster, tools=[get_weather], **settings)


async def run(program: Any) -> Any:
    return program(question=ASK)


async def arun(program: Any) -> Any:
    return await program.acall(question=ASK)


async def stream(program: Any) -> Any:
    last: Any = None
    async for last in dspy.streamify(program)(question=ASK):
        assert trace.get_current_span() is trace.INVALID_SPAN
    return last


async def astream(program: Any) -> Any:
    last: Any = None
    async for last in dspy.streamify(program, is_async_program=True)(question=ASK):
        assert trace.get_current_span() is trace.INVALID_SPAN
    return last


WAYS = pytest.mark.parametrize("way", [run, arun, stream, astream])
