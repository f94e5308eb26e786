# SPDX-License-Identifier: Apache-2.0
"""Generators and embedders: one span each with its request inside, in a pipeline or alone."""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from haystack import component
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from hypothesis import given
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.answers import ANSWERS
from asking import ANSWERED
from libraries.haystack.conftest import get_weather, user
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.haystack import HaystackInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from haystack.components.embedders import OpenAITextEmbedder

    from harness import Recorder
    from spanwright.console.provider import Provider

CHAT = "chat gpt-4o-mini"
EMBED = "embeddings text-embedding-3-small"


def test_a_run_is_one_span_with_its_request_inside(recorder: Recorder, llm: OpenAIChatGenerator) -> None:
    recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    llm.run(messages=user())
    assert recorder.tree() == [CHAT, "  POST"]
    assert {point.count for point in recorder.points("gen_ai.client.operation.duration")} == {1}
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_an_async_run_is_one_span_with_its_request_inside(
    recorder: Recorder, llm: OpenAIChatGenerator
) -> None:
    recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    await llm.run_async(messages=user())
    await closed(llm)
    assert recorder.tree() == [CHAT, "  POST"]


async def closed(llm: Any) -> None:
    """Close the client of this loop."""
    if llm.async_client is not None:
        await llm.async_client.close()


def test_a_run_tells_what_was_asked_and_answered(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator], server: Any
) -> None:
    llm = make(generation_kwargs={"seed": 7, "temperature": 0.1})
    llm.run(messages=user(), generation_kwargs={"temperature": 0.5, "max_completion_tokens": 50})
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.seed": 7,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 26,
    }


def test_without_its_client_a_run_tells_what_haystack_knows(
    alone: Recorder, llm: OpenAIChatGenerator, server: Any
) -> None:
    llm.run(messages=user())
    found = alone.attributes()
    assert {key: value for key, value in found.items() if "messages" not in key} == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 26,
    }
    assert found["gen_ai.input.messages"] == '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
    assert '"finish_reason":"stop"' in found["gen_ai.output.messages"]


def test_a_stream_goes_to_its_callback(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    seen: list[Any] = []
    llm.run(messages=user(), streaming_callback=lambda chunk: seen.append(chunk))
    assert seen
    found = traced.attributes(CHAT)
    assert found["gen_ai.request.stream"] is True
    assert found["gen_ai.response.finish_reasons"] == ["stop"]


def test_no_content_is_captured_unless_asked_for(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    llm.run(messages=user("SECRETPII"))
    assert "SECRETPII" not in traced.everything()


def test_tools_and_their_results_are_content(
    shown: Recorder, llm: OpenAIChatGenerator, provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"}, id="call_1")]), Reply("Sunny.")
    )
    tools = [create_tool_from_function(get_weather)]
    (reply,) = llm.run(messages=user(), tools=tools)["replies"]
    told = ChatMessage.from_tool(tool_result='{"sky": "clear"}', origin=reply.tool_calls[0])
    llm.run(messages=[*user(), reply, told], tools=tools)
    first, second = (span.attributes or {} for span in shown.spans)
    call = '{"type":"tool_call","id":"call_1","name":"get_weather","arguments":{"city":"Lisbon"}}'
    assert first["gen_ai.tool.definitions"] == '[{"type":"function","name":"get_weather"}]'
    assert call in str(first["gen_ai.output.messages"])
    assert call in str(second["gen_ai.input.messages"])
    answer = '{"type":"tool_call_response","response":{"sky":"clear"},"id":"call_1"}'
    assert answer in str(second["gen_ai.input.messages"])


def test_an_embedder_is_one_span(traced: Recorder, embedder: OpenAITextEmbedder, server: Any) -> None:
    embedder.run(text="cats")
    found = traced.attributes(EMBED)
    assert found == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": found["gen_ai.request.encoding_formats"],
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 1,
    }
    assert {point.count for point in traced.points("gen_ai.client.token.usage")} == {1}


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_an_error_of_the_provider_is_the_spans(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator], status: int
) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        make(f"error:{status}").run(messages=user())
    kind = type(caught.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__name__}"


@pytest.mark.parametrize("model", ["odd:mid-stream-error", "odd:mid-stream-cut"])
def test_a_stream_that_breaks_fails(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator], model: str
) -> None:
    with pytest.raises(Exception, match=".") as caught:
        make(model).run(messages=user(), streaming_callback=lambda _: None)
    kind = type(caught.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__name__}"


def test_a_callback_that_fails_fails_the_run(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    def failing(_: Any) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        llm.run(messages=user(), streaming_callback=failing)
    assert traced.attributes()["error.type"] == "LookupError"


async def test_a_cancelled_run_ends(traced: Recorder, llm: OpenAIChatGenerator, provider: Provider) -> None:
    held = threading.Event()
    provider.say(Reply("never", hold=held))
    task = asyncio.create_task(llm.run_async(messages=user()))
    await asyncio.to_thread(provider.wait, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.set()
    await closed(llm)
    assert traced.attributes()["error.type"] == "cancelled"


def test_suppression_suppresses(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    with suppress_instrumentation():
        llm.run(messages=user())
    assert traced.spans == []


def test_methods_look_as_before_and_come_back(recorder: Recorder, llm: OpenAIChatGenerator) -> None:
    before = inspect.signature(OpenAIChatGenerator.run), vars(OpenAIChatGenerator)["run"]
    recorder.instrument(HaystackInstrumentor())
    assert inspect.signature(OpenAIChatGenerator.run) == before[0]
    assert inspect.iscoroutinefunction(OpenAIChatGenerator.run_async)
    recorder.uninstrument()
    assert vars(OpenAIChatGenerator)["run"] is before[1]
    llm.run(messages=user())
    assert recorder.spans == []
    recorder.instrument(HaystackInstrumentor())
    llm.run(messages=user())
    assert recorder.tree() == [CHAT]


def test_a_message_is_left_alone(shown: Recorder, llm: OpenAIChatGenerator) -> None:
    given = user()
    before = [each.to_dict() for each in given]
    llm.run(messages=given)
    assert [each.to_dict() for each in given] == before


def own() -> Any:
    """Return a generator of the application."""

    @component
    class TinyChatGenerator:
        def __init__(self) -> None:
            self.model = "tiny"

        @component.output_types(replies=list[ChatMessage])
        def run(self, messages: list[ChatMessage]) -> dict[str, Any]:
            return {"replies": [ChatMessage.from_assistant("HI", meta={"finish_reason": "stop"})]}

    return TinyChatGenerator


@pytest.mark.parametrize("early", [True, False])
def test_a_component_of_the_application_is_traced_whenever_it_was_made(
    recorder: Recorder, *, early: bool
) -> None:
    kind = own() if early else None
    recorder.instrument(HaystackInstrumentor())
    assert (kind or own())().run(messages=user())["replies"][0].text == "HI"
    assert recorder.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "tinychatgenerator",
        "gen_ai.request.model": "tiny",
        "gen_ai.response.finish_reasons": ["stop"],
    }


def outcome(llm: OpenAIChatGenerator, provider: Provider, body: Any) -> str:
    """Return what the caller gets, as text."""
    provider.say(Reply(body=json.dumps(body)))
    try:
        return repr(llm.run(messages=user()))
    except Exception as error:  # noqa: BLE001 - what the caller gets is compared, whatever it is
        return f"{type(error).__name__}: {error}"


@FEW
@given(body=ANSWERS)
def test_the_caller_gets_what_the_bare_library_gives(
    recorder: Recorder, llm: OpenAIChatGenerator, provider: Provider, body: Any
) -> None:
    bare = outcome(llm, provider, body)
    capture = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
    recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor(), **capture)
    try:
        assert outcome(llm, provider, body) == bare
    finally:
        recorder.uninstrument()
