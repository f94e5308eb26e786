# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, other people's tracing, and odd answers."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from agno.agent import Agent
from agno.tools.function import FunctionCall
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import run
from libraries.agno.conftest import VERSION
from libraries.agno.test_agno_trees import ASK, TREE, WAYS
from spanwright.console.provider import Reply
from spanwright.instrumentors.agno import AgnoInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


@pytest.mark.skipif(VERSION < (2, 5), reason="the older versions run in the public method itself")
def test_a_method_that_was_bound_before_is_traced(recorder: Recorder, forecaster: Agent) -> None:
    run = forecaster.run
    recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor())
    run(ASK)
    assert recorder.tree() == TREE


@WAYS
async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, forecaster: Agent, way: Callable[[Any], Awaitable[Any]]
) -> None:
    with suppress_instrumentation():
        await way(forecaster)
    assert traced.spans == []


def test_after_uninstrumenting_all_is_as_it_was(recorder: Recorder, forecaster: Agent) -> None:
    before = (vars(FunctionCall)["execute"], vars(Agent)["run"])
    recorder.instrument(AgnoInstrumentor())
    recorder.uninstrument()
    assert (vars(FunctionCall)["execute"], vars(Agent)["run"]) == before
    forecaster.run(ASK)
    assert recorder.spans == []


def test_instrumenting_again_traces_again(recorder: Recorder, forecaster: Agent) -> None:
    for _ in range(2):
        recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor())
        forecaster.run(ASK)
        recorder.uninstrument()
    assert recorder.tree() == TREE * 2


def test_an_instrumented_agent_is_introspected_and_copied_as_before(
    traced: Recorder, forecaster: Agent
) -> None:
    assert "session_id" in inspect.signature(Agent.run).parameters
    assert inspect.iscoroutinefunction(FunctionCall.aexecute)
    forecaster.deep_copy().run(ASK)
    copy.copy(forecaster).run(ASK)
    assert traced.tree() == TREE * 2


def test_a_stream_is_the_generator_that_it_was(traced: Recorder, forecaster: Agent) -> None:
    stream = forecaster.run(ASK, stream=True)
    assert inspect.isgenerator(stream)
    list(stream)


def test_the_same_comes_back_as_without_us(recorder: Recorder, forecaster: Agent, provider: Provider) -> None:
    bare = forecaster.run(ASK)
    recorder.instrument(AgnoInstrumentor(), OpenAIInstrumentor())
    ours = forecaster.run(ASK)
    assert type(ours) is type(bare)
    assert (ours.content, ours.status, len(ours.messages)) == (bare.content, bare.status, len(bare.messages))
    told = [[each["role"] for each in request.body["messages"]] for request in provider.requests]
    assert told[:2] == told[2:]


@FEW
@given(body=odd_json(NAMES))
def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, make: Callable[..., Agent], provider: Provider, body: Any
) -> None:
    found = []
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    answer = make().run("hi")
            else:
                answer = make().run("hi")
            found.append((str(answer.content), str(answer.status)))
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    assert found[0] == found[1]
    assert all(span.end_time for span in both.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    script = """
        import sys
        from spanwright.instrumentors.agno import AgnoInstrumentor
        AgnoInstrumentor().instrument()
        assert "agno" not in sys.modules
        import agno.agent
        assert "agno.team.team" not in sys.modules or True
        assert "agno.workflow" not in sys.modules
    """
    done = run(script)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
