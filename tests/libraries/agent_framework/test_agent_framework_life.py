# SPDX-License-Identifier: Apache-2.0
"""With the framework's own switches, without us, and with things that are not as expected."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from agent_framework import Agent, observability
from hypothesis import given, settings
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import get_tracer_provider

from alike import weather
from alike.answers import BODIES
from alike.processes import run
from alike.weather import ASK
from harness import Recorder, recording
from spanwright.console.provider import Reply
from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.console.provider import Provider

TREE = weather.tree()
SETTINGS: Any = observability.OBSERVABILITY_SETTINGS


async def test_the_frameworks_switch_in_the_environment_leaves_ours_alone(
    traced: Recorder, forecaster: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SETTINGS, "enable_instrumentation", False)
    await forecaster.run(ASK)
    assert traced.tree() == TREE


@pytest.mark.skipif(not hasattr(SETTINGS, "is_user_disabled"), reason="the version has no such switch")
async def test_an_application_that_disables_the_instrumentation_is_obeyed(
    traced: Recorder, forecaster: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SETTINGS, "_user_disabled", True)
    await forecaster.run(ASK)
    assert traced.tree() == ["chat gpt-4o-mini", "chat gpt-4o-mini"]


async def test_metrics_are_counted_once(traced: Recorder, forecaster: Agent) -> None:
    await forecaster.run(ASK)
    counted = [point.count for point in traced.points("gen_ai.client.operation.duration")]
    assert sum(counted) == 2


def test_a_tracer_that_the_application_asks_for_is_its_own(traced: Recorder) -> None:
    tracer = observability.get_tracer("application")
    assert type(tracer) is type(get_tracer_provider().get_tracer("application"))


async def test_uninstrumented_there_is_nothing_left_of_us(recorder: Recorder, forecaster: Agent) -> None:
    kinds = observability, observability.ObservabilitySettings, observability.AgentTelemetryLayer
    # Ours are equal to what they wrap, so they are compared by identity.
    before = [{name: id(held) for name, held in vars(kind).items()} for kind in kinds]
    recorder.instrument(AgentFrameworkInstrumentor())
    assert all(
        {name: id(held) for name, held in vars(kind).items()} != was
        for kind, was in zip(kinds, before, strict=True)
    )
    recorder.uninstrument()
    assert [{name: id(held) for name, held in vars(kind).items()} for kind in kinds] == before
    await forecaster.run(ASK)
    assert recorder.spans == []


async def test_instrumented_again_there_is_one_span_a_call(recorder: Recorder, forecaster: Agent) -> None:
    for _ in range(3):
        recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor())
        recorder.uninstrument()
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor())
    await forecaster.run(ASK)
    assert recorder.tree() == TREE


async def test_an_agent_made_before_us_is_traced(recorder: Recorder, forecaster: Agent) -> None:
    run = forecaster.run
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor())
    await run(ASK)
    assert recorder.tree() == TREE


async def test_nothing_is_traced_while_suppressed(traced: Recorder, forecaster: Agent) -> None:
    with suppress_instrumentation():
        result = await forecaster.run(ASK)
    assert result.text
    assert traced.spans == []


async def test_a_stream_is_the_frameworks_own(recorder: Recorder, make: Callable[..., Agent]) -> None:
    bare = make().run("hi", stream=True)
    await bare.get_final_response()
    recorder.instrument(AgentFrameworkInstrumentor())
    stream = make().run("hi", stream=True)
    assert type(stream) is type(bare)
    assert (await stream.get_final_response()).text


def test_signatures_are_the_frameworks(recorder: Recorder) -> None:
    before = inspect.signature(Agent.run)
    recorder.instrument(AgentFrameworkInstrumentor())
    assert inspect.signature(Agent.run) == before


def test_the_framework_is_not_imported_for_us_and_nothing_is_printed() -> None:
    script = """
        import sys
        from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor
        AgentFrameworkInstrumentor().instrument()
        assert "agent_framework" not in sys.modules
        from agent_framework.observability import OBSERVABILITY_SETTINGS
        assert OBSERVABILITY_SETTINGS.ENABLED
    """
    done = run(script, "-W", "ignore")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@settings(FEW, max_examples=12)
@given(body=BODIES)
async def test_the_caller_gets_what_the_bare_framework_gives(
    make: Callable[..., Agent], provider: Provider, body: Any
) -> None:
    async def outcome() -> Any:
        provider.say(Reply(body=body))
        try:
            result = await make().run("hi")
            return result.text, result.response_id, str(result.usage_details)
        except Exception as error:  # noqa: BLE001 - any is to be the same
            return type(error), str(error)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SETTINGS, "enable_instrumentation", False)
        bare = await outcome()
        with recording() as recorder:
            recorder.instrument(
                AgentFrameworkInstrumentor(),
                OpenAIInstrumentor(),
                OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
            )
            assert await outcome() == bare
            assert len(recorder.spans) == 2
