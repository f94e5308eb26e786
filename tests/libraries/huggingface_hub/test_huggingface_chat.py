# SPDX-License-Identifier: Apache-2.0
"""Chat completions, whole: the span of each kind of question and answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from asking import HELLO
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from huggingface_hub import AsyncInferenceClient, InferenceClient

    from harness import Recorder

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
ASK: dict[str, Any] = {"messages": HELLO, "extra_body": {"model": MODEL}}
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "huggingface",
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts and the model of an answer as attributes."""
    return {
        "gen_ai.response.model": answer.model,
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
    }


def named(found: dict[str, Any]) -> dict[str, Any]:
    """Return attributes without the model that was asked for, which versions of the SDK name differently."""
    return {key: value for key, value in found.items() if key != "gen_ai.request.model"}


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: InferenceClient, server: dict[str, Any]
) -> None:
    answer = client.chat_completion(HELLO)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == ("chat", SpanKind.CLIENT, StatusCode.UNSET)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_the_spelling_of_openai_is_the_same_call(traced: Recorder, client: InferenceClient) -> None:
    client.chat.completions.create(messages=HELLO)
    assert traced.tree() == ["chat"]


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, aclient: AsyncInferenceClient, server: dict[str, Any]
) -> None:
    answer = await aclient.chat_completion(HELLO)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_coroutine_that_is_never_awaited_is_no_call(
    traced: Recorder, aclient: AsyncInferenceClient
) -> None:
    aclient.chat_completion(HELLO).close()
    assert traced.tree() == []


def test_what_was_asked_for_is_told(
    traced: Recorder, client: InferenceClient, server: dict[str, Any]
) -> None:
    answer = client.chat_completion(
        HELLO,
        model=None,
        max_tokens=500,
        temperature=0.5,
        top_p=0.9,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        seed=7,
        stop=["END", "STOP"],
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
    }


def test_a_model_that_is_named_is_told(traced: Recorder, client: InferenceClient) -> None:
    client.chat_completion(**ASK)
    assert traced.attributes()["gen_ai.request.model"] == MODEL


def test_a_client_and_a_method_made_before_are_traced(recorder: Recorder, client: InferenceClient) -> None:
    held = client.chat.completions.create
    recorder.instrument(HuggingFaceHubInstrumentor())
    held(messages=HELLO)
    assert recorder.tree() == ["chat"]


def test_nothing_is_traced_after_uninstrumentation_and_again_after_another_one(
    traced: Recorder, client: InferenceClient
) -> None:
    traced.uninstrument()
    client.chat_completion(HELLO)
    assert traced.tree() == []
    traced.instrument(HuggingFaceHubInstrumentor())
    client.chat_completion(HELLO)
    assert traced.tree() == ["chat"]


def test_suppressed_calls_are_silent(traced: Recorder, client: InferenceClient) -> None:
    with suppress_instrumentation():
        client.chat_completion(HELLO)
        assert list(client.chat_completion(HELLO, stream=True))
    assert traced.tree() == []


def test_what_the_caller_gave_is_left_as_it_was(shown: Recorder, client: InferenceClient) -> None:
    messages, stop = [{"role": "user", "content": "Hello there"}], ["END"]
    client.chat_completion(messages, stop=stop)
    assert (messages, stop) == ([{"role": "user", "content": "Hello there"}], ["END"])


def test_a_call_is_counted_once(traced: Recorder, client: InferenceClient, server: dict[str, Any]) -> None:
    answer = client.chat_completion(HELLO)
    labels = {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.response.model": answer.model,
    }
    tokens = [(point.labels, point.sum, point.count) for point in traced.points("gen_ai.client.token.usage")]
    assert tokens == [
        ({**labels, "gen_ai.token.type": "input"}, answer.usage.prompt_tokens, 1),
        ({**labels, "gen_ai.token.type": "output"}, answer.usage.completion_tokens, 1),
    ]
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.labels, duration.count) == (labels, 1)


def test_tool_calls_and_their_results_are_content(
    shown: Recorder, client: InferenceClient, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]))
    talk: list[Any] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "And this?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": '{"sky": "clear"}'},
    ]
    tool: Any = {
        "type": "function",
        "function": {"name": "get_weather", "description": "The weather.", "parameters": {"type": "object"}},
    }
    client.chat_completion(talk, tools=[tool])
    told = shown.attributes()
    asked = json.loads(told["gen_ai.input.messages"])
    assert [part["type"] for message in asked for part in message["parts"]] == [
        "text",
        "text",
        "tool_call",
        "tool_call_response",
    ]
    assert json.loads(told["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    (said,) = json.loads(told["gen_ai.output.messages"])
    assert [(part["type"], part["arguments"]) for part in said["parts"]] == [("tool_call", {"city": "Paris"})]
    assert told["gen_ai.response.finish_reasons"] == ["tool_call"]


def ask_chat(client_at: Callable[[str], InferenceClient]) -> None:
    client_at("/v1").chat_completion([{"role": "user", "content": "SECRET question"}])


def ask_stream(client_at: Callable[[str], InferenceClient]) -> None:
    list(client_at("/v1").chat_completion([{"role": "user", "content": "SECRET"}], stream=True))


def ask_text(client_at: Callable[[str], InferenceClient]) -> None:
    client_at("/tgi").text_generation("SECRET prompt", details=True)


def ask_picture(client_at: Callable[[str], InferenceClient]) -> None:
    client_at("/summaries").summarization("SECRET text")


@pytest.mark.parametrize("ask", [ask_chat, ask_stream, ask_text, ask_picture])
def test_nothing_of_the_content_is_told_unless_asked_for(
    traced: Recorder, client_at: Callable[[str], InferenceClient], ask: Callable[[Any], None]
) -> None:
    ask(client_at)
    assert len(traced.spans) == 1
    assert "SECRET" not in traced.everything()
