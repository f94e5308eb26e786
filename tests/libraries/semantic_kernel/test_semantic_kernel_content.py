# SPDX-License-Identifier: Apache-2.0
"""Content of agents, functions and orchestrations: only when it is asked for, and what it says then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from semantic_kernel.agents import SequentialOrchestration
from semantic_kernel.agents.runtime import InProcessRuntime
from semantic_kernel.contents import ChatMessageContent, ImageContent, TextContent
from semantic_kernel.contents.utils.author_role import AuthorRole

from alike.agents import answered
from alike.runs import content
from libraries.semantic_kernel.conftest import SAID
from libraries.semantic_kernel.test_semantic_kernel_trees import ASK, RUNS
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from semantic_kernel.agents import ChatCompletionAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
TOLD = [{"type": "text", "content": "You tell."}]


@RUNS
async def test_nothing_is_captured_by_default(
    traced: Recorder, forecaster: ChatCompletionAgent, run: Any
) -> None:
    await run(forecaster)
    everything = traced.everything()
    assert [word for word in ("Lisbon", "sunny", "You tell.") if word in everything] == []


@RUNS
async def test_an_agent_has_its_question_and_its_answer(
    shown: Recorder, forecaster: ChatCompletionAgent, run: Any
) -> None:
    await run(forecaster)
    assert content(shown, "invoke_agent") == {
        "input.messages": ASKED,
        "output.messages": answered("forecaster", SAID),
        "system_instructions": TOLD,
        "tool.definitions": [
            {"type": "function", "name": "Weather-get_weather", "description": "Get the weather of a city."}
        ],
    }
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


async def test_an_agent_behind_a_function_answers_with_its_text(
    shown: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("guide-guide", {"messages": "Where?"})]), Reply("To the left."))
    await make(plugins=[make("guide")]).get_response(ASK)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"messages": "Where?"},
        "tool.call.result": "To the left.",
    }


async def test_an_orchestration_has_its_task_and_its_answer(
    shown: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider
) -> None:
    provider.say(Reply("Fine."))
    runtime = InProcessRuntime()
    runtime.start()
    orchestration: Any = SequentialOrchestration(members=[make("one")])
    result = await orchestration.invoke(task=ASK, runtime=runtime)
    await result.get(timeout=20)
    await runtime.stop_when_idle()
    assert content(shown, "invoke_workflow") == {
        "input.messages": ASKED,
        "output.messages": answered("one", "Fine."),
    }


async def test_a_question_with_an_image_is_told_without_the_image(
    shown: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    image = ImageContent(data=b"picture-bytes", mime_type="image/png")
    items: Any = [TextContent(text="Look"), image]
    await make().get_response(ChatMessageContent(role=AuthorRole.USER, items=items))
    (asked,) = content(shown, "invoke_agent")["input.messages"]
    assert asked["parts"][0] == {"type": "text", "content": "Look"}
    assert asked["parts"][1]["modality"] == "image"
    assert "cGljdHVyZS1ieXRlcw" not in json.dumps(asked)
