# SPDX-License-Identifier: Apache-2.0
"""Errors and odd answers: told once, without a word of content, and the caller gets what the bare SDK gives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import ollama
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import StatusCode

from harness import recording
from spanwright.console.provider import Provider, Reply
from spanwright.console.provider.shape import dump
from spanwright.instrumentors.ollama import OllamaInstrumentor
from strange_answers import MANY

if TYPE_CHECKING:
    from harness import Recorder

SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refused_call_has_the_class_of_its_error(
    traced: Recorder, client: ollama.Client, server: dict[str, Any], status: int
) -> None:
    with pytest.raises(ollama.ResponseError) as raised:
        client.chat(model=f"error:{status}", messages=SECRET)
    assert raised.value.status_code == status
    span = traced.one()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, str(status))
    assert traced.attributes() == {
        **server,
        "error.type": "ollama._types.ResponseError",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": f"error:{status}",
    }


async def test_a_refused_call_that_is_awaited_has_it_too(
    traced: Recorder, aclient: ollama.AsyncClient
) -> None:
    with pytest.raises(ollama.ResponseError):
        await aclient.chat(model="error:429", messages=SECRET)
    assert traced.attributes()["error.type"] == "ollama._types.ResponseError"


def test_an_exception_is_one_log_event_without_content(traced: Recorder, client: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError):
        client.chat(model="error:404", messages=SECRET)
    (record,) = traced.logs
    assert record.event_name == "gen_ai.client.operation.exception"
    assert "SECRET" not in traced.everything()


def test_a_server_that_is_not_there_is_an_error(traced: Recorder) -> None:
    with Provider() as gone:
        pass
    client = ollama.Client(host=gone.url, verify=False)
    with pytest.raises(Exception) as raised:  # noqa: B017 - the class differs between versions
        client.chat(model="qwen3", messages=SECRET)
    client._client.close()
    assert traced.attributes()["error.type"].endswith(type(raised.value).__name__)


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False)
NAMES = st.sampled_from(
    [
        *("model", "message", "role", "content", "thinking", "tool_calls", "function", "name", "arguments"),
        *("done", "done_reason", "prompt_eval_count", "eval_count", "response", "error", "embeddings"),
    ]
)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
MESSAGES = st.fixed_dictionaries(
    {"role": st.just("assistant")}, optional={"content": st.text(max_size=3), "tool_calls": ODD}
)
ANSWERS = ODD | st.fixed_dictionaries(
    {"message": MESSAGES},
    optional={"model": ODD, "done_reason": ODD, "eval_count": ODD, "prompt_eval_count": ODD},
)


def outcome(call: Any) -> list[Any]:
    """Return what a caller sees: what came, and how it ended."""
    try:
        answer = call()
        told = [each.model_dump() for each in answer] if hasattr(answer, "__next__") else answer.model_dump()
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return [told]


async def aoutcome(client: Any, **asked: Any) -> list[Any]:
    """Return the same of an asynchronous caller."""
    try:
        answer = await client(**asked)
        told = (
            [each.model_dump() async for each in answer]
            if hasattr(answer, "__anext__")
            else answer.model_dump()
        )
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return [told]


@pytest.mark.parametrize("method", ["chat", "generate", "embed"])
def test_the_caller_gets_what_the_sdk_alone_gives(
    provider: Provider, client: ollama.Client, method: str
) -> None:
    asked: dict[str, Any] = {
        "chat": {"messages": SECRET},
        "generate": {"prompt": "Hello"},
        "embed": {"input": "a"},
    }[method]

    @MANY
    @given(ANSWERS)
    def any_answer(body: Any) -> None:
        def call() -> list[Any]:
            provider.say(Reply(body=dump(body)))
            return outcome(lambda: getattr(client, method)(model="qwen3", **asked))

        bare = call()
        with recording() as recorder:
            recorder.instrument(
                OllamaInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
            )
            assert call() == bare
            assert len(recorder.spans) == 1

    any_answer()


def test_the_caller_gets_the_stream_that_the_sdk_alone_gives(
    provider: Provider, client: ollama.Client, aclient: ollama.AsyncClient
) -> None:
    @MANY
    @given(st.lists(ANSWERS, max_size=3))
    def any_stream(lines: list[Any]) -> None:
        body = "".join(dump(line) + "\n" for line in lines)

        def call() -> list[Any]:
            provider.say(Reply(body=body))
            return outcome(lambda: client.chat(model="qwen3", messages=SECRET, stream=True))

        bare = call()
        with recording() as recorder:
            recorder.instrument(
                OllamaInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
            )
            assert call() == bare
            assert len(recorder.spans) == 1

    any_stream()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{not json",
        "[]",
        "null",
        '{"message": null}',
        '{"error": "no"}',
        '{"message": {"role": "user"}}\n{',
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_the_asynchronous_caller_gets_what_the_sdk_alone_gives(
    recorder: Recorder, provider: Provider, aclient: ollama.AsyncClient, body: str, stream: bool
) -> None:
    async def call() -> list[Any]:
        provider.say(Reply(body=body))
        return await aoutcome(aclient.chat, model="qwen3", messages=SECRET, stream=stream)

    bare = await call()
    recorder.instrument(
        OllamaInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    assert await call() == bare
    assert recorder.tree() == ["chat qwen3"]


def test_a_request_that_the_sdk_refuses_is_no_call(traced: Recorder, client: ollama.Client) -> None:
    with pytest.raises(Exception):  # noqa: B017 - the class differs between versions
        client.chat(model="", messages=SECRET)
    assert traced.tree() == []


def test_an_awaited_call_has_no_trace_of_ours_in_its_signature(aclient: ollama.AsyncClient) -> None:
    assert asyncio.iscoroutinefunction(aclient.chat)
