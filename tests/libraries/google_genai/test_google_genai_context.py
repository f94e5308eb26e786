# SPDX-License-Identifier: Apache-2.0
"""What is current when, who is whose child, what is counted, and when nothing is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder

MODEL = "gemini-2.0-flash"
NAME = f"generate_content {MODEL}"


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


@pytest.fixture
def both(recorder: Recorder, awaits: None) -> Recorder:
    """Return the recorder with the SDK and its HTTP library instrumented."""
    recorder.instrument(GoogleGenAIInstrumentor(), HttpxInstrumentor())
    return recorder


def test_the_http_request_is_a_child(both: Recorder, client: genai.Client) -> None:
    client.models.generate_content(model=MODEL, contents="Hello there")
    assert both.tree() == [NAME, "  POST"]


async def test_the_awaited_http_request_is_a_child(both: Recorder, client: genai.Client) -> None:
    await client.aio.models.generate_content(model=MODEL, contents="Hello there")
    assert both.tree() == [NAME, "  POST"]


def test_the_http_request_of_a_stream_is_a_child(both: Recorder, client: genai.Client) -> None:
    list(client.models.generate_content_stream(model=MODEL, contents="Hello there"))
    assert both.tree() == [NAME, "  POST"]


async def test_the_http_request_of_an_asynchronous_stream_is_a_child(
    both: Recorder, client: genai.Client
) -> None:
    async for _ in await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there"):
        pass
    assert both.tree() == [NAME, "  POST"]


def test_the_http_request_of_an_interaction_is_a_child(both: Recorder, client: genai.Client) -> None:
    list(client.interactions.create(model=MODEL, input="Hello there", stream=True))
    assert both.tree() == [NAME, "  POST"]


def test_a_span_of_the_application_is_the_parent(traced: Recorder, client: genai.Client) -> None:
    with traced.tracer_provider.get_tracer("app").start_as_current_span("step"):
        client.models.generate_content(model=MODEL, contents="Hello there")
    assert traced.tree() == ["step", f"  {NAME}"]


def test_the_consumer_of_a_stream_never_sees_its_span(traced: Recorder, client: genai.Client) -> None:
    with traced.tracer_provider.get_tracer("app").start_as_current_span("step"):
        stream = client.models.generate_content_stream(model=MODEL, contents="Hello there")
        assert {current() for _ in stream} == {"step"}


async def test_the_consumer_of_an_asynchronous_stream_never_sees_its_span(
    traced: Recorder, client: genai.Client
) -> None:
    with traced.tracer_provider.get_tracer("app").start_as_current_span("step"):
        stream = await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there")
        assert {current() async for _ in stream} == {"step"}


async def test_calls_side_by_side_are_siblings(traced: Recorder, client: genai.Client) -> None:
    ask = client.aio.models.generate_content
    with traced.tracer_provider.get_tracer("app").start_as_current_span("step"):
        await asyncio.gather(*(ask(model=MODEL, contents=f"Hello {at}") for at in range(4)))
    assert traced.tree() == ["step", *[f"  {NAME}"] * 4]


def test_nothing_is_traced_while_instrumentation_is_suppressed(
    traced: Recorder, client: genai.Client
) -> None:
    with suppress_instrumentation():
        client.models.generate_content(model=MODEL, contents="Hello there")
        list(client.models.generate_content_stream(model=MODEL, contents="Hello there"))
    assert traced.tree() == []


def test_a_call_is_counted(traced: Recorder, client: genai.Client, server: dict[str, Any]) -> None:
    answer = client.models.generate_content(model=MODEL, contents="Hello there")
    used = answer.usage_metadata
    assert used is not None
    labels = {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
    }
    counted = {
        (point.metric, point.labels.get("gen_ai.token.type")): point.sum
        for point in traced.points()
        if point.labels.items() >= labels.items()
    }
    duration = counted.pop(("gen_ai.client.operation.duration", None))
    assert duration > 0
    assert counted == {
        ("gen_ai.client.token.usage", "input"): used.prompt_token_count,
        ("gen_ai.client.token.usage", "output"): used.candidates_token_count,
    }


def test_modalities_are_counted_under_the_latest_names(recorder: Recorder, client: genai.Client) -> None:
    recorder.instrument(GoogleGenAIInstrumentor(), SPANWRIGHT_METRICS="latest")
    client.models.generate_content(model=MODEL, contents="Hello there")
    (point,) = recorder.points("gen_ai.client.inference.usage.input_tokens")
    assert point.labels["gen_ai.token.modality"] == "text"


def test_a_failed_call_is_counted_as_one(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(Exception):  # noqa: B017 - its class is tested elsewhere
        client.models.generate_content(model="error:404", contents="Hello there")
    (point,) = traced.points()
    assert point.labels["error.type"] == "google.genai.errors.ClientError"
