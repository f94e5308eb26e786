# SPDX-License-Identifier: Apache-2.0
"""The SDK traces itself since 1.2: with its tracing on or off, a call has one span, and it is ours."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import xai_sdk
from opentelemetry import trace
from opentelemetry.instrumentation.grpc import client_interceptor
from opentelemetry.instrumentation.grpc.grpcext import intercept_channel
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from xai_sdk.chat import user

from harness import Recorder
from spanwright.instrumentors.xai_sdk import XaiInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wires.xai import Xai

MODULES = ("sync.chat", "aio.chat", "sync.image", "aio.image", "sync.tokenizer")
MODEL = "grok-4"
ASKED: dict[str, Any] = {"model": MODEL, "messages": [user("Hello SECRET")]}
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


@pytest.fixture
def native(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Let the SDK's own tracing report where ours does, as it would if that were the global provider."""
    for name in MODULES:
        module = import_module(f"xai_sdk.{name}")
        monkeypatch.setattr(module, "tracer", recorder.tracer_provider.get_tracer(module.__name__))
    return recorder


@pytest.fixture
def silent(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Switch the SDK's own tracing off, as `XAI_SDK_DISABLE_TRACING` does when its modules are imported."""
    for name in MODULES:
        monkeypatch.setattr(import_module(f"xai_sdk.{name}"), "tracer", trace.NoOpTracer())
    return recorder


def sample(client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).sample()


def batch(client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).sample_batch(2)


def streamed(client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream())


def streamed_batch(client: xai_sdk.Client) -> None:
    list(client.chat.create(**ASKED).stream_batch(2))


def left(client: xai_sdk.Client) -> None:
    stream = client.chat.create(**ASKED).stream()
    next(stream)
    stream.close()


def dropped(client: xai_sdk.Client) -> None:
    next(client.chat.create(**ASKED).stream())
    gc.collect()


def deferred(client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).defer()


def refused(client: xai_sdk.Client) -> None:
    with pytest.raises(grpc.RpcError):
        client.chat.create(**{**ASKED, "model": "error:NOT_FOUND"}).sample()


def picture(client: xai_sdk.Client) -> None:
    client.image.sample("SECRET", MODEL)


WAYS = [sample, batch, streamed, streamed_batch, left, dropped, deferred, refused, picture]


def test_alone_the_sdk_makes_a_span_of_its_own(native: Recorder, client: xai_sdk.Client) -> None:
    """What this module's other tests are about: without us there would be this one."""
    sample(client)
    assert native.tree() == ["chat.sample grok-4"]
    native.spans_exporter.clear()


@pytest.mark.parametrize("way", WAYS)
def test_a_call_has_one_span(
    native: Recorder, client: xai_sdk.Client, way: Callable[[xai_sdk.Client], None]
) -> None:
    native.instrument(XaiInstrumentor())
    way(client)
    (span,) = native.spans
    assert span.name in ("chat grok-4", "chat error:NOT_FOUND", "generate_content grok-4")


@pytest.mark.parametrize("way", [sample, streamed, picture])
def test_a_call_has_one_span_where_the_sdks_tracing_is_off(
    silent: Recorder, client: xai_sdk.Client, way: Callable[[xai_sdk.Client], None]
) -> None:
    silent.instrument(XaiInstrumentor())
    way(client)
    assert len(silent.spans) == 1


async def test_asynchronous_calls_have_one_span_each(native: Recorder, aclient: xai_sdk.AsyncClient) -> None:
    native.instrument(XaiInstrumentor())
    await aclient.chat.create(**ASKED).sample()
    async for _ in aclient.chat.create(**ASKED).stream():
        pass
    await aclient.image.sample("A cat", MODEL)
    assert native.tree() == ["chat grok-4", "chat grok-4", "generate_content grok-4"]


def test_our_span_stands_where_the_sdks_would(
    native: Recorder, provider: Xai, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The instrumentor of gRPC does this to channels, but with the global provider alone."""
    between = client_interceptor(tracer_provider=native.tracer_provider)
    connect = grpc.secure_channel
    monkeypatch.setattr(
        grpc, "secure_channel", lambda *args, **kwargs: intercept_channel(connect(*args, **kwargs), between)
    )
    native.instrument(XaiInstrumentor())
    client = xai_sdk.Client(api_key="test", api_host=provider.host)
    with native.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        sample(client)
        streamed(client)
    call = ["  chat grok-4", "    /xai_api.Chat/GetCompletion"]
    assert native.tree() == ["ask", *call, *call[:1], f"{call[1]}Chunk"]


@pytest.mark.parametrize("way", [sample, streamed])
def test_tokens_are_counted_once(
    native: Recorder, client: xai_sdk.Client, way: Callable[[xai_sdk.Client], None]
) -> None:
    native.instrument(XaiInstrumentor())
    way(client)
    spans = [dict(span.attributes or {}) for span in native.spans]
    assert [span["gen_ai.usage.output_tokens"] for span in spans] == [8]
    assert [point.count for point in native.points("gen_ai.client.token.usage")] == [1, 1]


@pytest.mark.parametrize("way", [sample, streamed, left, picture])
def test_content_that_the_sdk_would_capture_is_not_captured_when_ours_is_off(
    native: Recorder, client: xai_sdk.Client, way: Callable[[xai_sdk.Client], None]
) -> None:
    native.instrument(XaiInstrumentor())
    way(client)
    assert "SECRET" not in native.everything()


def test_content_is_captured_when_ours_is_on(
    native: Recorder, client: xai_sdk.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES", "1")
    native.instrument(XaiInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    sample(client)
    assert "SECRET" in native.attributes()["gen_ai.input.messages"]


def test_what_is_no_model_call_stays_the_sdks(native: Recorder, client: xai_sdk.Client) -> None:
    native.instrument(XaiInstrumentor())
    with pytest.raises(grpc.RpcError):
        client.tokenize.tokenize_text("Hello", MODEL)
    assert native.tree() == ["tokenize_text grok-4"]
    native.spans_exporter.clear()


def test_while_we_are_suppressed_the_sdk_traces_as_without_us(
    native: Recorder, client: xai_sdk.Client
) -> None:
    native.instrument(XaiInstrumentor())
    with suppress_instrumentation():
        sample(client)
    assert native.tree() == ["chat.sample grok-4"]
    native.spans_exporter.clear()


def test_without_us_the_sdk_traces_itself_again(native: Recorder, client: xai_sdk.Client) -> None:
    native.instrument(XaiInstrumentor())
    sample(client)
    native.uninstrument()
    sample(client)
    assert native.tree() == ["chat grok-4", "chat.sample grok-4"]
    native.spans_exporter.clear()


def test_no_tracer_is_replaced(native: Recorder) -> None:
    modules = [import_module(f"xai_sdk.{name}") for name in MODULES]
    before = [module.tracer for module in modules]
    native.instrument(XaiInstrumentor())
    native.uninstrument()
    assert [module.tracer for module in modules] == before
    assert all("start_as_current_span" not in vars(module.tracer) for module in modules)


@pytest.fixture
def unsampled() -> Iterator[Recorder]:
    """Return a recorder that samples nothing."""
    recorder = Recorder(sampler=ALWAYS_OFF)
    yield recorder
    recorder.shutdown()


def test_the_sdk_makes_no_span_of_a_call_that_is_not_sampled(
    unsampled: Recorder, native: Recorder, client: xai_sdk.Client
) -> None:
    unsampled.instrument(XaiInstrumentor())
    sample(client)
    assert unsampled.tree() == native.tree() == []
