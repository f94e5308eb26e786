# SPDX-License-Identifier: Apache-2.0
"""Messages to an agent from cassettes, with no server behind them: what the side that asks tells.

They are made again, by the small server of these tests, in both lanes, whose versions of the protocol differ, with

    pytest --record-mode=rewrite tests/libraries/a2a_sdk/test_a2a_sdk_cassettes.py

Then the client reaches the server as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cassette import ADDRESS, LINE, SERVER
from libraries.a2a_sdk import agents as a

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
# The ids of messages and requests are new each time.
MATCH_ON = LINE


def recorded(scenario: str) -> Any:
    """Return the mark of a test whose cassette is that of the installed version of the protocol."""
    return pytest.mark.default_cassette(f"{'v0_3' if a.FIRST else 'v1'}_{scenario}.yaml")


def reached(app: Any) -> Any:
    """Return the application behind a proxy's way to ask, by the whole address."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "path": scope["path"].removeprefix(ADDRESS)}, receive, send)

    return serve


@pytest.fixture
async def asked(
    record_mode: str, opened: Callable[..., a.House], traced: Recorder
) -> AsyncIterator[Callable[..., Any]]:
    """Return what sends a message to the agent at the fixed address, and returns what its span tells."""
    senders: list[httpx.AsyncClient] = []

    async def ask(plan: Any = a.answers, transport: str = "JSONRPC", *, streams: bool = False) -> Any:
        there, behind = a.House(plan), None if record_mode == "none" else opened(plan, reached)
        there.url = ADDRESS
        senders.append(httpx.AsyncClient(proxy=behind and behind.url, verify=False))
        assert [
            event
            async for event in there.client(senders[-1], transport, streams=streams).send_message(a.asked())
        ]
        (span,) = [span for span in traced.spans if span.kind.name == "CLIENT"]
        return dict(span.attributes or {})

    yield ask
    for each in senders:
        await each.aclose()


def told(found: dict[str, Any]) -> dict[str, Any]:
    """Return the whole of what is told of a message that is answered in the same conversation."""
    assert found["gen_ai.conversation.id"]
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": "a2a",
        "gen_ai.agent.name": a.NAME,
        "gen_ai.agent.description": a.HELP,
        "gen_ai.agent.version": "7",
        "gen_ai.conversation.id": found["gen_ai.conversation.id"],
        **SERVER,
    }


@recorded("message")
async def test_a_recorded_message(asked: Callable[..., Any]) -> None:
    found = await asked()
    assert found == told(found)


@recorded("message_streamed")
async def test_a_recorded_stream(asked: Callable[..., Any]) -> None:
    found = await asked(streams=True)
    assert found == told(found)


@recorded("message_rest")
async def test_a_recorded_message_by_rest(asked: Callable[..., Any]) -> None:
    found = await asked(transport="HTTP+JSON")
    assert found == told(found)


@recorded("task_failed")
async def test_a_recorded_task_that_failed(asked: Callable[..., Any]) -> None:
    found = await asked(a.fails)
    assert found == {**told(found), "error.type": "failed"}
