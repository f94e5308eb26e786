# SPDX-License-Identifier: Apache-2.0
"""Content of agents, models, tools and code: only when it is asked for, and what it says then."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from smolagents import ChatMessage, MessageRole

from alike.runs import content
from libraries.smolagents.conftest import calls, says, writes
from spanwright.console.provider import Reply
from spanwright.instrumentors.smolagents import SmolagentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "How is the weather in Lisbon?"
ASKED = [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
SAID = [
    {"role": "assistant", "parts": [{"type": "text", "content": "It is sunny."}], "finish_reason": "stop"}
]
WORDS = ("Lisbon", "sunny", "expert assistant")


def streamed(agent: Any, task: str) -> Any:
    *_, last = agent.run(task, stream=True)
    return last.output


def test_nothing_is_captured_by_default(traced: Recorder, make: Callable[..., Any], spoken: Provider) -> None:
    make(stream_outputs=True).run(ASK)
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


def test_nothing_is_captured_of_errors_by_default(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(body={"error": {"message": "bad: sunny in Lisbon"}}, http_status=400))
    with pytest.raises(Exception, match="sunny"):
        make().run(ASK)
    everything = traced.everything()
    assert [word for word in WORDS if word in everything] == []


@pytest.mark.parametrize("run", [lambda agent, task: agent.run(task), streamed])
def test_an_agent_has_its_task_and_its_answer(
    shown: Recorder, make: Callable[..., Any], spoken: Provider, run: Any
) -> None:
    assert run(make(), ASK) == "It is sunny."
    assert content(shown, "invoke_agent") == {"input.messages": ASKED, "output.messages": SAID}


def test_an_agent_that_tells_everything_has_its_answer(
    shown: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    make(return_full_result=True).run(ASK)
    assert content(shown, "invoke_agent")["output.messages"] == SAID


def test_a_tool_has_its_arguments_and_its_result(
    shown: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    make().run(ASK)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


def test_code_has_itself_and_what_it_said(
    shown: Recorder, coder: Callable[..., Any], provider: Provider
) -> None:
    provider.say(writes('print("look")\nfinal_answer("done")'))
    coder().run(ASK)
    found = content(shown, "execute_tool python_interpreter")
    assert found["tool.call.arguments"] == {"code": 'print("look")\nfinal_answer("done")'}
    assert found["tool.call.result"] == {"output": "done", "logs": "look\n"}


def test_a_managed_agent_is_a_tool_with_a_task(
    shown: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    inner = make(description="Knows the weather.")
    provider.say(calls("forecaster", task="Lisbon?"), says("Sunny."), says("Sunny."))
    make("boss", (), managed_agents=[inner]).run(ASK)
    assert content(shown, "execute_tool")["tool.call.arguments"] == {"task": "Lisbon?"}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client", [False, True])
def test_a_model_has_what_it_is_told_and_answers(
    recorder: Recorder, make: Callable[..., Any], spoken: Provider, stream: bool, client: bool
) -> None:
    from spanwright.instrumentors.openai import OpenAIInstrumentor

    recorder.instrument(
        SmolagentsInstrumentor(),
        *([OpenAIInstrumentor()] if client else []),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    make(stream_outputs=stream).run(ASK)
    found = content(recorder, "chat", 0)
    assert [message["role"] for message in found["input.messages"]] == ["system", "user"]
    assert [each["name"] for each in found["tool.definitions"]] == ["get_weather", "final_answer"]
    (message,) = found["output.messages"]
    assert message["finish_reason"] == "tool_call"
    assert {**message["parts"][-1], "id": ""} == {
        "type": "tool_call",
        "id": "",
        "name": "get_weather",
        "arguments": {"city": "Lisbon"},
    }


def test_nothing_of_the_application_is_changed(
    shown: Recorder, model: Callable[..., Any], provider: Provider
) -> None:
    given = [ChatMessage(MessageRole.USER, [{"type": "text", "text": "hi"}])]
    before = copy.deepcopy(given)
    assert type(model().generate(given)) is ChatMessage
    assert given == before
