# SPDX-License-Identifier: Apache-2.0
"""Wherever an application has its work done (threads, tasks, processes of its own), one trace holds it together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.work import DOING, judge

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

doing = pytest.mark.parametrize("name", DOING)
forking = pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
WITHIN = """
from concurrent.futures import ThreadPoolExecutor

async def executor():
    loop = asyncio.get_running_loop()
    await asyncio.gather(loop.run_in_executor(None, ask), loop.run_in_executor(None, ask))

async def to_thread():
    await asyncio.gather(asyncio.to_thread(ask), asyncio.to_thread(ask))

async def tasks():
    await asyncio.gather(aask(), aask())

async def pool():
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(ask), pool.submit(ask)]:
            done.result()

async def main():
    for way in (executor, to_thread, tasks, pool):
        with tracer.start_as_current_span(way.__name__):
            await way()

with tracer.start_as_current_span("request"):
    asyncio.run(main())
"""


@doing
def test_what_is_done_in_threads_and_tasks_stays_where_it_was_asked_for(
    name: str, run: Any, receiver: Receiver
) -> None:
    found = run(DOING[name] + WITHIN)
    assert (found.returncode, found.stdout) == (0, "")
    names = {span.id: span.name for span in receiver.received}
    above = [names[span.parent] for span in receiver.received if span.name == name]
    assert sorted(above) == ["executor"] * 2 + ["pool"] * 2 + ["tasks"] * 2 + ["to_thread"] * 2
    assert len({span.trace for span in receiver.received}) == 1


POOL = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from opentelemetry import context

def work(carrier):
    token = context.attach(propagate.extract(carrier))
    try:
        ask()
    finally:
        context.detach(token)
        # A worker ends without its exit handlers where it was forked.
        trace.get_tracer_provider().force_flush()

if __name__ == "__main__":
    with tracer.start_as_current_span("request"):
        with ProcessPoolExecutor(2, mp_context=get_context("METHOD")) as pool:
            for done in [pool.submit(work, carrier()), pool.submit(work, carrier())]:
                done.result()
"""


@doing
@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=forking)])
def test_workers_that_are_handed_a_carrier_stay_below_its_request(
    method: str, name: str, run: Any, receiver: Receiver
) -> None:
    found = run(DOING[name] + POOL.replace("METHOD", method))
    assert (found.returncode, found.stdout) == (0, "")
    judge(receiver, name)


FORKED = """
from multiprocessing import get_context

def work():
    ask()
    trace.get_tracer_provider().force_flush()

if __name__ == "__main__":
    with tracer.start_as_current_span("request"):
        children = [get_context("fork").Process(target=work) for _ in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join()
    sys.exit(sum(child.exitcode for child in children))
"""


@forking
@doing
def test_a_forked_process_inherits_what_is_current(name: str, run: Any, receiver: Receiver) -> None:
    found = run(DOING[name] + FORKED)
    assert (found.returncode, found.stdout) == (0, "")
    judge(receiver, name)


WITHIN_A_TOOL = """
from concurrent.futures import ThreadPoolExecutor
from langchain_core.tools import tool

@tool
def crowd(size: int) -> str:
    "Ask the inner agent twice at once."
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(2)))
    return "done"

with tracer.start_as_current_span("request"):
    crowd.invoke({"size": 2})
"""


def test_agents_in_the_threads_of_a_tool_stay_below_the_tool(run: Any, receiver: Receiver) -> None:
    found = run(DOING["invoke_agent host"] + WITHIN_A_TOOL)
    assert found.returncode == 0
    judge(receiver, "invoke_agent host", "execute_tool crowd")
