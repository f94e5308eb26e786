# SPDX-License-Identifier: Apache-2.0
"""However a process ends, what it did is exported once, by the process that did it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

HELD = (
    CLIENT
    + """
stream = ask(stream=True)
next(stream)
"""
)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("", 0),
        ("raise RuntimeError('theirs')", 1),
        ("sys.exit(3)", 3),
        ("raise KeyboardInterrupt", -signal.SIGINT),
    ],
    ids=["falls off its end", "error", "exit", "interrupt"],
)
def test_a_stream_that_is_still_held_at_exit_is_exported(
    end: str, code: int, run: Any, receiver: Receiver
) -> None:
    found = run(HELD + end)
    (span,) = receiver.chats()
    assert (found.returncode, span.status) == (code, 0)


def test_a_stream_that_is_still_held_at_exit_has_what_was_received(run: Any, receiver: Receiver) -> None:
    run(HELD)
    (span,) = receiver.chats()
    assert "gen_ai.response.id" in span.attributes
    assert span.start < span.end


def test_a_cyclic_stream_that_is_dropped_before_exit_is_exported(run: Any, receiver: Receiver) -> None:
    run(HELD + "stream.itself = stream; del stream")
    assert len(receiver.chats()) == 1


def test_a_stream_held_by_a_thread_that_waits_for_ever_is_exported(run: Any, receiver: Receiver) -> None:
    run(
        CLIENT
        + """
import threading

held = threading.Event()

def wait():
    stream = ask(stream=True)
    next(stream)
    held.set()
    threading.Event().wait()

threading.Thread(target=wait, daemon=True).start()
held.wait()
"""
    )
    assert len(receiver.chats()) == 1


def test_an_async_stream_that_is_left_suspended_is_exported(run: Any, receiver: Receiver) -> None:
    found = run(
        CLIENT
        + """
import asyncio

asynchronous = openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test")

async def main():
    messages = [{"role": "user", "content": "Hello there"}]
    stream = await asynchronous.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True)
    async for _ in stream:
        return stream

held = asyncio.run(main())
"""
    )
    assert found.stderr == ""
    assert len(receiver.chats()) == 1


FORKED = (
    CLIENT
    + """
stream = ask("parents-model", stream=True)
next(stream)
child = os.fork()
if child == 0:
    del stream
    ask("childs-model")
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
list(stream)
"""
)


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
def test_a_forked_child_exports_its_own_calls_and_none_of_its_parents(run: Any, receiver: Receiver) -> None:
    found = run(FORKED)
    assert found.returncode == 0
    assert sorted(span.name for span in receiver.chats()) == ["chat childs-model", "chat parents-model"]


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
def test_a_forked_child_that_still_holds_its_parents_stream_does_not_end_it(
    run: Any, receiver: Receiver
) -> None:
    run(FORKED.replace("    del stream\n", ""))
    assert [span.name for span in receiver.chats()].count("chat parents-model") == 1


LOCKED = """
import os, signal, threading
from spanwright.instrumentors._kernel.runs import Runs

runs = Runs()
held, free = threading.Event(), threading.Event()

def hold():
    with runs._lock:
        held.set()
        free.wait()

threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)
    runs.start("a", None, None)
    os._exit(len(runs))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
free.set()
"""


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
def test_a_forked_child_is_not_held_by_a_lock_of_its_parent(run: Any) -> None:
    assert run(LOCKED, instrumented=False).stdout == "1\n"


def test_a_spawned_process_is_traced(run: Any, receiver: Receiver) -> None:
    found = run(
        CLIENT
        + """
import multiprocessing

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=ask, args=("childs-model",))
    process.start()
    process.join()
    sys.exit(process.exitcode)
"""
    )
    assert found.returncode == 0
    assert [span.name for span in receiver.chats()] == ["chat childs-model"]


def test_threads_keep_their_parent(run: Any, receiver: Receiver) -> None:
    run(
        CLIENT
        + """
from concurrent.futures import ThreadPoolExecutor
from opentelemetry import trace

with trace.get_tracer("app").start_as_current_span("request"), ThreadPoolExecutor(2) as pool:
    list(pool.map(ask, ["m1", "m2"]))
"""
    )
    (request,) = [span for span in receiver.received if span.name == "request"]
    assert {span.parent for span in receiver.chats()} == {request.id}


def test_a_process_that_exits_on_sigterm_exports_what_it_did(run: Any, receiver: Receiver) -> None:
    """The default action of the signal ends a process at once, and the SDK's batch with it: a handler is needed."""
    found = run(
        CLIENT
        + """
import signal

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ask("done")
stream = ask("held", stream=True)
next(stream)
os.kill(os.getpid(), signal.SIGTERM)
"""
    )
    assert found.returncode == 0
    assert sorted(span.name for span in receiver.chats()) == ["chat done", "chat held"]
