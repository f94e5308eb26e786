# SPDX-License-Identifier: Apache-2.0
"""A process that is killed, interrupted or fails: what is lost is what the SDK's batch still held, and nothing is doubled."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

# The batch is exported by nothing but the calls that are named here.
PATIENT = {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
BATCHED = (
    CLIENT
    + """
from opentelemetry import trace

ask("flushed")
trace.get_tracer_provider().force_flush()
ask("batched")
stream = ask("held", stream=True)
next(stream)
"""
)
FLUSHED_AFTER = BATCHED.replace("stream = ", "trace.get_tracer_provider().force_flush()\nstream = ")
DEATHS = {
    "os._exit": ("os._exit(7)", 7),
    "SIGTERM": ("import signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    "SIGKILL": ("import signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
}
dying = pytest.mark.parametrize(("end", "code"), DEATHS.values(), ids=DEATHS)


@dying
def test_a_sudden_death_loses_what_the_batch_held_and_the_streams_in_flight(
    end: str, code: int, run: Any, receiver: Receiver
) -> None:
    found = run(BATCHED + end, **PATIENT)
    assert (found.returncode, found.stdout, found.stderr) == (code, "", "")
    assert [span.name for span in receiver.chats()] == ["chat flushed"]


@dying
def test_a_sudden_death_after_a_flush_loses_the_streams_in_flight_alone(
    end: str, code: int, run: Any, receiver: Receiver
) -> None:
    assert run(FLUSHED_AFTER + end, **PATIENT).returncode == code
    assert [span.name for span in receiver.chats()] == ["chat flushed", "chat batched"]


INTERRUPTED = (
    CLIENT
    + """
import httpx, signal

def interrupt(_):
    os.kill(os.getpid(), signal.SIGINT)

class Interrupted(httpx.SyncByteStream):
    def __init__(self, inner):
        self.inner = inner

    def __iter__(self):
        yield next(iter(self.inner))
        interrupt(None)

    def close(self):
        self.inner.close()

def replace(response):
    response.stream = Interrupted(response.stream)

hook = {"call": {"request": [interrupt]}, "stream": {"response": [replace]}}["PLACE"]
client = openai.OpenAI(
    base_url=os.environ["PROVIDER"], api_key="test", max_retries=0, http_client=httpx.Client(event_hooks=hook)
)
for _ in ask(stream=True):
    pass
"""
)


@pytest.mark.parametrize("place", ["call", "stream"])
def test_an_interrupt_ends_the_span_of_what_it_interrupts(place: str, run: Any, receiver: Receiver) -> None:
    found = run(INTERRUPTED.replace("PLACE", place))
    assert found.returncode == -signal.SIGINT
    assert found.stderr.splitlines()[-1] == "KeyboardInterrupt"
    (span,) = receiver.chats()
    assert (span.attributes["error.type"].string_value, span.status) == ("KeyboardInterrupt", 2)


def test_a_call_that_fails_unhandled_is_told_by_python_once(run: Any, receiver: Receiver) -> None:
    script = CLIENT + "ask('error:404')"
    found, bare = run(script), run(script, instrumented=False)
    assert (found.returncode, found.stdout) == (bare.returncode, bare.stdout) == (1, "")
    assert found.stderr.splitlines()[-1] == bare.stderr.splitlines()[-1]
    assert found.stderr.count("Traceback") == bare.stderr.count("Traceback")
    (span,) = receiver.chats()
    assert span.status == 2


def test_a_call_that_fails_unhandled_in_a_thread_is_told_once(run: Any, receiver: Receiver) -> None:
    found = run(
        CLIENT
        + """
import threading

thread = threading.Thread(target=ask, args=("error:404",))
thread.start()
thread.join()
"""
    )
    assert (found.returncode, found.stderr.count("Exception in thread")) == (0, 1)
    assert [span.status for span in receiver.chats()] == [2]


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
def test_a_forked_child_that_leaves_by_its_own_exit_doubles_nothing(run: Any, receiver: Receiver) -> None:
    """What the child did is lost, as every batch is; what it has of its parent's is not sent a second time."""
    found = run(
        BATCHED
        + """
child = os.fork()
if child == 0:
    ask("childs")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
""",
        **PATIENT,
    )
    assert found.returncode == 0
    assert [span.name for span in receiver.chats()] == ["chat flushed", "chat batched", "chat held"]
