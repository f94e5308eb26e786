# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of the Agents SDK, replayed through it: what the spans say is what the recorded bodies say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from agents import Agent, FunctionTool, OpenAIResponsesModel, RunConfig, Runner

from alike.clients import replayed
from recordings.tape import Interaction, interactions

if TYPE_CHECKING:
    from harness import Recorder

TAPES = [tape for tape in interactions("openai-agents") if tape.path == "/responses"]
HANDOFFS = [tape for tape in TAPES if "handoffs" in str(tape)]
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


def tool(name: str) -> FunctionTool:
    async def ran(context: Any, arguments: str) -> str:
        return "ran"

    return FunctionTool(name, "", {"type": "object", "properties": {}}, ran)


def calls(tape: Interaction) -> list[str]:
    """Return the names of the tools that the recorded answer calls."""
    body = tape.events[-1]["response"] if "event-stream" in tape.kind else json.loads(tape.text)
    return [item["name"] for item in body["output"] if item["type"] == "function_call"]


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_turn_says_what_the_body_says(traced: Recorder, tape: Interaction) -> None:
    body, _ = tape.asked
    async with replayed([tape]) as client:
        agent = Agent(
            name="Replayed",
            model=OpenAIResponsesModel(body["model"], client),
            instructions=body.get("instructions"),
            tools=[tool(each["name"]) for each in body["tools"]],
            tool_use_behavior="stop_on_first_tool",
        )
        if body["stream"]:
            result: Any = Runner.run_streamed(agent, body["input"])
            async for _ in result.stream_events():
                pass
        else:
            await Runner.run(agent, body["input"])
    found = traced.attributes(f"chat {body['model']}")
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    ran = [span.name for span in traced.spans if span.name.startswith("execute_tool")]
    assert ran == [f"execute_tool {name}" for name in calls(tape)]


@pytest.mark.skipif(not HANDOFFS, reason="the recorded handoffs are not there")
async def test_recorded_handoffs_make_one_workflow(traced: Recorder) -> None:
    async with replayed(HANDOFFS) as client:
        model = OpenAIResponsesModel("gpt-4o", client)
        summarizer = Agent(name="Summarizer", model=model)
        researcher = Agent(name="Researcher", model=model, tools=[tool("research")], handoffs=[summarizer])
        result = await Runner.run(researcher, "Soccer?", run_config=RunConfig(workflow_name="News"))
    assert result.last_agent is summarizer
    assert traced.tree() == [
        "invoke_workflow News",
        "  invoke_agent Researcher",
        "    chat gpt-4o",
        "    execute_tool research",
        "    chat gpt-4o",
        "    handoff",
        "  invoke_agent Summarizer",
        "    chat gpt-4o",
    ]
    told = [
        span.attributes["gen_ai.usage.input_tokens"] for span in traced.spans if span.name.startswith("chat")
    ]
    assert told == [tape.facts["gen_ai.usage.input_tokens"] for tape in HANDOFFS]
