# SPDX-License-Identifier: Apache-2.0
"""Programs that gevent has patched before the SDK is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

pytest.importorskip("gevent")
PATCHING = "from gevent import monkey; monkey.patch_all()\n"
INITIALIZING = """
from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()
"""
# `opentelemetry-instrument` starts the SDK's threads before the application's first line: it has to patch itself. Where it
# does not, the SDK waits for ever for what gevent has taken from below it, with this pack or without.
PATCHED = {"OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH": "patch_all"}
STREAMS = """
import gc, gevent
from opentelemetry import trace

tracer = trace.get_tracer("app")
switches = []

def serve(number):
    with tracer.start_as_current_span(f"request {number}"):
        ask(f"asked {number}")
        for chunk in ask(f"streamed {number}", stream=True):
            switches.append(number)
            gevent.sleep(0)
        dropped = ask(f"dropped {number}", stream=True)
        next(dropped)
        dropped.itself = dropped
        del dropped
        gc.collect()

gevent.joinall([gevent.spawn(serve, number) for number in range(8)], raise_error=True)
print(switches != sorted(switches))
"""


@pytest.mark.parametrize("instrumented", [True, False], ids=["by the tool", "in the program"])
def test_streams_in_greenlets_end_once_below_their_own_requests(
    instrumented: bool, run: Any, receiver: Receiver
) -> None:
    first = "" if instrumented else PATCHING + INITIALIZING
    found = run(first + CLIENT + STREAMS, instrumented=instrumented, **PATCHED)
    assert (found.stdout, found.stderr, found.returncode) == ("True\n", "", 0)
    names = {span.id: span.name for span in receiver.received}
    found = sorted((span.name, names[span.parent]) for span in receiver.chats())
    asked = ("asked", "dropped", "streamed")
    assert found == [(f"chat {each} {n}", f"request {n}") for each in asked for n in range(8)]


POOL = """
from gevent.pool import Pool
from gevent.threadpool import ThreadPool
from opentelemetry import trace

def work(number):
    return sum(1 for _ in ask(f"model {number}", stream=True)) > 1

with trace.get_tracer("app").start_as_current_span("request"):
    print(all(Pool(4).imap_unordered(work, range(20))), all(ThreadPool(2).map(work, range(20, 30))))
"""


def test_greenlets_and_true_threads_beside_them_do_not_hold_each_other(run: Any, receiver: Receiver) -> None:
    found = run(PATCHING + INITIALIZING + CLIENT + POOL, instrumented=False)
    assert (found.stdout, found.stderr, found.returncode) == ("True True\n", "", 0)
    assert sorted(span.name for span in receiver.chats()) == sorted(f"chat model {n}" for n in range(30))
