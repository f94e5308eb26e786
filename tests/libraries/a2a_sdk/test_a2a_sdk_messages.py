# SPDX-License-Identifier: Apache-2.0
"""Messages to an agent behind a server: one span on either side, in one trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation

from libraries.a2a_sdk import agents as a
from spanwright.instrumentors.a2a_sdk import A2ASdkInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from harness import Recorder

WAYS = [("JSONRPC", True), ("JSONRPC", False), ("HTTP+JSON", True), ("HTTP+JSON", False)]
# The server knows its own card since 1.
ANSWERING = "invoke_agent" if a.FIRST else "invoke_agent guide"
BOTH = ["invoke_agent guide", f"  {ANSWERING}", "    look up"]


async def sent(
    house: a.House, http: httpx.AsyncClient, *, transport: str = "JSONRPC", streams: bool = True
) -> list[Any]:
    client = house.client(http, transport, streams=streams)
    try:
        return [event async for event in client.send_message(a.asked())]
    finally:
        # What the server still has to do is done then.
        house.__exit__()


@pytest.mark.parametrize(("transport", "streams"), WAYS)
async def test_one_span_on_either_side(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient, transport: str, streams: bool
) -> None:
    assert await sent(opened(), http, transport=transport, streams=streams)
    assert traced.tree() == BOTH


@pytest.mark.parametrize("streams", [True, False])
async def test_what_the_side_that_asks_tells(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient, streams: bool
) -> None:
    house = opened()
    await sent(house, http, streams=streams)
    asking = next(span for span in traced.spans if span.kind.name == "CLIENT")
    attributes = dict(asking.attributes or {})
    assert attributes.pop("gen_ai.conversation.id")
    assert attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "a2a",
        "gen_ai.agent.name": a.NAME,
        "gen_ai.agent.description": a.HELP,
        "gen_ai.agent.version": "7",
        "server.address": "127.0.0.1",
        "server.port": int(house.url.rpartition(":")[2]),
    }


async def test_both_sides_tell_the_same_conversation(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    await sent(opened(), http)
    told = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans[:2]]
    assert told[0] is not None
    assert told[0] == told[1]


async def test_a_message_alone_is_an_answer_too(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    assert await sent(opened(a.says), http)
    assert traced.tree() == BOTH


async def test_http_requests_stand_between_the_two_sides(
    own: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    own.instrument(A2ASdkInstrumentor(), HttpxInstrumentor())
    await sent(opened(), http)
    assert own.tree() == ["invoke_agent guide", "  POST", f"    {ANSWERING}", "      look up"]


async def test_a_server_s_own_span_of_the_request_is_the_parent(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    house = opened(
        wrapped=lambda app: OpenTelemetryMiddleware(
            app, tracer_provider=traced.tracer_provider, exclude_spans=["receive", "send"]
        )
    )
    await sent(house, http, streams=False)
    spans = {span.name: span for span in traced.spans if span.kind.name != "CLIENT"}
    request = next(span for span in traced.spans if span.kind.name == "SERVER")
    handled = next(span for span in traced.spans if span.name == ANSWERING and span.kind.name == "INTERNAL")
    assert handled.parent is not None
    assert handled.parent.span_id == request.get_span_context().span_id
    assert spans["look up"].parent is not None


async def test_a_task_that_failed_is_an_error_on_both_sides(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    await sent(opened(a.fails), http)
    assert [(span.attributes or {}).get("error.type") for span in traced.spans[:2]] == ["failed", "failed"]


async def test_an_agent_that_raises_says_nothing_of_the_message(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    with pytest.raises(Exception, match=".*"):
        await sent(opened(a.breaks), http, streams=False)
    asking = next(span for span in traced.spans if span.kind.name == "CLIENT")
    assert (asking.attributes or {})["error.type"]
    assert not asking.status.description or "hall" not in asking.status.description


async def test_a_server_that_is_not_there_is_an_error(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    house = opened()
    client = house.client(http)
    house.__exit__()
    with pytest.raises(Exception, match=".*"):
        [event async for event in client.send_message(a.asked())]
    assert traced.attributes("invoke_agent")["error.type"].startswith(("a2a.client.errors.", "httpx."))


async def test_a_stream_that_is_left_ends_its_span(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    events = opened().client(http).send_message(a.asked())
    async for _ in events:
        break
    await events.aclose()
    asking = next(span for span in traced.spans if span.kind.name == "CLIENT")
    assert "error.type" not in (asking.attributes or {})


async def test_suppressed_instrumentation_traces_nothing_of_ours(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    house = opened()
    with suppress_instrumentation():
        await sent(house, http)
    assert not [
        span for span in traced.spans if span.kind.name == "CLIENT" and span.name.startswith("invoke")
    ]


async def test_uninstrumented_and_instrumented_again(
    own: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    own.instrument(A2ASdkInstrumentor())
    own.uninstrument()
    await sent(opened(), http)
    assert not [span for span in own.spans if span.name.startswith("invoke")]
    own.spans_exporter.clear()
    own.instrument(A2ASdkInstrumentor())
    await sent(opened(), http)
    assert own.tree() == BOTH


async def test_a_client_made_before_is_traced(
    own: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    house = opened()
    client = house.client(http)
    own.instrument(A2ASdkInstrumentor())
    [event async for event in client.send_message(a.asked())]
    house.__exit__()
    assert own.tree() == BOTH


async def test_the_sdk_s_own_spans_are_back_when_ours_are_gone(
    own: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    own.instrument(A2ASdkInstrumentor())
    own.uninstrument()
    await sent(opened(), http)
    assert [span for span in own.spans if span.name.startswith("a2a.")]


async def test_nothing_of_a_message_is_content_unless_asked_for(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    await sent(opened(), http)
    everything = traced.everything()
    assert "Where is the hall" not in everything
    assert a.ANSWER not in everything


@pytest.mark.parametrize("streams", [True, False])
async def test_content_of_a_message_and_its_answer(
    shown: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient, streams: bool
) -> None:
    await sent(opened(), http, streams=streams)
    for span in shown.spans[:2]:
        attributes = span.attributes or {}
        assert attributes["gen_ai.input.messages"] == (
            '[{"role":"user","parts":[{"type":"text","content":"Where is the hall?"}]}]'
        )
        assert attributes["gen_ai.output.messages"] == (
            '[{"role":"assistant","parts":[{"type":"text","content":"To the left."}]}]'
        )


async def test_the_agent_is_told_nothing_that_was_not_sent(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    house = opened()
    await sent(house, http)
    assert not house.guide.metadata


async def test_the_caller_s_message_stays_as_it_is(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    given = a.message()
    before = repr(given)
    asked = given if a.FIRST else a.SendMessageRequest(message=given)
    [event async for event in opened().client(http, streams=False).send_message(asked)]
    assert repr(given) == before


async def test_a_remote_agent_s_duration_is_measured(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient
) -> None:
    await sent(opened(), http)
    (asked,) = traced.points("gen_ai.client.operation.duration")
    assert asked.labels["gen_ai.provider.name"] == "a2a"
    assert traced.points("gen_ai.invoke_agent.duration")
