# SPDX-License-Identifier: Apache-2.0
"""Content of agents, teams and tools: only when it is asked for, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import MultiModalMessage, TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.tools import AgentTool
from autogen_core import Image
from PIL import Image as Picture
from pydantic import BaseModel

from alike.agents import answered
from alike.runs import content
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from autogen_agentchat.agents import AssistantAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

SAID = "Here is what I found: It is sunny in Lisbon."
ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
TOLD = [{"type": "text", "content": "You tell."}]


async def run(agent: Any, task: Any) -> Any:
    return await agent.run(task=task)


async def stream(agent: Any, task: Any) -> Any:
    return [event async for event in agent.run_stream(task=task)][-1]


RUNS = pytest.mark.parametrize("run", [run, stream])


@RUNS
async def test_nothing_is_captured_by_default(
    traced: Recorder, forecaster: AssistantAgent, make: Callable[..., AssistantAgent], run: Any
) -> None:
    members: list[Any] = [forecaster, make("two")]
    await run(RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(4)), ASK)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "You tell") if word in everything] == []


@RUNS
async def test_an_agent_has_its_task_and_its_answer(
    shown: Recorder, forecaster: AssistantAgent, run: Any
) -> None:
    await run(forecaster, ASK)
    assert content(shown, "invoke_agent") == {
        "input.messages": ASKED,
        "output.messages": answered("forecaster", SAID),
        "system_instructions": TOLD,
    }
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


@RUNS
async def test_a_team_and_its_agents_have_what_each_is_asked_and_says(
    shown: Recorder, forecaster: AssistantAgent, run: Any
) -> None:
    members: list[Any] = [forecaster]
    # The task, the call of the tool, its result and the answer.
    await run(RoundRobinGroupChat(members, termination_condition=MaxMessageTermination(2)), ASK)
    assert content(shown, "invoke_workflow") == {
        "input.messages": ASKED,
        "output.messages": answered("forecaster", SAID),
    }
    assert content(shown, "invoke_agent") == {
        "input.messages": ASKED,
        "output.messages": answered("forecaster", SAID),
        "system_instructions": TOLD,
    }


@RUNS
async def test_an_agent_behind_a_tool_answers_with_its_last_message(
    shown: Recorder, make: Callable[..., AssistantAgent], provider: Provider, run: Any
) -> None:
    guide = AgentTool(make("guide"), return_value_as_last_message=True)
    provider.say(Reply(tool_calls=[ToolCall("guide", {"task": "Where?"})]), Reply("To the left."))
    await run(make(tools=[guide]), ASK)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"task": "Where?"},
        "tool.call.result": "To the left.",
    }


async def test_a_task_of_messages_with_an_image_is_told_without_the_image(
    shown: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    picture = Image(Picture.new("RGB", (2, 2)))
    task = [
        TextMessage(content="Look", source="boss"),
        MultiModalMessage(content=["Here", picture], source="user"),
    ]
    await make().run(task=task)
    first, second = content(shown, "invoke_agent")["input.messages"]
    assert first == {"role": "user", "name": "boss", "parts": [{"type": "text", "content": "Look"}]}
    assert second["parts"][0] == {"type": "text", "content": "Here"}
    assert second["parts"][1]["modality"] == "image"
    assert picture.to_base64() not in shown.everything()


# The extension's client writes the SDK's answer to a log.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
async def test_a_structured_answer_is_told_as_what_it_is(
    shown: Recorder, make: Callable[..., AssistantAgent], provider: Provider
) -> None:
    class Trip(BaseModel):
        city: str

    provider.say(Reply('{"city": "Lisbon"}'))
    await make(output_content_type=Trip).run(task="A trip")
    assert shown.attributes("invoke_agent")["gen_ai.output.type"] == "json"
    (part,) = content(shown, "invoke_agent")["output.messages"][0]["parts"]
    assert part["value"] == {"city": "Lisbon"}


async def test_the_callers_task_is_left_as_it_is(
    shown: Recorder, make: Callable[..., AssistantAgent]
) -> None:
    task = [TextMessage(content="Look", source="user")]
    before = [each.model_dump() for each in task]
    await make().run(task=task)
    assert [each.model_dump() for each in task] == before
