# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, copies, and odd answers."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import dspy
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import run
from libraries.dspy.programs import ASK, SCRIPT, TREE, WAYS, forecaster, get_weather
from spanwright.console.provider import Reply
from spanwright.instrumentors.dspy import DSPyInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from harness import Recorder
    from spanwright.console.provider import Provider

NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


def test_what_was_made_before_is_traced(recorder: Recorder, lm: dspy.LM, provider: Provider) -> None:
    agent = forecaster()
    recorder.instrument(DSPyInstrumentor())
    provider.say(*SCRIPT)
    agent(question=ASK)
    assert recorder.tree() == TREE


@WAYS
async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    with suppress_instrumentation():
        await way(forecaster())
    assert traced.spans == []


def test_after_uninstrumenting_all_is_as_it_was(recorder: Recorder, lm: dspy.LM, provider: Provider) -> None:
    before = (vars(dspy.Module)["__call__"], vars(dspy.Tool)["acall"])
    recorder.instrument(DSPyInstrumentor())
    recorder.uninstrument()
    assert (vars(dspy.Module)["__call__"], vars(dspy.Tool)["acall"]) == before
    provider.say(*SCRIPT)
    forecaster()(question=ASK)
    assert recorder.spans == []


def test_instrumenting_again_traces_again(recorder: Recorder, lm: dspy.LM, provider: Provider) -> None:
    for _ in range(2):
        recorder.instrument(DSPyInstrumentor())
        provider.say(*SCRIPT)
        forecaster()(question=ASK)
        recorder.uninstrument()
    assert recorder.tree() == TREE * 2


def test_programs_are_copied_kept_and_introspected_as_before(
    traced: Recorder, lm: dspy.LM, provider: Provider, tmp_path: Path
) -> None:
    agent = forecaster()
    agent.save(tmp_path / "agent.json")
    agent.load(tmp_path / "agent.json")
    assert inspect.iscoroutinefunction(dspy.Module.acall)
    assert "kwargs" in inspect.signature(dspy.Tool.__call__).parameters
    assert pickle.loads(pickle.dumps(dspy.Module.__call__)) is not None  # noqa: S301 - our own bytes
    for made in (copy.deepcopy(agent), copy.copy(agent), agent.deepcopy()):
        provider.say(*SCRIPT)
        made(question=ASK)
    assert traced.tree() == TREE * 3


def test_the_same_comes_back_and_goes_out_as_without_us(
    recorder: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    provider.say(*SCRIPT)
    bare = forecaster()(question=ASK)
    recorder.instrument(DSPyInstrumentor())
    provider.say(*SCRIPT)
    ours = forecaster()(question=ASK)
    assert type(ours) is type(bare)
    assert ours.toDict() == bare.toDict()
    sent = [request.body for request in provider.requests]
    assert sent[:3] == sent[3:]


def test_arguments_of_a_tool_are_the_applications(traced: Recorder, lm: dspy.LM, provider: Provider) -> None:
    tool = dspy.Tool(get_weather)
    told = {"city": "Lisbon"}
    assert tool(**told) == "It is sunny in Lisbon."
    assert told == {"city": "Lisbon"}


@FEW
@given(body=odd_json(NAMES))
def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, make: Callable[..., dspy.LM], provider: Provider, body: Any
) -> None:
    found: list[Any] = []
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    found.append(make()("hi"))
            else:
                found.append(make()("hi"))
        except Exception as error:
            found.append((type(error), str(error)[:80]))
    assert repr(found[0]) == repr(found[1])
    assert all(span.end_time for span in both.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    script = """
        import sys
        from spanwright.instrumentors.dspy import DSPyInstrumentor
        DSPyInstrumentor().instrument()
        assert "dspy" not in sys.modules
        import dspy
        assert "litellm" not in sys.modules or tuple(map(int, dspy.__version__.split(".")[:2])) < (3, 3)
    """
    done = run(script, "-W", "ignore")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
