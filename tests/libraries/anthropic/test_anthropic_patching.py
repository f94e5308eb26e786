# SPDX-License-Identifier: Apache-2.0
"""When and what is patched, the way back, and that the application's own objects stay as they are."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import anthropic
from opentelemetry.instrumentation.utils import suppress_instrumentation

from spanwright.instrumentors.anthropic import AnthropicInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hello there"}],
}
CALL = ["chat claude-haiku-4-5"]
CLIENTS = (anthropic._base_client.SyncAPIClient, anthropic._base_client.AsyncAPIClient)


def test_clients_and_bound_methods_made_before_are_traced(
    recorder: Recorder, client: anthropic.Anthropic
) -> None:
    create, stream = client.messages.create, client.messages.stream
    raw = client.messages.with_raw_response.create
    recorder.instrument(AnthropicInstrumentor())
    create(**ASKED)
    raw(**ASKED)
    with stream(**ASKED) as made:
        made.until_done()
    assert recorder.tree() == CALL * 3


async def test_an_asynchronous_bound_method_saved_before_is_traced(
    recorder: Recorder, aclient: anthropic.AsyncAnthropic
) -> None:
    create = aclient.messages.create
    recorder.instrument(AnthropicInstrumentor())
    await create(**ASKED)
    assert recorder.tree() == CALL


def test_a_stream_opened_before_is_left_alone(recorder: Recorder, client: anthropic.Anthropic) -> None:
    stream = client.messages.create(**ASKED, stream=True)
    recorder.instrument(AnthropicInstrumentor())
    assert list(stream)
    stream.close()
    assert recorder.tree() == []


def test_a_stream_in_flight_while_uninstrumenting_still_ends_its_span(
    traced: Recorder, client: anthropic.Anthropic
) -> None:
    stream = client.messages.create(**ASKED, stream=True)
    next(stream)
    traced.uninstrument()
    assert list(stream)
    assert traced.tree() == CALL


def test_a_subclass_that_overrides_the_request_is_one_call(traced: Recorder, provider: Provider) -> None:
    class Gateway(anthropic.Anthropic):
        """An application's own client."""

        def request(self, *args: Any, **kwargs: Any) -> Any:
            return super().request(*args, **kwargs)

    with Gateway(base_url=provider.url, api_key="test") as client:
        client.messages.create(**ASKED)
    assert traced.tree() == CALL


def test_a_call_by_hand_is_traced(traced: Recorder, client: anthropic.Anthropic) -> None:
    client.post("/v1/messages", body=dict(ASKED), cast_to=anthropic.types.Message)
    assert traced.tree() == CALL


def test_instrumenting_twice_is_one_span(recorder: Recorder, client: anthropic.Anthropic) -> None:
    recorder.instrument(AnthropicInstrumentor(), AnthropicInstrumentor())
    client.messages.create(**ASKED)
    assert recorder.tree() == CALL


def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    recorder: Recorder, client: anthropic.Anthropic
) -> None:
    instrumentor = AnthropicInstrumentor()
    recorder.instrument(instrumentor)
    create = client.messages.create
    recorder.uninstrument()
    create(**ASKED)
    assert (recorder.tree(), recorder.points(), recorder.logs) == ([], [], [])
    recorder.instrument(instrumentor)
    create(**ASKED)
    assert recorder.tree() == CALL


def test_uninstrumenting_puts_back_what_was_there() -> None:
    base, streaming = anthropic._base_client, anthropic._streaming
    places = [*CLIENTS, base, streaming.Stream, streaming.AsyncStream]
    before = [dict(vars(place)) for place in places]
    instrumentor = AnthropicInstrumentor()
    for _ in range(2):
        instrumentor.instrument()
        instrumentor.uninstrument()
    assert [dict(vars(place)) for place in places] == before


def test_suppression_is_respected(traced: Recorder, client: anthropic.Anthropic) -> None:
    with suppress_instrumentation():
        client.messages.create(**ASKED)
        list(client.messages.create(**ASKED, stream=True))
    assert (traced.tree(), traced.points()) == ([], [])


def test_what_the_application_passes_is_left_as_it_is(
    shown: Recorder, client: anthropic.Anthropic, provider: Provider
) -> None:
    asked = copy.deepcopy(ASKED)
    client.messages.create(**asked)
    assert asked == ASKED
    assert provider.requests[0].body == ASKED


def test_a_request_is_the_same_with_us(
    recorder: Recorder, client: anthropic.Anthropic, provider: Provider
) -> None:
    list(client.messages.create(**ASKED, stream=True))
    recorder.instrument(AnthropicInstrumentor())
    list(client.messages.create(**ASKED, stream=True))
    without, with_us = provider.requests
    unlike = ("traceparent", "idempotency-key")
    assert with_us.raw == without.raw
    assert {name: value for name, value in with_us.headers.items() if name not in unlike} == {
        name: value for name, value in without.headers.items() if name not in unlike
    }


def test_what_is_returned_is_the_sdks_own(traced: Recorder, client: anthropic.Anthropic) -> None:
    assert type(client.messages.create(**ASKED)) is anthropic.types.Message
    with client.messages.create(**ASKED, stream=True) as stream:
        assert type(stream) is anthropic.Stream
        assert next(iter(stream)).type == "message_start"


def test_signatures_are_the_sdks_own(recorder: Recorder) -> None:
    before = [str(inspect.signature(kind.request)) for kind in CLIENTS]
    recorder.instrument(AnthropicInstrumentor())
    assert [str(inspect.signature(kind.request)) for kind in CLIENTS] == before
    assert inspect.iscoroutinefunction(CLIENTS[1].request)


def test_methods_can_be_pickled_and_answers_too(traced: Recorder, client: anthropic.Anthropic) -> None:
    assert pickle.loads(pickle.dumps(CLIENTS[0].request)) == CLIENTS[0].request
    answer = client.messages.create(**ASKED)
    assert pickle.loads(pickle.dumps(answer)) == answer
