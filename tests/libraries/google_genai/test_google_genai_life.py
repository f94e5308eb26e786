# SPDX-License-Identifier: Apache-2.0
"""When and what is patched: clients and methods made before, the way back, and what stays as it was."""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import _api_client, errors, live, models

from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder

MODEL = "gemini-2.0-flash"
ASK: dict[str, Any] = {"model": MODEL, "contents": "Hello there"}
CLIENT = getattr(_api_client, "BaseApiClient", None) or _api_client.ApiClient
METHODS = ("request", "async_request", "request_streamed", "async_request_streamed")


def test_a_bound_method_saved_before_is_traced(recorder: Recorder, client: genai.Client) -> None:
    ask, stream = client.models.generate_content, client.models.generate_content_stream
    recorder.instrument(GoogleGenAIInstrumentor())
    ask(**ASK)
    list(stream(**ASK))
    assert recorder.tree() == [f"generate_content {MODEL}"] * 2


async def test_an_asynchronous_bound_method_saved_before_is_traced(
    recorder: Recorder, client: genai.Client
) -> None:
    ask = client.aio.models.generate_content
    recorder.instrument(GoogleGenAIInstrumentor())
    await ask(**ASK)
    assert recorder.tree() == [f"generate_content {MODEL}"]


def test_a_chat_made_before_is_traced(recorder: Recorder, client: genai.Client) -> None:
    chat = client.chats.create(model=MODEL)
    recorder.instrument(GoogleGenAIInstrumentor())
    chat.send_message("Hello there")
    assert recorder.tree() == [f"generate_content {MODEL}"]


def test_a_stream_begun_before_is_left_alone(recorder: Recorder, client: genai.Client) -> None:
    stream = iter(client.models.generate_content_stream(**ASK))
    next(stream)
    recorder.instrument(GoogleGenAIInstrumentor())
    list(stream)
    assert recorder.tree() == []


def test_uninstrumented_nothing_is_traced_and_all_is_as_before(
    recorder: Recorder, client: genai.Client
) -> None:
    before = [id(vars(CLIENT)[name]) for name in METHODS]
    recorder.instrument(GoogleGenAIInstrumentor())
    assert not {id(vars(CLIENT)[name]) for name in METHODS} & set(before)
    recorder.uninstrument()
    client.models.generate_content(**ASK)
    assert [id(vars(CLIENT)[name]) for name in METHODS] == before
    assert recorder.tree() == []


def test_instrumented_again_it_is_traced_once(recorder: Recorder, client: genai.Client) -> None:
    for _ in range(2):
        recorder.instrument(GoogleGenAIInstrumentor())
        recorder.uninstrument()
    recorder.instrument(GoogleGenAIInstrumentor())
    client.models.generate_content(**ASK)
    assert recorder.tree() == [f"generate_content {MODEL}"]


def test_a_stream_that_outlives_the_instrumentation_still_ends(
    recorder: Recorder, client: genai.Client
) -> None:
    recorder.instrument(GoogleGenAIInstrumentor())
    stream = iter(client.models.generate_content_stream(**ASK))
    next(stream)
    recorder.uninstrument()
    list(stream)
    assert recorder.tree() == [f"generate_content {MODEL}"]


def test_signatures_are_those_of_the_sdk(recorder: Recorder) -> None:
    before = {name: str(inspect.signature(getattr(CLIENT, name))) for name in METHODS}
    kinds = {name: inspect.iscoroutinefunction(getattr(CLIENT, name)) for name in METHODS}
    recorder.instrument(GoogleGenAIInstrumentor())
    assert {name: str(inspect.signature(getattr(CLIENT, name))) for name in METHODS} == before
    assert {name: inspect.iscoroutinefunction(getattr(CLIENT, name)) for name in METHODS} == kinds


def test_public_methods_are_the_sdks_own(traced: Recorder) -> None:
    assert inspect.isfunction(models.Models.generate_content)
    assert inspect.isgeneratorfunction(models.Models.generate_content_stream)


def test_live_sessions_are_left_alone(traced: Recorder) -> None:
    assert inspect.isasyncgenfunction(inspect.unwrap(live.AsyncLive.connect))


def test_an_answer_can_be_copied_and_pickled(traced: Recorder, client: genai.Client) -> None:
    answer = client.models.generate_content(**ASK)
    assert copy.deepcopy(answer).text == answer.text
    assert pickle.loads(pickle.dumps(answer)).text == answer.text


def test_an_error_is_the_sdks_own(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(errors.ClientError) as raised:
        client.models.generate_content(model="error:404", contents="Hello there")
    assert (raised.value.code, raised.value.status) == (404, "NOT_FOUND")


def test_nothing_of_ours_is_missing_in_this_version(
    recorder: Recorder, client: genai.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "spanwright"):
        recorder.instrument(GoogleGenAIInstrumentor())
        if hasattr(client, "interactions"):
            client.interactions.create(model=MODEL, input="Hello there")
    assert caplog.messages == []
