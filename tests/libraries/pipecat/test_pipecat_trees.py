# SPDX-License-Identifier: Apache-2.0
"""Pipelines, functions and model calls as trees, with Pipecat's own tracing and without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for
from alike.runs import content, errors, tokens, used
from alike.weather import ASK
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.pipecat import PipecatInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

TREE = [
    "invoke_workflow pipeline",
    "  chat gpt-4o-mini",
    "  execute_tool get_weather",
    "  chat gpt-4o-mini",
]


async def test_a_pipeline_is_a_workflow_of_models_and_functions(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    await talk(ASK, 2, conversation_id="talk")
    assert traced.tree() == TREE
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "pipeline",
        "gen_ai.conversation.id": "talk",
    }
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.conversation.id": "talk",
    }
    assert sum(tokens(traced).values()) == sum(sum(each[1:]) for each in used(traced))


async def test_pipecats_own_tracing_tells_turns_and_no_model_call_twice(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    await talk(ASK, 2, enable_tracing=True)
    assert [line.strip() for line in traced.tree() if line.strip() != "turn"] == [
        line.strip() for line in TREE
    ]
    assert "Lisbon" not in traced.everything()


async def test_nothing_is_captured_by_default(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2)
    assert "Lisbon" not in traced.everything()


async def test_a_function_has_its_arguments(shown: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2)
    assert content(shown, "execute_tool") == {"tool.call.arguments": {"city": "Lisbon"}}


async def test_pipelines_at_once_are_siblings(traced: Recorder, talk: Callable[..., Any]) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("morning"):
        await asyncio.gather(talk("hi"), talk("hi"))
    assert sorted(traced.tree()) == [
        *["    chat gpt-4o-mini"] * 2,
        *["  invoke_workflow pipeline"] * 2,
        "morning",
    ]


@pytest.mark.parametrize("status", [401, 404])
async def test_an_error_of_the_provider_fails_the_call_alone(
    traced: Recorder, talk: Callable[..., Any], status: int
) -> None:
    await talk("hi", name=f"error:{status}")
    assert set(errors(traced)) == {f"chat error:{status}"}


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    with suppress_instrumentation():
        await talk(ASK, 2)
    assert traced.spans == []


async def test_instrumenting_again_traces_again_and_the_same_comes_back(
    recorder: Recorder, talk: Callable[..., Any]
) -> None:
    bare = [each["role"] for each in await talk(ASK, 2)]
    for _ in range(2):
        recorder.instrument(PipecatInstrumentor(), OpenAIInstrumentor())
        assert [each["role"] for each in await talk(ASK, 2)] == bare
        recorder.uninstrument()
    await talk(ASK, 2)
    assert recorder.tree() == TREE * 2


def test_nothing_is_imported_or_printed_at_start() -> None:
    assert not imported_for(PipecatInstrumentor, "pipecat")
