# SPDX-License-Identifier: Apache-2.0
"""Content: nothing of it unless it is asked for, and then all of it, as it was really sent."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import anthropic
import pytest

from asking import HELLO
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.anthropic import AnthropicInstrumentor

if TYPE_CHECKING:
    from pathlib import Path

    from harness import Recorder
    from spanwright.console.provider import Provider

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
ASKED: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64}
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def shown_of(recorder: Recorder) -> dict[str, Any]:
    """Return the content of the last span, parsed."""
    found = recorder.spans[-1].attributes or {}
    names = ("gen_ai.input.messages", "gen_ai.output.messages")
    more = ("gen_ai.system_instructions", "gen_ai.tool.definitions")
    return {name.split(".")[1]: json.loads(str(found[name])) for name in (*names, *more) if name in found}


def ask(client: anthropic.Anthropic, *, stream: bool, **asked: Any) -> Any:
    if not stream:
        return client.messages.create(**ASKED, **asked)
    with client.messages.stream(**ASKED, **asked) as stream_:
        return stream_.get_final_message()


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_is_told_unless_asked_for(
    traced: Recorder, client: anthropic.Anthropic, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="SECRET", tool_calls=[ToolCall("get_weather", {"city": "SECRET"})]))
    messages = [{"role": "user", "content": "SECRET"}]
    ask(client, stream=stream, messages=messages, system="SECRET", tools=[WEATHER])
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(model="error:400", max_tokens=1, messages=messages)
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize("stream", [False, True])
def test_a_turn_of_tools(shown: Recorder, client: anthropic.Anthropic, stream: bool) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = ask(client, stream=stream, messages=messages, tools=[WEATHER], system="Be brief.")
    call = first.content[0]
    asked = {"role": "user", "parts": [{"type": "text", "content": "What is the weather in Paris?"}]}
    called = {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "id": call.id, "name": "get_weather", "arguments": {"city": "Paris"}}
        ],
    }
    tools = [{"type": "function", "name": "get_weather"}]
    told = [{"type": "text", "content": "Be brief."}]
    assert shown_of(shown) == {
        "input": [asked],
        "output": [{**called, "finish_reason": "tool_call"}],
        "system_instructions": told,
        "tool": tools,
    }
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees"}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    ask(client, stream=stream, messages=messages, tools=[WEATHER])
    answer = {"type": "text", "content": "Here is what I found: 18 degrees"}
    response = {"type": "tool_call_response", "response": "18 degrees", "id": call.id}
    assert shown_of(shown) == {
        "input": [asked, called, {"role": "user", "parts": [response]}],
        "output": [{"role": "assistant", "parts": [answer], "finish_reason": "stop"}],
        "tool": tools,
    }


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_is_reasoning(shown: Recorder, client: anthropic.Anthropic, stream: bool) -> None:
    thinking: Any = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    ask(client, stream=stream, messages=HELLO, extra_body=thinking)
    parts = shown_of(shown)["output"][0]["parts"]
    assert [part["type"] for part in parts] == ["reasoning", "text"]


SERVER: list[Any] = [
    {"type": "redacted_thinking", "data": "c2VjcmV0"},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
    {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": [{"type": "web_search_result", "title": "A", "url": "https://example.com"}],
    },
]


@pytest.mark.parametrize("stream", [False, True])
def test_tools_that_the_provider_executes(
    shown: Recorder, client: anthropic.Anthropic, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="Found.", items=SERVER))
    if stream:
        list(client.messages.create(**ASKED, messages=HELLO, stream=True))
    else:
        client.messages.create(**ASKED, messages=HELLO)
    thought, call, result, text = shown_of(shown)["output"][0]["parts"]
    assert thought == {"type": "generic", "generic_type": "redacted_thinking"}
    assert (call["type"], call["name"]) == ("server_tool_call", "web_search")
    assert call["server_tool_call"] == {"type": "server_tool_use", "input": {"query": "x"}}
    assert (result["type"], result["id"]) == ("server_tool_call_response", "srvtoolu_1")
    assert result["server_tool_call_response"]["content"][0]["url"] == "https://example.com"
    assert text == {"type": "text", "content": "Found."}


def test_messages_of_a_generator_are_sent_and_told(
    shown: Recorder, client: anthropic.Anthropic, provider: Provider
) -> None:
    """A wrapper that looks at an iterator leaves an empty request to the model."""
    given: Any = (message for message in HELLO)
    tools: Any = iter([WEATHER])
    client.messages.create(**ASKED, messages=given, tools=tools)
    assert provider.requests[0].body["messages"] == HELLO
    assert shown_of(shown)["input"][0]["parts"] == [{"type": "text", "content": "Hello there"}]
    assert shown_of(shown)["tool"] == [{"type": "function", "name": "get_weather"}]


async def test_messages_of_a_generator_are_sent_and_told_asynchronously(
    shown: Recorder, aclient: anthropic.AsyncAnthropic, provider: Provider
) -> None:
    given: Any = (message for message in HELLO)
    await aclient.messages.create(**ASKED, messages=given)
    assert provider.requests[0].body["messages"] == HELLO
    assert shown_of(shown)["input"][0]["parts"] == [{"type": "text", "content": "Hello there"}]


def test_a_generator_is_not_read_while_content_is_off(
    traced: Recorder, client: anthropic.Anthropic, provider: Provider
) -> None:
    given: Any = (message for message in HELLO)
    client.messages.create(**ASKED, messages=given)
    assert provider.requests[0].body["messages"] == HELLO
    assert traced.tree() == ["chat claude-haiku-4-5"]


def test_of_a_picture_only_size_and_digest_are_told(
    shown: Recorder, client: anthropic.Anthropic, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"picture")
    source: Any = {"type": "base64", "media_type": "image/png", "data": file}
    client.messages.create(
        **ASKED, messages=[{"role": "user", "content": [{"type": "image", "source": source}]}]
    )
    part = shown_of(shown)["input"][0]["parts"][0]
    assert part["mime_type"] == "image/png"
    assert base64.b64encode(b"picture").decode() not in shown.everything()


def test_what_extra_body_sets_is_told(shown: Recorder, client: anthropic.Anthropic) -> None:
    other = [{"role": "user", "content": "Instead"}]
    client.messages.create(**ASKED, messages=HELLO, extra_body={"messages": other})
    assert shown_of(shown)["input"][0]["parts"] == [{"type": "text", "content": "Instead"}]


def test_content_on_events_alone(recorder: Recorder, client: anthropic.Anthropic) -> None:
    recorder.instrument(AnthropicInstrumentor(), **{CONTENT: "EVENT_ONLY"})
    client.messages.create(**ASKED, messages=HELLO)
    assert "gen_ai.input.messages" not in recorder.attributes()
    assert "Hello there" in str(recorder.logs[0].attributes)


def test_history_that_grows_is_told_as_it_was_when_sent(shown: Recorder, client: anthropic.Anthropic) -> None:
    messages = list(HELLO)
    with client.messages.stream(**ASKED, messages=messages) as stream:
        messages.append({"role": "user", "content": "later"})
        stream.until_done()
    assert len(shown_of(shown)["input"]) == 1
