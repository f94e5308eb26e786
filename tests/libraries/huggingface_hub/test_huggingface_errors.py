# SPDX-License-Identifier: Apache-2.0
"""Errors and odd answers: told once, without a word of content, and the caller gets what the bare SDK gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import StatusCode

from harness import recording
from spanwright.console.provider import Provider, Reply
from spanwright.console.provider.shape import dump
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor
from strange_answers import MANY, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from huggingface_hub import AsyncInferenceClient, InferenceClient

    from harness import Recorder

SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
EVERYTHING = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}


def name(error: BaseException) -> str:
    """Return the full name of an error's class."""
    return f"{type(error).__module__}.{type(error).__qualname__}"


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refused_call_has_the_class_of_its_error(
    traced: Recorder, client: InferenceClient, provider: Provider, server: dict[str, Any], status: int
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(Exception) as raised:  # noqa: B017 - the class differs between versions
        client.chat_completion(SECRET)
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes() == {
        **server,
        "error.type": name(raised.value),
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "huggingface",
    }


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_refused_call_that_is_awaited_has_it_too(
    traced: Recorder, aclient: AsyncInferenceClient, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(error=429))
    with pytest.raises(Exception) as raised:  # noqa: B017 - the class differs between versions
        await aclient.chat_completion(SECRET, stream=stream)
    assert traced.attributes()["error.type"] == name(raised.value)


def test_an_exception_is_one_log_event_without_content(
    traced: Recorder, client: InferenceClient, provider: Provider
) -> None:
    provider.say(Reply(error=404))
    with pytest.raises(Exception):  # noqa: B017 - the class differs between versions
        client.chat_completion(SECRET)
    (record,) = traced.logs
    assert record.event_name == "gen_ai.client.operation.exception"
    assert "SECRET" not in traced.everything()


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False)
NAMES = st.sampled_from(
    [
        *("id", "model", "choices", "message", "delta", "role", "content", "tool_calls", "index", "usage"),
        *("finish_reason", "prompt_tokens", "completion_tokens", "error", "error_type", "generated_text"),
        *("details", "generated_tokens", "prefill", "token", "text", "special", "input_length"),
    ]
)
ODD = odd_json(NAMES)


def outcome(call: Callable[[], Any]) -> list[Any]:
    """Return what a caller sees: what came, and how it ended."""
    try:
        answer = call()
        return [str(each) for each in answer] if hasattr(answer, "__next__") else [str(answer)]
    except Exception as error:
        return [type(error), type(error.__cause__), type(error.__context__)]


async def aoutcome(client: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """Return the same of an asynchronous caller."""
    try:
        answer = await client(*args, **kwargs)
        return [str(each) async for each in answer] if hasattr(answer, "__anext__") else [str(answer)]
    except Exception as error:
        return [type(error), type(error.__cause__), type(error.__context__)]


@pytest.mark.parametrize("path", ["/v1", "/tgi", "/vectors", "/summaries"])
def test_the_caller_gets_what_the_sdk_alone_gives(
    provider: Provider, client_at: Callable[[str], InferenceClient], path: str
) -> None:
    client = client_at(path)
    ask: Any = {
        "/v1": lambda: client.chat_completion(SECRET),
        "/tgi": lambda: client.text_generation("SECRET", details=True),
        "/vectors": lambda: client.feature_extraction("SECRET"),
        "/summaries": lambda: client.summarization("SECRET"),
    }[path]

    @MANY
    @given(ODD)
    def any_answer(body: Any) -> None:
        def call() -> list[Any]:
            provider.say(Reply(body=dump(body)))
            return outcome(ask)

        bare = call()
        with recording() as recorder:
            recorder.instrument(HuggingFaceHubInstrumentor(), **EVERYTHING)
            assert call() == bare
            assert len(recorder.spans) == 1

    any_answer()


@pytest.mark.parametrize("path", ["/v1", "/tgi"])
def test_the_caller_gets_the_stream_that_the_sdk_alone_gives(
    provider: Provider, client_at: Callable[[str], InferenceClient], path: str
) -> None:
    client = client_at(path)

    def ask() -> Any:
        if path == "/v1":
            return client.chat_completion(SECRET, stream=True)
        return client.text_generation("SECRET", stream=True, details=True)

    @MANY
    @given(st.lists(ODD, max_size=3))
    def any_stream(events: list[Any]) -> None:
        def call() -> list[Any]:
            provider.say(Reply(events=[f"data: {dump(event)}" for event in events]))
            return outcome(ask)

        bare = call()
        with recording() as recorder:
            recorder.instrument(HuggingFaceHubInstrumentor(), **EVERYTHING)
            assert call() == bare
            assert len(recorder.spans) == 1

    any_stream()


@pytest.mark.parametrize(
    "body", ["", "{not json", "[]", "null", '{"error": "no"}', '{"choices": 3}', "[[" * 99_999]
)
@pytest.mark.parametrize("content", [{}, EVERYTHING], ids=["off", "on"])
async def test_the_asynchronous_caller_gets_what_the_sdk_alone_gives(
    recorder: Recorder, provider: Provider, aclient: AsyncInferenceClient, body: str, content: dict[str, str]
) -> None:
    async def call() -> list[Any]:
        provider.say(Reply(body=body))
        return await aoutcome(aclient.chat_completion, SECRET)

    bare = await call()
    recorder.instrument(HuggingFaceHubInstrumentor(), **content)
    assert await call() == bare
    assert recorder.tree() == ["chat"]
