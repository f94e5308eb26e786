# SPDX-License-Identifier: Apache-2.0
"""Pipelines, turns, functions and model calls as trees, with Pipecat's own tracing and without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from alike.runs import judge_metrics, tokens, used
from alike.weather import ASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_workflow pipeline",
    "  invoke_agent forecaster",
    "    chat gpt-4o-mini",
    "    execute_tool get_weather",
    "    chat gpt-4o-mini",
]


async def test_a_pipeline_is_a_workflow_of_turns_of_models_and_functions(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    await talk(ASK, 2, name="forecaster", conversation_id="talk")
    assert traced.tree() == TREE
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "pipeline",
        "gen_ai.conversation.id": "talk",
    }
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "forecaster",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.conversation.id": "talk",
    }
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.agent.name": "forecaster",
        "gen_ai.conversation.id": "talk",
    }


async def test_a_turn_counts_its_calls_once(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2)
    judge_metrics(traced)
    assert sum(tokens(traced).values()) == sum(sum(each[1:]) for each in used(traced))


async def test_a_worker_without_a_name_gives_its_agent_none(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    await talk("hi")
    assert traced.tree() == ["invoke_workflow pipeline", "  invoke_agent", "    chat gpt-4o-mini"]


async def test_functions_that_run_one_after_the_other_are_of_their_turn(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    await talk(ASK, 2, name="forecaster", service={"run_in_parallel": False})
    assert traced.tree() == TREE


async def test_pipecats_own_tracing_tells_turns_and_no_model_call_twice(
    traced: Recorder, talk: Callable[..., Any], provider: Provider
) -> None:
    await talk(ASK, 2, name="forecaster", enable_tracing=True)
    assert traced.tree() == [TREE[0], "  turn", *[f"  {line}" for line in TREE[1:]]]
    assert len(provider.requests) == 2
    assert "Lisbon" not in traced.everything()


async def test_pipelines_at_once_are_siblings(traced: Recorder, talk: Callable[..., Any]) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("morning"):
        await asyncio.gather(talk("hi"), talk("hi"))
    assert sorted(traced.tree()) == [
        *["      chat gpt-4o-mini"] * 2,
        *["    invoke_agent"] * 2,
        *["  invoke_workflow pipeline"] * 2,
        "morning",
    ]
