# SPDX-License-Identifier: Apache-2.0
"""Errors, streams that are left or break, what was made before, suppression, undoing, and odd answers."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import letta_client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import run
from alike.runs import errors
from leaving import break_and_drop, break_within_with, close_the_wrapping_generator, close_twice
from libraries.letta.test_letta_messages import AGENT, ASK
from spanwright.console.provider import Reply
from spanwright.instrumentors.letta import LettaInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from letta_client import AsyncLetta, Letta

    from harness import Recorder
    from spanwright.console.provider import Provider

NAMES = st.sampled_from(
    ["messages", "message_type", "content", "tool_call", "usage", "prompt_tokens", "stop_reason", "id"]
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, letta_client.AuthenticationError),
        (404, letta_client.NotFoundError),
        (429, letta_client.RateLimitError),
        (500, letta_client.InternalServerError),
    ],
)
def test_an_error_leaves_unchanged_and_fails_the_span(
    traced: Recorder, client: Letta, provider: Provider, status: int, kind: Any
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(kind):
        client.agents.messages.create(AGENT, messages=ASK)
    assert errors(traced) == {"invoke_agent": f"letta_client.{kind.__name__}"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_that_comes_as_an_answer_fails_the_span(
    traced: Recorder, client: Letta, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(status="error"))
    if stream:
        list(client.agents.messages.stream(AGENT, messages=ASK))
    else:
        client.agents.messages.create(AGENT, messages=ASK)
    assert errors(traced) == {"invoke_agent": "llm_timeout" if stream else "error"}


def test_a_stream_that_is_cut_fails_the_span(traced: Recorder, client: Letta, provider: Provider) -> None:
    provider.say(Reply(cut_after=1))
    with pytest.raises(Exception) as caught:  # noqa: PT011, B017 - of whichever HTTP library
        list(client.agents.messages.stream(AGENT, messages=ASK))
    assert errors(traced) == {"invoke_agent": f"{caught.type.__module__}.{caught.type.__qualname__}"}


@pytest.mark.parametrize(
    "leave", [break_and_drop, break_within_with, close_twice, close_the_wrapping_generator]
)
def test_a_stream_that_is_left_ends_without_an_error(
    traced: Recorder, client: Letta, leave: Callable[[Any], None]
) -> None:
    leave(client.agents.messages.stream(AGENT, messages=ASK))
    gc.collect()
    assert errors(traced) == {}
    assert traced.tree() == ["invoke_agent"]


async def test_a_call_that_is_cancelled_ends(traced: Recorder, later: AsyncLetta, provider: Provider) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))

    async def ask() -> None:
        await later.agents.messages.create(AGENT, messages=ASK)

    task = asyncio.create_task(ask())
    while not provider.requests:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    hold.set()
    assert errors(traced) == {"invoke_agent": "cancelled"}


def test_a_bound_method_of_a_client_from_before_is_traced(recorder: Recorder, client: Letta) -> None:
    create = client.agents.messages.create
    recorder.instrument(LettaInstrumentor())
    create(AGENT, messages=ASK)
    assert recorder.tree() == ["invoke_agent"]


def test_while_instrumentation_is_suppressed_nothing_is_recorded(traced: Recorder, client: Letta) -> None:
    with suppress_instrumentation():
        client.agents.messages.create(AGENT, messages=ASK)
    assert traced.spans == []


def test_after_uninstrumenting_nothing_is_recorded_and_again_it_is(recorder: Recorder, client: Letta) -> None:
    before = vars(letta_client.Letta).get("request")
    for _ in range(2):
        recorder.instrument(LettaInstrumentor())
        client.agents.messages.create(AGENT, messages=ASK)
        recorder.uninstrument()
        client.agents.messages.create(AGENT, messages=ASK)
    assert vars(letta_client.Letta).get("request") is before
    assert recorder.tree() == ["invoke_agent"] * 2


def test_the_request_is_sent_as_it_was_asked_for(traced: Recorder, client: Letta, provider: Provider) -> None:
    asked = [dict(each) for each in ASK]
    list(client.agents.messages.stream(AGENT, messages=asked))
    assert asked == ASK
    assert provider.requests[-1].body == {"messages": ASK}
    assert traced.spans


@FEW
@given(body=odd_json(NAMES))
def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, client: Letta, provider: Provider, body: Any
) -> None:
    found = []
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"messages": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    found.append(repr(client.agents.messages.create(AGENT, messages=ASK)))
            else:
                found.append(repr(client.agents.messages.create(AGENT, messages=ASK)))
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    assert found[0] == found[1]
    assert all(span.end_time for span in both.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    script = """
        import sys
        from spanwright.instrumentors.letta import LettaInstrumentor
        LettaInstrumentor().instrument()
        assert "letta_client" not in sys.modules
    """
    done = run(script)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
