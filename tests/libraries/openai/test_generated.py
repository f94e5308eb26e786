# SPDX-License-Identifier: Apache-2.0
"""Answers made up by hypothesis: an instrumented client and a bare one see the same."""

from __future__ import annotations

import gc
import json
import warnings
from typing import TYPE_CHECKING, Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import HELLO
from harness import Recorder
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import MANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[[openai.OpenAI], Any]

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def shaped(**members: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these members, each in its right form, or as anything at all."""
    return st.fixed_dictionaries({}, optional={name: form | ANYTHING for name, form in members.items()})


USAGE = shaped(
    prompt_tokens=st.integers(0, 99),
    completion_tokens=st.integers(0, 99),
    prompt_tokens_details=shaped(cached_tokens=st.integers(0, 9)),
    input_tokens=st.integers(0, 99),
    output_tokens_details=shaped(reasoning_tokens=st.integers(0, 9)),
)
CALL = shaped(
    index=st.integers(0, 2),
    id=st.sampled_from(["a", "b"]),
    type=st.sampled_from(["function", "custom"]),
    function=shaped(name=st.just("f"), arguments=st.sampled_from(['{"a":', "1}", ""])),
)
MESSAGE = shaped(
    role=st.just("assistant"),
    content=st.text(max_size=5)
    | st.lists(shaped(type=st.just("text"), text=st.text(max_size=5)), max_size=2),
    refusal=st.text(max_size=5),
    tool_calls=st.lists(CALL, max_size=3),
    function_call=shaped(name=st.just("f"), arguments=st.just("{}")),
    audio=shaped(transcript=st.text(max_size=5)),
    reasoning_content=st.text(max_size=5),
)
CHOICE = shaped(
    index=st.integers(0, 2),
    message=MESSAGE,
    delta=MESSAGE,
    text=st.text(max_size=5),
    finish_reason=st.sampled_from(["stop", "length", "tool_calls"]),
)
CHAT = shaped(
    id=st.just("c"),
    model=st.just("m"),
    choices=st.lists(CHOICE, max_size=3),
    usage=USAGE,
    service_tier=st.just("x"),
)
ITEM = shaped(
    type=st.sampled_from(["message", "function_call", "reasoning", "web_search_call", "hologram"]),
    id=st.just("i"),
    content=st.lists(shaped(type=st.just("output_text"), text=st.text(max_size=5)), max_size=2),
    summary=st.lists(shaped(text=st.text(max_size=5)), max_size=2),
    arguments=st.just("{}"),
    name=st.just("f"),
)
RESPONSE = shaped(
    id=st.just("r"),
    model=st.just("m"),
    status=st.sampled_from(["completed", "failed", "incomplete", "queued"]),
    output=st.lists(ITEM, max_size=3),
    usage=USAGE,
    error=shaped(code=st.just("server_error")),
    incomplete_details=shaped(reason=st.just("max_output_tokens")),
)
EVENT = shaped(
    type=st.sampled_from(
        ["response.created", "response.completed", "response.failed", "response.output_text.delta", "error"]
    ),
    response=RESPONSE,
    delta=st.text(max_size=5),
    code=st.just("server_error"),
)
ANSWER = ANYTHING | CHAT | RESPONSE
STREAM = st.lists(CHAT | EVENT | ANYTHING, max_size=5)


def chat(client: openai.OpenAI) -> Any:
    return client.chat.completions.create(model="m", messages=HELLO)


def raw_chat(client: openai.OpenAI) -> Any:
    return client.chat.completions.with_raw_response.create(model="m", messages=HELLO).parse()


def response(client: openai.OpenAI) -> Any:
    return client.responses.create(model="m", input="Hello there")


def fetched(client: openai.OpenAI) -> Any:
    return client.responses.retrieve("r")


def completion(client: openai.OpenAI) -> Any:
    return client.completions.create(model="m", prompt="Hello there")


def embedding(client: openai.OpenAI) -> Any:
    return client.embeddings.create(model="m", input="Hello there")


def picture(client: openai.OpenAI) -> Any:
    return client.images.generate(model="m", prompt="Hello there")


def transcription(client: openai.OpenAI) -> Any:
    return client.audio.transcriptions.create(model="m", file=("a.wav", b"RIFF"))


def search(client: openai.OpenAI) -> Any:
    return client.vector_stores.search("vs", query="Hello there").data


def chat_stream(client: openai.OpenAI) -> Any:
    return list(client.chat.completions.create(model="m", messages=HELLO, stream=True))


def chat_helper(client: openai.OpenAI) -> Any:
    with client.chat.completions.stream(model="m", messages=HELLO) as stream:
        return [event.type for event in stream]


def response_stream(client: openai.OpenAI) -> Any:
    return list(client.responses.create(model="m", input="Hello there", stream=True))


def completion_stream(client: openai.OpenAI) -> Any:
    return list(client.completions.create(model="m", prompt="Hello there", stream=True))


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Return a recorder for the whole file: hypothesis calls a test many times."""
    recorder = Recorder()
    yield recorder
    recorder.shutdown()


def outcome(client: openai.OpenAI, ask: Ask) -> str:
    """Return what the caller sees, as text; a model's own warnings about odd data are the SDK's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return f"returned {ask(client)!r}"
        except AttributeError as error:
            if type(error.obj).__name__ in ("OpenAI", "Completions"):
                pytest.skip(f"openai {openai.VERSION}: {error}")
            return f"raised {type(error)!r} {error}"
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
            return f"raised {type(error)!r} {error}"


def same(recorder: Recorder, http: Any, ask: Ask, body: bytes, kind: str) -> None:
    """Assert that both clients see the same of an answer, and that there is one true span."""
    transport = http.MockTransport(lambda _: http.Response(200, content=body, headers={"content-type": kind}))
    with http.Client(verify=False, transport=transport) as sender:
        client = openai.OpenAI(
            base_url="https://api.openai.com/v1", api_key="test", http_client=sender, max_retries=0
        )
        bare = outcome(client, ask)
        recorder.spans_exporter.clear()
        recorder.logs_exporter.clear()
        recorder.instrument(
            OpenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
        try:
            seen = outcome(client, ask)
        finally:
            recorder.uninstrument()
    if not recorder.spans:
        gc.collect()
    assert seen == bare
    assert len(recorder.spans) == 1
    assert recorder.findings() == []


WHOLE = [chat, raw_chat, response, fetched, completion, embedding, picture, transcription, search]


@pytest.mark.parametrize("ask", WHOLE)
def test_any_json_is_handed_over_as_it_is(recorder: Recorder, http: Any, ask: Ask) -> None:
    @MANY
    @given(ANSWER)
    def any_json(answer: Any) -> None:
        same(recorder, http, ask, json.dumps(answer).encode(), "application/json")

    any_json()


@pytest.mark.parametrize("ask", [chat_stream, chat_helper, response_stream, completion_stream])
def test_any_stream_is_handed_over_as_it_is(recorder: Recorder, http: Any, ask: Ask) -> None:
    @MANY
    @given(STREAM, st.booleans())
    def any_stream(chunks: list[Any], done: bool) -> None:
        events = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        body = "".join([*events, "data: [DONE]\n\n"] if done else events)
        same(recorder, http, ask, body.encode(), "text/event-stream")

    any_stream()


@pytest.mark.parametrize("ask", [chat, raw_chat, chat_stream, response_stream])
def test_any_bytes_are_handed_over_as_they_are(recorder: Recorder, http: Any, ask: Ask) -> None:
    kinds = st.sampled_from(
        ["application/json", "text/event-stream", "text/html", "application/octet-stream"]
    )

    @MANY
    @given(st.binary(max_size=40), kinds)
    def any_bytes(body: bytes, kind: str) -> None:
        same(recorder, http, ask, body, kind)

    any_bytes()
