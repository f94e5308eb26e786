# SPDX-License-Identifier: Apache-2.0
"""Tasks that are cancelled, callers that are, and what the SDK is before it is imported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from alike.processes import imported_for
from alike.runs import errors
from libraries.a2a_sdk import agents as a
from libraries.a2a_sdk.test_a2a_sdk_messages import ANSWERING
from spanwright.instrumentors.a2a_sdk import A2ASdkInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from harness import Recorder

TRANSPORTS = pytest.mark.parametrize("transport", ["JSONRPC", "HTTP+JSON"])


@TRANSPORTS
async def test_a_task_that_is_cancelled_is_told_on_both_sides(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient, transport: str
) -> None:
    house = opened(a.waits)
    client = house.client(http, transport)
    events = client.send_message(a.asked())
    begun = await anext(events)
    cancelled = await client.cancel_task(a.cancelling(begun))
    assert cancelled.status.state == a.state("canceled")
    assert [event async for event in events]
    house.__exit__()
    assert errors(traced) == dict.fromkeys(("invoke_agent guide", ANSWERING), "cancelled")


@TRANSPORTS
async def test_a_caller_that_is_cancelled_ends_its_span(
    traced: Recorder, opened: Callable[..., a.House], http: httpx.AsyncClient, transport: str
) -> None:
    client = opened(a.waits).client(http, transport)
    begun = asyncio.Event()

    async def ask() -> None:
        async for _ in client.send_message(a.asked()):
            begun.set()

    asking = asyncio.create_task(ask())
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (span,) = [span for span in traced.spans if span.kind.name == "CLIENT"]
    assert (span.attributes or {})["error.type"] == "cancelled"


def test_instrumenting_imports_nothing_of_the_sdk() -> None:
    assert not imported_for(A2ASdkInstrumentor, "a2a")
