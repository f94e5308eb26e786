# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path: errors of models and of tools, streams that break, and runs that are left."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
from qwen_agent.llm.base import ModelServiceError
from qwen_agent.tools.base import ToolServiceError

from alike.runs import errors, failed
from leaving import break_and_drop, close_after_one, close_the_wrapping_generator
from libraries.qwen_agent.conftest import Function, answer, ask, calls
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

SERVICE = "qwen_agent.llm.base.ModelServiceError"


@pytest.mark.parametrize("status", [401, 404])
def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., Any], provider: Provider, status: int
) -> None:
    provider.say(Reply(error=status))
    with pytest.raises(ModelServiceError):
        make().run_nonstream(ask())
    assert errors(traced) == {"invoke_agent forecaster": SERVICE, "chat gpt-4o-mini": SERVICE}


def test_the_frameworks_own_attempts_are_one_call(
    traced: Recorder, make: Callable[..., Any], model: Callable[..., Any], provider: Provider
) -> None:
    # Told to try again, the framework does so where the client would not.
    provider.say(Reply(error=404), Reply("It is sunny."))
    asked = model(generate_cfg={"max_retries": 1})
    assert answer(make(llm=asked).run(ask())) == "It is sunny."
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert errors(traced) == {}


@pytest.mark.parametrize("name", ["odd:mid-stream-error", "odd:mid-stream-cut"])
def test_a_stream_that_breaks_fails_its_call(
    traced: Recorder, make: Callable[..., Any], model: Callable[..., Any], name: str
) -> None:
    with pytest.raises(Exception) as caught:  # noqa: B017, PT011 - of the client where the framework knows it not
        make(llm=model(name)).run_nonstream(ask())
    kind = f"{caught.type.__module__}.{caught.type.__qualname__}"
    assert errors(traced) == {"invoke_agent forecaster": kind, f"chat {name}": kind}


def test_a_tool_that_raises_fails_its_span_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    def broken(city: str) -> str:
        """Break."""
        message = f"no forecast for {city}"
        raise LookupError(message)

    provider.say(calls("broken", city="Lisbon"), Reply("I do not know."))
    make("forecaster", Function(broken, "city")).run_nonstream(ask())
    assert failed(traced) == {"execute_tool": "LookupError"}
    assert "no forecast" not in traced.everything()


def test_an_error_of_a_service_that_the_framework_lets_through_fails_the_run(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    def broken(city: str) -> str:
        """Break."""
        raise ToolServiceError(code="500", message=city)

    provider.say(calls("broken", city="Lisbon"))
    with pytest.raises(ToolServiceError):
        make("forecaster", Function(broken, "city")).run_nonstream(ask())
    kind = "qwen_agent.tools.base.ToolServiceError"
    assert failed(traced) == {"invoke_agent": kind, "execute_tool": kind}


@pytest.mark.parametrize("leave", [close_after_one, break_and_drop, close_the_wrapping_generator])
def test_a_run_that_is_left_ends_its_spans_without_an_error(
    traced: Recorder, forecaster: Any, leave: Callable[[Any], None]
) -> None:
    leave(forecaster.run(ask()))
    gc.collect()
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert errors(traced) == {}


def test_a_run_that_is_never_begun_is_none(
    traced: Recorder, forecaster: Any, model: Callable[..., Any]
) -> None:
    forecaster.run(ask())
    model().chat(messages=ask())
    gc.collect()
    assert traced.spans == []
