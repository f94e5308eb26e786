# SPDX-License-Identifier: Apache-2.0
"""Messages over gRPC: the same spans as over HTTP, in one trace where the SDK sends metadata."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from a2a.client.transports.grpc import GrpcTransport
from a2a.server.request_handlers.grpc_handler import GrpcHandler
from grpc import aio

from alike.runs import content, errors
from libraries.a2a_sdk import agents as a
from libraries.a2a_sdk.test_a2a_sdk_messages import ANSWERING, BOTH

if a.FIRST:
    from a2a.grpc.a2a_pb2_grpc import add_A2AServiceServicer_to_server
else:
    from a2a.types.a2a_pb2_grpc import add_A2AServiceServicer_to_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

TELLS = hasattr(GrpcTransport, "_get_grpc_metadata")
"""Whether the SDK sends metadata, which the first versions do not."""
STREAMS = pytest.mark.parametrize("streams", [True, False])


@asynccontextmanager
async def calling(plan: Any = a.answers, *, streams: bool = True) -> AsyncIterator[Any]:
    """Serve an agent over gRPC and give a client of it; what the server still has to do is done at the end."""
    house, server = a.House(plan), aio.server()
    house.url = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    given = (house.card("GRPC"), house.handler()) if a.FIRST else (house.handler(),)
    add_A2AServiceServicer_to_server(GrpcHandler(*given), server)
    await server.start()
    try:
        async with aio.insecure_channel(house.url) as channel:
            yield house.client(None, "GRPC", streams=streams, grpc_channel_factory=lambda _: channel)
    finally:
        await server.stop(None)


async def sent(plan: Any = a.answers, *, streams: bool = True) -> list[Any]:
    async with calling(plan, streams=streams) as client:
        return [event async for event in client.send_message(a.asked())]


@STREAMS
async def test_a_message_over_grpc_has_one_span_on_either_side(traced: Recorder, streams: bool) -> None:
    assert await sent(streams=streams)
    apart = ["invoke_agent guide", ANSWERING, "  look up"]
    assert traced.tree() == (BOTH if TELLS else apart)


async def test_both_sides_of_a_call_tell_the_same_conversation(traced: Recorder) -> None:
    await sent()
    told = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans[:2]]
    assert told[0] is not None
    assert told[0] == told[1]


@STREAMS
async def test_content_of_a_call_is_shown_when_asked_for(shown: Recorder, streams: bool) -> None:
    await sent(streams=streams)
    assert content(shown, "invoke_agent", 0)["output.messages"] == [
        {"role": "assistant", "parts": [{"type": "text", "content": a.ANSWER}]}
    ]


async def test_a_call_of_an_agent_that_raises_fails_on_both_sides(traced: Recorder) -> None:
    with pytest.raises(Exception, match=r"."):
        await sent(a.breaks, streams=False)
    assert set(errors(traced)) >= {"invoke_agent guide", ANSWERING}
