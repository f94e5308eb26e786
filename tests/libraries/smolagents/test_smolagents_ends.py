# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of models, tools and code, limits, and streams that are left."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from smolagents import AgentGenerationError, tool

from alike.runs import errors
from libraries.smolagents.conftest import calls, says, writes
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "How is the weather?"


def kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("status", [401, 404, 500])
def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Any], provider: Provider, status: int, stream: bool
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(AgentGenerationError) as caught:
        make(stream_outputs=stream).run(ASK)
    cause = caught.value.__cause__
    assert cause is not None
    assert errors(traced) == {
        "invoke_agent forecaster": kind(caught.value),
        "chat gpt-4o-mini": kind(cause),
    }


def test_the_attempts_that_the_framework_makes_are_one_inference(
    traced: Recorder, make: Callable[..., Any], model: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(error=429), says("Sunny."))
    asked = model()
    if (retryer := getattr(asked, "retryer", None)) is not None:
        # It would wait for a minute.
        retryer.wait_seconds = 0
    else:
        pytest.skip("nothing is tried again")
    make(model=asked).run(ASK)
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]


def test_a_stream_that_breaks_fails_its_call(traced: Recorder, make: Callable[..., Any], model: Any) -> None:
    with pytest.raises(AgentGenerationError):
        make(model=model("odd:mid-stream-error"), stream_outputs=True).run(ASK)
    assert set(errors(traced)) == {"invoke_agent forecaster", "chat odd:mid-stream-error"}


def test_a_connection_that_is_cut_fails_its_call(
    traced: Recorder, make: Callable[..., Any], model: Any
) -> None:
    with pytest.raises(AgentGenerationError):
        make(model=model("odd:mid-stream-cut"), stream_outputs=True).run(ASK)
    assert set(errors(traced)) == {"invoke_agent forecaster", "chat odd:mid-stream-cut"}


def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    @tool
    def broken(city: str) -> str:
        """Break.

        Args:
            city: The city.
        """
        message = f"no forecast for {city}"
        raise LookupError(message)

    provider.say(calls("broken", city="Lisbon"), says("I do not know."))
    make(tools=(broken,)).run(ASK)
    assert errors(traced) == {"execute_tool broken": "LookupError"}
    assert "no forecast" not in traced.everything()


def test_code_that_fails_fails_its_span_alone(
    traced: Recorder, coder: Callable[..., Any], provider: Provider
) -> None:
    provider.say(writes("1 / 0"), writes('final_answer("done")'))
    assert coder().run(ASK) == "done"
    (code, _) = [span for span in traced.spans if span.name == "execute_tool python_interpreter"]
    assert not code.status.is_unset
    assert list(errors(traced)) == ["execute_tool python_interpreter"]


@pytest.mark.needs("code that has a limit of time")
def test_code_that_takes_too_long_fails_its_span(
    traced: Recorder, coder: Callable[..., Any], provider: Provider
) -> None:
    import threading

    going = threading.Event()

    @tool
    def wait() -> str:
        """Wait."""
        going.wait(3)
        return "waited"

    provider.say(writes("wait()"), writes('final_answer("done")'))
    agent = coder(tools=(wait,), executor_kwargs={"timeout_seconds": 1})
    assert agent.run(ASK) == "done"
    assert errors(traced) == {
        "execute_tool python_interpreter": "smolagents.local_python_executor.ExecutionTimeoutError"
    }


def test_too_many_steps_are_no_error(traced: Recorder, make: Callable[..., Any], provider: Provider) -> None:
    provider.say(calls("get_weather", city="Lisbon"), Reply("I ran out of steps."))
    make(max_steps=1).run(ASK)
    assert errors(traced) == {}
    assert traced.tree()[-1] == "  chat gpt-4o-mini"


# --- streams that are left ---------------------------------------------------------------------------------------


def test_a_stream_that_nobody_reads_is_no_run(traced: Recorder, make: Callable[..., Any]) -> None:
    make().run(ASK, stream=True)
    gc.collect()
    assert traced.spans == []


def test_a_stream_that_is_closed_ends_its_run(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    steps = make(stream_outputs=True).run(ASK, stream=True)
    next(steps)
    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        # The framework's own generator yields when it is closed.
        steps.close()
    assert {span.name for span in traced.spans} >= {"invoke_agent forecaster", "chat gpt-4o-mini"}


def test_a_stream_that_is_left_ends_its_run(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    for _ in make(stream_outputs=True).run(ASK, stream=True):
        break
    gc.collect()
    assert {span.name for span in traced.spans} >= {"invoke_agent forecaster", "chat gpt-4o-mini"}


def test_an_interrupted_run_fails(traced: Recorder, make: Callable[..., Any], provider: Provider) -> None:
    held: list[Any] = []

    @tool
    def stop() -> str:
        """Stop."""
        held[0].interrupt()
        return "stopped"

    held.append(make(tools=(stop,)))
    provider.say(calls("stop"))
    with pytest.raises(Exception, match="interrupted"):
        held[0].run(ASK)
    assert errors(traced) == {"invoke_agent forecaster": "smolagents.utils.AgentError"}
