# SPDX-License-Identifier: Apache-2.0
"""Automatic function calling: each call of the model and each run of a function is one span."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import errors, types

from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "gemini-2.0-flash"
QUESTION = "What is the weather in Oslo?"
LOOP = [f"generate_content {MODEL}", "execute_tool get_weather", f"generate_content {MODEL}"]
runs: list[str] = []


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    runs.append(city)
    return f"mild in {city}"


async def get_weather_slowly(city: str) -> str:
    """Tell the weather in a city."""
    return f"mild in {city}"


def fail(city: str) -> str:
    """Tell nothing."""
    raise LookupError(city)


for each in (get_weather, get_weather_slowly, fail):
    # The first versions read no annotations that are texts.
    each.__annotations__ = {"city": str, "return": str}


@pytest.fixture
def calling(provider: Provider) -> Provider:
    """Return a provider whose model calls the weather, then answers."""
    runs.clear()
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"})]), Reply(text="It is mild."))
    return provider


def loop() -> list[str]:
    """Return the spans of the loop: the first versions run a function twice for a stream."""
    return [LOOP[0], *[LOOP[1]] * len(runs), LOOP[2]]


def config(*tools: Any) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(tools=list(tools))


def test_the_loop_has_no_doubled_spans(traced: Recorder, client: genai.Client, calling: Provider) -> None:
    answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    assert answer.text == "It is mild."
    assert traced.tree() == LOOP


async def test_the_asynchronous_loop_has_no_doubled_spans(
    traced: Recorder, client: genai.Client, calling: Provider
) -> None:
    await client.aio.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    assert traced.tree() == LOOP


def test_the_streamed_loop_has_no_doubled_spans(
    traced: Recorder, client: genai.Client, calling: Provider
) -> None:
    list(client.models.generate_content_stream(model=MODEL, contents=QUESTION, config=config(get_weather)))
    assert traced.tree() == loop()


async def test_the_asynchronous_streamed_loop_has_no_doubled_spans(
    traced: Recorder, client: genai.Client, calling: Provider
) -> None:
    stream = await client.aio.models.generate_content_stream(
        model=MODEL, contents=QUESTION, config=config(get_weather)
    )
    async for _ in stream:
        pass
    assert traced.tree() == loop()


async def test_a_coroutine_function_is_a_tool_too(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather_slowly", {"city": "Oslo"})]), Reply(text="It is mild.")
    )
    aio = client.aio.models
    try:
        answer = await aio.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather_slowly))
    except errors.UnsupportedFunctionError:
        pytest.skip("this version awaits no tools")
    assert answer.text == "It is mild."
    assert traced.tree()[1] == "execute_tool get_weather_slowly"


def test_the_loop_tells_why_each_call_ended(
    traced: Recorder, client: genai.Client, calling: Provider
) -> None:
    client.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    reasons = [(span.attributes or {}).get("gen_ai.response.finish_reasons") for span in traced.spans]
    assert reasons == [("tool_call",), None, ("stop",)]


def test_a_run_of_a_function_tells_no_content_unasked(
    traced: Recorder, client: genai.Client, calling: Provider
) -> None:
    client.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    assert traced.attributes("execute_tool") == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
    }


def test_a_run_of_a_function_tells_its_content_when_asked(
    shown: Recorder, client: genai.Client, calling: Provider
) -> None:
    client.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    found = shown.attributes("execute_tool")
    assert json.loads(found["gen_ai.tool.call.arguments"]) == {"city": "Oslo"}
    assert json.loads(found["gen_ai.tool.call.result"]) == {"result": "mild in Oslo"}


def test_a_function_that_fails_is_an_error_of_its_run_alone(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("fail", {"city": "SECRET"})]), Reply(text="I do not know."))
    answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=config(fail))
    assert answer.text == "I do not know."
    failed = [span.name for span in traced.spans if not span.status.is_ok]
    assert failed == ["execute_tool fail"]
    assert "SECRET" not in traced.everything()


def test_calls_that_the_application_makes_itself_have_no_spans(
    traced: Recorder, client: genai.Client, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"})]))
    told = types.GenerateContentConfig(
        tools=[get_weather], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
    )
    answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=told)
    assert answer.function_calls
    assert traced.tree() == [f"generate_content {MODEL}"]


def test_what_the_application_passed_is_as_it_was(
    shown: Recorder, client: genai.Client, calling: Provider
) -> None:
    contents: list[Any] = [{"role": "user", "parts": [{"text": QUESTION}]}]
    told = {"tools": [get_weather], "temperature": 0.5}
    client.models.generate_content(model=MODEL, contents=contents, config=told)
    assert contents == [{"role": "user", "parts": [{"text": QUESTION}]}]
    assert told == {"tools": [get_weather], "temperature": 0.5}


def test_tools_and_their_results_are_told_when_asked(
    shown: Recorder, client: genai.Client, calling: Provider
) -> None:
    client.models.generate_content(model=MODEL, contents=QUESTION, config=config(get_weather))
    last = shown.spans[-1].attributes or {}
    assert json.loads(str(last["gen_ai.tool.definitions"])) == [{"type": "function", "name": "get_weather"}]
    assert json.loads(str(last["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": QUESTION}]},
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "name": "get_weather", "arguments": {"city": "Oslo"}}],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "response": {"result": "mild in Oslo"}}],
        },
    ]
