# SPDX-License-Identifier: Apache-2.0
"""The SDK traces itself since 1.0: with its tracing on or off, a call has one span, and it is ours."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from harness import Recorder
from spanwright.console.provider import Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider import Provider

    Make = Callable[..., anthropic.Anthropic]

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello SECRET"}],
}
NATIVE = {"enabled": True, "content_mode": "content"}


@pytest.fixture
def make(provider: Provider, recorder: Recorder) -> Iterator[Make]:
    """Return a maker of clients whose own tracing reports where ours does, content on; options override it."""
    made: list[anthropic.Anthropic] = []

    def build(**telemetry: Any) -> anthropic.Anthropic:
        told = {"tracer_provider": recorder.tracer_provider, "traces": NATIVE, **telemetry}
        made.append(
            anthropic.Anthropic(base_url=provider.url, api_key="test", max_retries=0, open_telemetry=told)
        )
        return made[-1]

    yield build
    for each in made:
        each.close()


def create(client: anthropic.Anthropic) -> None:
    client.messages.create(**ASKED)


def streamed(client: anthropic.Anthropic) -> None:
    list(client.messages.create(**ASKED, stream=True))


def helper(client: anthropic.Anthropic) -> None:
    with client.messages.stream(**ASKED) as stream:
        stream.get_final_message()


def left(client: anthropic.Anthropic) -> None:
    with client.messages.stream(**ASKED) as stream:
        next(stream)


def dropped(client: anthropic.Anthropic) -> None:
    next(client.messages.create(**ASKED, stream=True))
    gc.collect()


def raw(client: anthropic.Anthropic) -> None:
    client.messages.with_raw_response.create(**ASKED).parse()


def beta(client: anthropic.Anthropic) -> None:
    client.beta.messages.create(**ASKED)


def refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(**{**ASKED, "model": "error:404"})


WAYS = [create, streamed, helper, left, dropped, raw, beta, refused]


def test_alone_the_sdk_makes_a_span_of_its_own(make: Make, recorder: Recorder) -> None:
    """What this module's other tests are about: without us there would be this one."""
    make().messages.create(**ASKED)
    assert recorder.tree() == ["anthropic.messages.create"]
    recorder.spans_exporter.clear()


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_call_has_one_span(
    make: Make, recorder: Recorder, way: Callable[[anthropic.Anthropic], None], enabled: bool
) -> None:
    recorder.instrument(AnthropicInstrumentor())
    way(make(traces={**NATIVE, "enabled": enabled}))
    (span,) = recorder.spans
    assert span.name in ("chat claude-haiku-4-5", "chat error:404")


@pytest.mark.parametrize("enabled", [True, False])
async def test_an_asynchronous_call_has_one_span(
    recorder: Recorder, provider: Provider, enabled: bool
) -> None:
    recorder.instrument(AnthropicInstrumentor())
    told: Any = {"tracer_provider": recorder.tracer_provider, "traces": enabled}
    async with (
        anthropic.AsyncAnthropic(base_url=provider.url, api_key="test", open_telemetry=told) as client,
        client.messages.stream(**ASKED) as stream,
    ):
        await stream.until_done()
    assert recorder.tree() == ["chat claude-haiku-4-5"]


@pytest.mark.parametrize("enabled", [True, False])
def test_our_span_stands_where_the_sdks_would(make: Make, recorder: Recorder, enabled: bool) -> None:
    recorder.instrument(HttpxInstrumentor(), AnthropicInstrumentor())
    client = make(traces=enabled)
    with recorder.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        create(client)
        helper(client)
    call = ["  chat claude-haiku-4-5", "    POST"]
    assert recorder.tree() == ["ask", *call, *call]


@pytest.mark.parametrize("way", [create, helper])
def test_tokens_are_counted_once(
    make: Make, recorder: Recorder, way: Callable[[anthropic.Anthropic], None]
) -> None:
    recorder.instrument(AnthropicInstrumentor())
    way(make())
    spans = [dict(span.attributes or {}) for span in recorder.spans]
    assert [span["gen_ai.usage.output_tokens"] for span in spans] == [27]
    assert [point.count for point in recorder.points("gen_ai.client.token.usage")] == [1, 1]


@pytest.mark.parametrize("way", [create, streamed, helper, left])
def test_content_that_the_sdk_would_capture_is_not_captured_when_ours_is_off(
    make: Make, recorder: Recorder, way: Callable[[anthropic.Anthropic], None]
) -> None:
    recorder.instrument(AnthropicInstrumentor())
    way(make())
    assert "SECRET" not in recorder.everything()


@pytest.mark.parametrize("mode", ["metadata_only", "content"])
def test_content_is_captured_when_ours_is_on(make: Make, recorder: Recorder, mode: str) -> None:
    recorder.instrument(AnthropicInstrumentor(), **{CONTENT: "SPAN_ONLY"})
    helper(make(traces={"content_mode": mode}))
    found = recorder.attributes()
    assert found["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"Hello SECRET"}]}]'
    )
    assert "SECRET" in found["gen_ai.output.messages"]


def test_our_trace_context_goes_to_the_provider_as_the_sdks_would(
    make: Make, recorder: Recorder, provider: Provider
) -> None:
    recorder.instrument(AnthropicInstrumentor())
    create(make())
    create(make(propagation=False))
    create(make(traces=False))
    first = recorder.spans[0].context
    assert first is not None
    told, *rest = [request.headers.get("traceparent") for request in provider.requests]
    assert str(told).startswith(f"00-{first.trace_id:032x}-{first.span_id:016x}-")
    assert rest == [None, None]


def test_the_conversation_that_the_sdk_was_told_of_is_ours(make: Make, recorder: Recorder) -> None:
    recorder.instrument(AnthropicInstrumentor())
    create(make(conversation_id="conv_1"))
    assert recorder.attributes()["gen_ai.conversation.id"] == "conv_1"


def test_a_client_that_reports_elsewhere_still_does(make: Make, recorder: Recorder) -> None:
    """Its spans would be missed there, and are no second copy of ours here."""
    elsewhere = Recorder()
    recorder.instrument(AnthropicInstrumentor())
    create(make(tracer_provider=elsewhere.tracer_provider))
    assert recorder.tree() == ["chat claude-haiku-4-5"]
    assert elsewhere.tree() == ["anthropic.messages.create"]
    elsewhere.shutdown()


def test_what_is_no_model_call_stays_the_sdks(make: Make, recorder: Recorder) -> None:
    recorder.instrument(AnthropicInstrumentor())
    make().messages.count_tokens(model="m", messages=ASKED["messages"])
    assert recorder.tree() == ["anthropic.messages.count_tokens"]
    recorder.spans_exporter.clear()


def test_without_us_the_sdk_traces_itself_again(make: Make, recorder: Recorder) -> None:
    client = make()
    recorder.instrument(AnthropicInstrumentor())
    create(client)
    recorder.uninstrument()
    create(client)
    assert recorder.tree() == ["chat claude-haiku-4-5", "anthropic.messages.create"]
    recorder.spans_exporter.clear()


def test_options_and_environment_stay_as_they_are(
    make: Make, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY", "false")
    client = make()
    before = client.open_telemetry
    recorder.instrument(AnthropicInstrumentor())
    create(client)
    assert client.open_telemetry == before
    assert anthropic.Anthropic(api_key="test").open_telemetry["traces"]["enabled"] is False


def test_a_call_of_two_turns_has_two_spans(make: Make, recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(AnthropicInstrumentor())
    client = make()
    provider.say(Reply(text="One"), Reply(text="Two"))
    create(client)
    create(client)
    assert recorder.tree() == ["chat claude-haiku-4-5"] * 2


@pytest.fixture
def unsampled() -> Iterator[Recorder]:
    """Return a recorder that samples nothing."""
    recorder = Recorder(sampler=ALWAYS_OFF)
    yield recorder
    recorder.shutdown()


def test_the_sdk_makes_no_span_of_a_call_that_is_not_sampled(unsampled: Recorder, provider: Provider) -> None:
    unsampled.instrument(AnthropicInstrumentor())
    told: Any = {"tracer_provider": unsampled.tracer_provider}
    with anthropic.Anthropic(base_url=provider.url, api_key="test", open_telemetry=told) as client:
        create(client)
    assert unsampled.tree() == []
    assert int(provider.requests[0].headers["traceparent"][-2:], 16) & 1 == 0


def test_a_call_through_middleware_has_one_span(recorder: Recorder, provider: Provider) -> None:
    """The SDK runs the application's middleware between its span and the request."""
    recorder.instrument(HttpxInstrumentor(), AnthropicInstrumentor())
    seen: list[str] = []

    def note(request: Any, send: Callable[[Any], Any]) -> Any:
        seen.append("sent")
        return send(request)

    told: Any = {"tracer_provider": recorder.tracer_provider}
    with anthropic.Anthropic(
        base_url=provider.url, api_key="test", open_telemetry=told, middleware=[note]
    ) as client:
        create(client)
        streamed(client)
        raw(client)
    assert seen == ["sent"] * 3
    assert recorder.tree() == ["chat claude-haiku-4-5", "  POST"] * 3
    assert [(span.attributes or {})["gen_ai.usage.output_tokens"] for span in recorder.spans[::2]] == [27] * 3
