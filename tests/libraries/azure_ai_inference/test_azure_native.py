# SPDX-License-Identifier: Apache-2.0
"""The SDK can trace itself: whichever of both is switched on first, a call has one inference span, and it is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.core.settings import settings
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from spanwright.instrumentors.azure_ai_inference import AzureAIInferenceInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient

    from harness import Recorder

BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello SECRET"}], "model": "gpt-4o"}
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def native(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the SDK's own instrumentor, told of OpenTelemetry and reporting where ours does, content on."""
    from azure.ai.inference.tracing import AIInferenceInstrumentor

    monkeypatch.setattr(trace, "_TRACER_PROVIDER", recorder.tracer_provider)
    settings.tracing_implementation = "opentelemetry"
    made = AIInferenceInstrumentor()
    yield made
    # Ours is taken off first, so that theirs finds what it has put there.
    recorder.uninstrument()
    made.uninstrument()
    settings.tracing_implementation.unset_value()


def complete(client: ChatCompletionsClient) -> None:
    client.complete(**BODY)


def streamed(client: ChatCompletionsClient) -> None:
    list(client.complete(**BODY, stream=True))


def left(client: ChatCompletionsClient) -> None:
    with client.complete(**BODY, stream=True) as stream:
        next(stream)


def inferences(recorder: Recorder) -> list[str]:
    """Return the names of the inference spans; Azure's core makes spans of its own for HTTP."""
    return [span.name for span in recorder.spans if span.name.startswith("chat")]


def test_alone_the_sdk_makes_a_span_of_its_own(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    """What this module's other tests are about: without us there would be this one."""
    native.instrument()
    complete(client)
    (span,) = [span for span in recorder.spans if span.name.startswith("chat")]
    assert (span.attributes or {})["gen_ai.system"] == "az.ai.inference"
    recorder.spans_exporter.clear()


@pytest.mark.parametrize("way", [complete, streamed, left])
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_a_call_has_one_inference_span(
    recorder: Recorder,
    native: Any,
    client: ChatCompletionsClient,
    way: Callable[[ChatCompletionsClient], None],
    first: str,
) -> None:
    if first == "theirs":
        native.instrument(enable_content_recording=True)
    recorder.instrument(AzureAIInferenceInstrumentor())
    if first == "ours":
        native.instrument(enable_content_recording=True)
    way(client)
    (span,) = [span for span in recorder.spans if span.name.startswith("chat")]
    assert (span.attributes or {})["gen_ai.provider.name"] == "azure.ai.inference"
    assert "SECRET" not in recorder.everything()


def test_a_refused_call_has_one_inference_span(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    native.instrument()
    recorder.instrument(AzureAIInferenceInstrumentor())
    with pytest.raises(ResourceNotFoundError):
        client.complete(**{**BODY, "model": "error:404"})
    assert inferences(recorder) == ["chat error:404"]
    # The HTTP span of Azure's core is not ours to be judged.
    recorder.spans_exporter.clear()


@pytest.mark.parametrize("first", ["ours", "theirs"])
async def test_an_asynchronous_call_has_one_inference_span(
    recorder: Recorder, native: Any, aclient: AsyncChatCompletionsClient, first: str
) -> None:
    if first == "theirs":
        native.instrument()
    recorder.instrument(AzureAIInferenceInstrumentor())
    if first == "ours":
        native.instrument()
    await aclient.complete(**BODY)
    assert inferences(recorder) == ["chat gpt-4o"]


def test_our_span_stands_where_the_sdks_would(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    native.instrument()
    recorder.instrument(AzureAIInferenceInstrumentor())
    with recorder.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        complete(client)
    assert recorder.tree() == ["ask", "  chat gpt-4o", "    POST"]


def test_content_is_captured_when_ours_is_on(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    native.instrument(enable_content_recording=False)
    recorder.instrument(AzureAIInferenceInstrumentor(), **{CONTENT: "SPAN_ONLY"})
    complete(client)
    assert "SECRET" in recorder.attributes("chat")["gen_ai.input.messages"]


def test_while_we_are_suppressed_the_sdk_traces_as_without_us(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    from azure.ai.inference import tracing

    native.instrument()
    recorder.instrument(AzureAIInferenceInstrumentor())
    assert tracing.settings.tracing_implementation() is None
    with suppress_instrumentation():
        assert tracing.settings.tracing_implementation() is settings.tracing_implementation()


def test_without_us_the_sdk_traces_itself_again(
    recorder: Recorder, native: Any, client: ChatCompletionsClient
) -> None:
    from azure.ai.inference import tracing

    recorder.instrument(AzureAIInferenceInstrumentor())
    native.instrument()
    complete(client)
    recorder.uninstrument()
    complete(client)
    assert tracing.settings is settings
    ours, theirs = (dict(span.attributes or {}) for span in recorder.spans if span.name == "chat gpt-4o")
    assert ("gen_ai.system" in ours, "gen_ai.system" in theirs) == (False, True)
    recorder.spans_exporter.clear()


def test_azures_settings_are_not_touched(recorder: Recorder, native: Any) -> None:
    before = settings.tracing_implementation()
    recorder.instrument(AzureAIInferenceInstrumentor())
    assert settings.tracing_implementation() is before is not None
