# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, caches, and odd answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation
from qwen_agent import Agent
from qwen_agent.llm.base import BaseChatModel

from alike import weather
from alike.processes import run
from libraries.qwen_agent.conftest import ask, calls
from spanwright.console.provider import Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor
from strange_answers import FEW, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = weather.tree("forecaster")
NAMES = st.sampled_from(["choices", "message", "content", "tool_calls", "usage", "prompt_tokens", "role"])


def say(provider: Provider) -> None:
    provider.say(calls("get_weather", city="Lisbon"), Reply("It is sunny."))


def test_an_agent_that_was_made_before_is_traced(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    say(provider)
    recorder.instrument(QwenAgentInstrumentor(), OpenAIInstrumentor())
    forecaster.run_nonstream(ask())
    assert recorder.tree() == TREE


def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, forecaster: Any, provider: Provider
) -> None:
    say(provider)
    with suppress_instrumentation():
        forecaster.run_nonstream(ask())
    assert traced.spans == []


def test_after_uninstrumenting_all_is_as_it_was(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    before = (vars(Agent)["run"], vars(Agent)["_call_tool"], vars(BaseChatModel)["chat"])
    recorder.instrument(QwenAgentInstrumentor())
    recorder.uninstrument()
    assert (vars(Agent)["run"], vars(Agent)["_call_tool"], vars(BaseChatModel)["chat"]) == before
    say(provider)
    forecaster.run_nonstream(ask())
    assert recorder.spans == []


def test_instrumenting_again_traces_again(recorder: Recorder, forecaster: Any, provider: Provider) -> None:
    for _ in range(2):
        say(provider)
        recorder.instrument(QwenAgentInstrumentor(), OpenAIInstrumentor())
        forecaster.run_nonstream(ask())
        recorder.uninstrument()
    assert recorder.tree() == TREE * 2


def test_runs_and_streams_are_the_generators_that_they_were(
    traced: Recorder, forecaster: Any, model: Callable[..., Any]
) -> None:
    assert inspect.isgeneratorfunction(Agent.run)
    for stream in (forecaster.run(ask()), model().chat(messages=ask())):
        assert inspect.isgenerator(stream)
        stream.close()
    assert "messages" in inspect.signature(Agent.run).parameters
    assert traced.spans == []


def test_the_same_comes_back_as_without_us(recorder: Recorder, forecaster: Any, provider: Provider) -> None:
    say(provider)
    bare = list(forecaster.run(ask()))
    recorder.instrument(QwenAgentInstrumentor(), OpenAIInstrumentor())
    say(provider)
    assert list(forecaster.run(ask())) == bare
    told = [request.body["messages"] for request in provider.requests]
    assert told[:2] == told[2:]


def test_what_a_model_answers_from_its_cache_is_no_call(traced: Recorder, model: Callable[..., Any]) -> None:
    class Cache(dict[str, str]):
        """What the framework asks of its cache."""

        set = dict.__setitem__

    asked = model()
    asked.cache = Cache()
    for _ in range(2):
        assert list(asked.chat(messages=ask()))
    assert traced.tree() == ["chat gpt-4o-mini"]


@FEW
@given(body=odd_json(NAMES))
def test_odd_answers_reach_the_application_as_without_us(
    both: Recorder, model: Callable[..., Any], provider: Provider, body: Any
) -> None:
    found = []
    asked = model()
    for suppressed in (True, False):
        provider.say(Reply(body=body if isinstance(body, dict) else {"choices": body}))
        try:
            if suppressed:
                with suppress_instrumentation():
                    found.append(asked.chat(messages=ask(), stream=False))
            else:
                found.append(asked.chat(messages=ask(), stream=False))
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    assert found[0] == found[1]
    assert all(span.end_time for span in both.spans)


def test_nothing_is_imported_or_printed_at_start() -> None:
    script = """
        import sys
        from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor
        QwenAgentInstrumentor().instrument()
        assert "qwen_agent" not in sys.modules
    """
    done = run(script)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
