# SPDX-License-Identifier: Apache-2.0
"""Chat, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode

from asking import HELLO
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.ollama import OllamaInstrumentor

if TYPE_CHECKING:
    import ollama

    from harness import Recorder

ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "ollama",
    "gen_ai.request.model": "qwen3",
    "gen_ai.response.model": "qwen3",
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    return {
        "gen_ai.usage.input_tokens": answer["prompt_eval_count"],
        "gen_ai.usage.output_tokens": answer["eval_count"],
    }


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: ollama.Client, server: dict[str, Any]
) -> None:
    answer = client.chat(model="qwen3", messages=HELLO)
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        "chat qwen3",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, aclient: ollama.AsyncClient, server: dict[str, Any]
) -> None:
    answer = await aclient.chat(model="qwen3", messages=HELLO)
    assert traced.one().name == "chat qwen3"
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_coroutine_that_is_never_awaited_is_no_call(traced: Recorder, aclient: ollama.AsyncClient) -> None:
    aclient.chat(model="qwen3", messages=HELLO).close()
    assert traced.tree() == []


def test_what_was_asked_for_is_told(traced: Recorder, client: ollama.Client, server: dict[str, Any]) -> None:
    answer = client.chat(
        model="qwen3",
        messages=HELLO,
        format="json",
        options={
            "num_predict": 500,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "frequency_penalty": 0.1,
            "presence_penalty": 0.2,
            "seed": 7,
            "stop": ["END", "STOP"],
        },
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.output.type": "json",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.top_k": 40,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END", "STOP"],
    }


def test_a_level_of_thinking_is_told(traced: Recorder, client: ollama.Client) -> None:
    client.chat(model="gpt-oss", messages=HELLO, think="high")
    assert traced.attributes()["gen_ai.request.reasoning.level"] == "high"


@pytest.mark.parametrize("unlimited", [-1, -2])
def test_no_limit_of_tokens_is_no_number(traced: Recorder, client: ollama.Client, unlimited: int) -> None:
    client.chat(model="qwen3", messages=HELLO, options={"num_predict": unlimited})
    assert "gen_ai.request.max_tokens" not in traced.attributes()


def test_an_answer_cut_at_its_limit_says_so(traced: Recorder, client: ollama.Client) -> None:
    client.chat(model="qwen3", messages=HELLO, options={"num_predict": 1})
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["length"]


def test_counts_that_did_not_come_are_not_told(
    traced: Recorder, client: ollama.Client, provider: Provider
) -> None:
    """The server leaves the prompt's out when it had all of it in its cache."""
    provider.say(Reply(text="Hi.", usage={"eval_count": 2}))
    client.chat(model="qwen3", messages=HELLO)
    told = {key: value for key, value in traced.attributes().items() if ".usage." in key}
    assert told == {"gen_ai.usage.output_tokens": 2}


def test_a_method_that_was_bound_before_is_traced(recorder: Recorder, client: ollama.Client) -> None:
    """`ollama.chat` is a bound method of a client that the module makes."""
    held = client.chat
    recorder.instrument(OllamaInstrumentor())
    held(model="qwen3", messages=HELLO)
    assert recorder.tree() == ["chat qwen3"]


def test_the_modules_own_function_passes_the_same_place(traced: Recorder) -> None:
    """It asks the default server, which the tests cannot reach."""
    from ollama import chat

    with pytest.raises(Exception):  # noqa: B017 - the class differs between versions
        chat(model="qwen3", messages=HELLO)
    told = traced.attributes()
    assert (told["server.address"], told["server.port"]) == ("127.0.0.1", 11434)


def test_nothing_is_traced_after_uninstrumentation_and_again_after_another_one(
    traced: Recorder, client: ollama.Client
) -> None:
    traced.uninstrument()
    client.chat(model="qwen3", messages=HELLO)
    assert traced.tree() == []
    traced.instrument(OllamaInstrumentor())
    client.chat(model="qwen3", messages=HELLO)
    assert traced.tree() == ["chat qwen3"]


def test_suppressed_calls_are_silent(traced: Recorder, client: ollama.Client) -> None:
    with suppress_instrumentation():
        client.chat(model="qwen3", messages=HELLO)
        assert list(client.chat(model="qwen3", messages=HELLO, stream=True))
    assert traced.tree() == []


def test_administration_is_not_traced(traced: Recorder, client: ollama.Client) -> None:
    client.list()
    client.pull("qwen3")
    assert [each["status"] for each in client.pull("qwen3", stream=True)] == ["pulling manifest", "success"]
    assert traced.tree() == []


def test_what_the_caller_gave_is_left_as_it_was(shown: Recorder, client: ollama.Client) -> None:
    messages, options = [{"role": "user", "content": "Hello there"}], {"seed": 7}
    client.chat(model="qwen3", messages=messages, options=options)
    assert (messages, options) == ([{"role": "user", "content": "Hello there"}], {"seed": 7})


def test_a_call_is_counted_once(traced: Recorder, client: ollama.Client, server: dict[str, Any]) -> None:
    answer = client.chat(model="qwen3", messages=HELLO)
    labels = {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "qwen3",
        "gen_ai.response.model": "qwen3",
    }
    tokens = [(point.labels, point.sum, point.count) for point in traced.points("gen_ai.client.token.usage")]
    assert tokens == [
        ({**labels, "gen_ai.token.type": "input"}, answer["prompt_eval_count"], 1),
        ({**labels, "gen_ai.token.type": "output"}, answer["eval_count"], 1),
    ]
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.labels, duration.count) == (labels, 1)


def test_tool_calls_and_their_results_are_content(
    shown: Recorder, client: ollama.Client, provider: Provider
) -> None:
    import json

    provider.say(
        Reply(text="", tool_calls=[ToolCall("get_weather", {"city": "Paris"})], reasoning="Paris, then.")
    )
    talk = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "And this?", "images": ["aGk="]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Rome"}}}],
        },
        {"role": "tool", "content": '{"sky": "clear"}'},
    ]
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather.",
            "parameters": {
                "type": "object",
                "required": [],
                "properties": {"city": {"type": "string", "description": "Where."}},
            },
        },
    }
    client.chat(model="qwen3", messages=talk, tools=[tool])
    told = shown.attributes()
    asked = json.loads(told["gen_ai.input.messages"])
    assert [part["type"] for message in asked for part in message["parts"]] == [
        "text",
        "text",
        # An image as its size and digest.
        "generic",
        "tool_call",
        "tool_call_response",
    ]
    assert asked[2]["parts"] == [{"type": "tool_call", "name": "get_weather", "arguments": {"city": "Rome"}}]
    assert asked[3]["parts"] == [{"type": "tool_call_response", "response": {"sky": "clear"}}]
    assert json.loads(told["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    (said,) = json.loads(told["gen_ai.output.messages"])
    assert [part for part in said["parts"] if part["type"] == "tool_call"] == [
        {"type": "tool_call", "name": "get_weather", "arguments": {"city": "Paris"}}
    ]


def test_nothing_of_the_content_is_told_unless_asked_for(traced: Recorder, client: ollama.Client) -> None:
    client.chat(model="qwen3", messages=[{"role": "user", "content": "SECRET question"}])
    client.generate(model="qwen3", prompt="SECRET prompt", system="SECRET system")
    client.embed(model="all-minilm", input="SECRET text")
    list(client.chat(model="qwen3", messages=[{"role": "user", "content": "SECRET"}], stream=True))
    assert "SECRET" not in traced.everything()
