# SPDX-License-Identifier: Apache-2.0
"""The SDK traces itself when it is told to: whichever of both is on, a call has one span, in the same place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from asking import HELLO
from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.mistralai import MistralInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.console.provider import Provider

MODEL = "mistral-small-latest"
CHAT = f"chat {MODEL}"


@pytest.fixture
def native(sdk: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Return a recorder whose tracer provider is the global one, with the SDK's own tracing on; ours is off yet."""
    if sdk.version < (1, 9):
        pytest.skip("it does not trace itself")
    recorder = Recorder()
    monkeypatch.setenv("MISTRAL_SDK_TELEMETRY", "global")
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", recorder.tracer_provider)
    yield recorder
    recorder.shutdown()
    settings.reload()


def instrument(recorder: Recorder) -> Recorder:
    recorder.instrument(MistralInstrumentor())
    return recorder


def scopes(recorder: Recorder) -> list[str]:
    return [span.instrumentation_scope.name for span in recorder.spans if span.instrumentation_scope]


def test_the_native_span_alone(native: Recorder, client: Any) -> None:
    """What the tests below are about: without us the SDK makes a span of its own."""
    client.chat.complete(model=MODEL, messages=HELLO)
    assert scopes(native) == ["mistralai_sdk_tracer"]


def test_ours_stands_in_the_place_of_theirs(native: Recorder, client: Any) -> None:
    with instrument(native).tracer_provider.get_tracer("app").start_as_current_span("request"):
        answer = client.chat.complete(model=MODEL, messages=HELLO)
    assert native.tree() == ["request", f"  {CHAT}"]
    assert native.attributes(CHAT)["gen_ai.usage.output_tokens"] == answer.usage.completion_tokens
    assert native.findings() == []


async def test_ours_stands_in_the_place_of_theirs_when_awaited(native: Recorder, client: Any) -> None:
    instrument(native)
    await client.chat.complete_async(model=MODEL, messages=HELLO)
    assert native.tree() == [CHAT]


def test_ours_stands_in_the_place_of_theirs_in_a_stream(native: Recorder, client: Any) -> None:
    instrument(native)
    list(client.chat.stream(model=MODEL, messages=HELLO))
    assert native.tree() == [CHAT]


def test_ours_stands_in_the_place_of_theirs_in_an_error(native: Recorder, client: Any, sdk: Any) -> None:
    instrument(native)
    with pytest.raises(sdk.errors.SDKError):
        client.chat.complete(model="error:429", messages=HELLO)
    assert native.tree() == ["chat error:429"]


def test_tokens_are_counted_once(native: Recorder, client: Any) -> None:
    instrument(native)
    client.chat.complete(model=MODEL, messages=HELLO)
    assert [point.count for point in native.points("gen_ai.client.token.usage")] == [1, 1]


def test_the_context_is_sent_as_theirs_is(native: Recorder, client: Any, provider: Provider) -> None:
    """The SDK propagates to Mistral when it traces; with our span in the place of theirs the header names ours."""
    instrument(native)
    client.chat.complete(model=MODEL, messages=HELLO)
    (context,) = [span.context for span in native.spans]
    assert context is not None
    assert provider.requests[0].headers["traceparent"].split("-")[2] == f"{context.span_id:016x}"


def test_theirs_is_back_when_ours_is_gone(native: Recorder, client: Any) -> None:
    instrument(native).uninstrument()
    client.chat.complete(model=MODEL, messages=HELLO)
    assert scopes(native) == ["mistralai_sdk_tracer"]


def test_theirs_stays_for_what_ours_does_not_trace(native: Recorder, client: Any) -> None:
    instrument(native)
    with pytest.raises(Exception):
        client.models.list()
    assert scopes(native) == ["mistralai_sdk_tracer"]


def test_what_goes_to_another_provider_stays(native: Recorder, client: Any, sdk: Any) -> None:
    """An application that sends the SDK's spans elsewhere goes on to do so."""
    if sdk.version[0] < 2:
        pytest.skip("it knows the global provider alone")
    configure = __import__(
        "mistralai.extra.observability", fromlist=["configure_telemetry"]
    ).configure_telemetry
    elsewhere = InMemorySpanExporter()
    other = TracerProvider()
    other.add_span_processor(SimpleSpanProcessor(elsewhere))
    configure(client, provider=other)
    instrument(native)
    client.chat.complete(model=MODEL, messages=HELLO)
    assert native.tree() == [CHAT]
    assert [span.name for span in elsewhere.get_finished_spans()] == [CHAT]
    other.shutdown()


def test_its_switch_is_left_as_it_is(native: Recorder, client: Any, sdk: Any) -> None:
    if sdk.version[0] < 2:
        pytest.skip("it has no switch")
    instrument(native)
    client.chat.complete(model=MODEL, messages=HELLO)
    hooks = client.sdk_configuration.__dict__["_hooks"].before_request_hooks
    (hook,) = [each for each in hooks if type(each).__name__ == "TracingHook"]
    assert (hook.tracing_enabled, hook._telemetry_use_global_provider) == (True, True)


def test_ours_alone(traced: Recorder, client: Any) -> None:
    client.chat.complete(model=MODEL, messages=HELLO)
    assert traced.tree() == [CHAT]
