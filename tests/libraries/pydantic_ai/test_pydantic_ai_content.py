# SPDX-License-Identifier: Apache-2.0
"""Content is told when it is asked for, and not otherwise, whoever has switched what on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic_ai import BinaryContent, ModelRetry
from pydantic_ai.models.instrumented import InstrumentationSettings

from alike.told import *  # noqa: F403 - the tests that such frameworks have alike
from alike.told import ANSWER, LAYERS, read
from alike.weather import ASK
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_ai import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider


@LAYERS
async def test_a_model_call_says_its_messages_and_its_tools(
    request: pytest.FixtureRequest, forecaster: Agent, fixture: str
) -> None:
    recorder = request.getfixturevalue(fixture)
    await forecaster.run(ASK)
    last = [span for span in recorder.spans if span.name.startswith("chat")][-1].attributes or {}
    roles = [each["role"] for each in json.loads(str(last["gen_ai.input.messages"]))]
    assert roles == ["user", "assistant", "user"]
    (call,) = json.loads(str(last["gen_ai.input.messages"]))[1]["parts"]
    assert (call["type"], call["name"], call["arguments"]) == ("tool_call", "get_weather", {"city": "Lisbon"})
    (response,) = json.loads(str(last["gen_ai.input.messages"]))[2]["parts"]
    assert (response["type"], response["response"]) == ("tool_call_response", "It is sunny in Lisbon.")
    (answered,) = json.loads(str(last["gen_ai.output.messages"]))
    assert answered["parts"] == [{"type": "text", "content": ANSWER}]
    (tool,) = json.loads(str(last["gen_ai.tool.definitions"]))
    assert (tool["name"], tool["description"]) == ("get_weather", "Get the weather of a city.")


async def test_a_structured_output_is_what_the_agent_answered(
    shown: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("final_result", {"response": 7})]))
    assert (await make(output_type=int).run("How many?")).output == 7
    (answered,) = read(shown, "invoke_agent", "gen_ai.output.messages")
    assert "7" in json.dumps(answered["parts"])


async def test_the_history_of_a_conversation_is_what_the_agent_was_asked(
    shown: Recorder, forecaster: Agent
) -> None:
    first = await forecaster.run("hi")
    await forecaster.run(ASK, message_history=first.all_messages())
    span = [span for span in shown.spans if span.name.startswith("invoke_agent")][-1]
    asked = json.loads(str((span.attributes or {})["gen_ai.input.messages"]))
    assert [each["role"] for each in asked] == ["user", "assistant", "user"]


async def test_media_are_told_as_media(shown: Recorder, make: Callable[..., Agent]) -> None:
    await make().run(["What is it?", BinaryContent(b"\x89PNG", media_type="image/png")])
    (asked,) = read(shown, "chat", "gen_ai.input.messages")
    assert [part["type"] for part in asked["parts"]][0] == "text"
    assert len(asked["parts"]) == 2


async def test_an_agents_own_settings_may_keep_content_back(
    shown: Recorder, make: Callable[..., Agent]
) -> None:
    own = InstrumentationSettings(tracer_provider=shown.tracer_provider, include_content=False)
    agent = make()
    agent.instrument = own
    await agent.run(ASK)
    assert "gen_ai.input.messages" not in shown.attributes("invoke_agent")


async def test_an_agents_own_settings_do_not_switch_content_on(traced: Recorder, forecaster: Agent) -> None:
    forecaster.instrument = InstrumentationSettings(tracer_provider=traced.tracer_provider)
    await forecaster.run(ASK)
    assert len(traced.spans) == 4
    assert "Lisbon" not in traced.everything()


async def test_what_a_tool_tells_the_model_to_try_is_content(
    shown: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def shy() -> str:
        message = "Say please."
        raise ModelRetry(message)

    provider.say(Reply(tool_calls=[ToolCall("shy")]), Reply("No."))
    await make(tools=[shy]).run("Go")
    assert "Say please." in str(shown.attributes("execute_tool").get("gen_ai.tool.call.result"))
