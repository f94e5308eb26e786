# SPDX-License-Identifier: Apache-2.0
"""With settings that the application has made, without us, and with things that are not as expected."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from opentelemetry.instrumentation.utils import suppress_instrumentation
from pydantic_ai import Agent, direct
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.instrumented import InstrumentationSettings, InstrumentedModel

from alike import weather
from alike.answers import BODIES
from alike.processes import run
from alike.weather import ASK
from harness import Recorder, recording
from spanwright.console.provider import Reply
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor
from strange_answers import FEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.console.provider import Provider

TREE = weather.tree()


def points(recorder: Recorder) -> dict[str, float]:
    """Return how often each metric was recorded."""
    found: dict[str, float] = {}
    for point in recorder.points():
        found[point.metric] = found.get(point.metric, 0) + point.count
    return found


@pytest.fixture(autouse=True)
def _default() -> Iterator[None]:
    """What a test chooses for all agents is taken back."""
    yield
    Agent.instrument_all(False)


# --- the application's own choice --------------------------------------------------------------------------------


async def test_an_agent_that_is_not_to_be_traced_is_not(traced: Recorder, forecaster: Agent) -> None:
    forecaster.instrument = False
    await forecaster.run(ASK)
    assert traced.tree() == ["chat gpt-4o-mini", "chat gpt-4o-mini"]


async def test_no_agent_is_traced_when_the_application_says_so(traced: Recorder, forecaster: Agent) -> None:
    Agent.instrument_all(False)
    await forecaster.run(ASK)
    assert traced.tree() == ["chat gpt-4o-mini", "chat gpt-4o-mini"]


async def test_settings_of_the_application_that_report_where_we_do_make_no_second_span(
    traced: Recorder, forecaster: Agent
) -> None:
    own = InstrumentationSettings(
        tracer_provider=traced.tracer_provider, meter_provider=traced.meter_provider
    )
    Agent.instrument_all(own)
    await forecaster.run(ASK)
    assert traced.tree() == TREE
    assert points(traced)["gen_ai.client.token.usage"] == 4


async def test_settings_made_before_us_make_no_second_span(recorder: Recorder, forecaster: Agent) -> None:
    Agent.instrument_all(
        InstrumentationSettings(
            tracer_provider=recorder.tracer_provider, meter_provider=recorder.meter_provider
        )
    )
    recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor())
    await forecaster.run(ASK)
    assert recorder.tree() == TREE
    assert points(recorder)["gen_ai.client.token.usage"] == 4


async def test_a_model_that_the_application_has_instrumented_makes_no_second_span(
    traced: Recorder, model: Any
) -> None:
    own = InstrumentationSettings(tracer_provider=traced.tracer_provider)
    await Agent(InstrumentedModel(model, own), name="Forecaster").run("hi")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]


async def test_settings_that_report_elsewhere_are_left_alone(traced: Recorder, forecaster: Agent) -> None:
    with recording() as elsewhere:
        own = InstrumentationSettings(tracer_provider=elsewhere.tracer_provider)
        forecaster.instrument = own
        await forecaster.run(ASK)
        names = [span.name for span in elsewhere.spans_exporter.get_finished_spans()]
        assert len(names) >= 4
        assert "Lisbon" in "".join(span.to_json() for span in elsewhere.spans_exporter.get_finished_spans())
        elsewhere.spans_exporter.clear()
    assert [span.name for span in traced.spans] == ["chat gpt-4o-mini"] * 2


def test_settings_are_what_they_were_to_the_application(traced: Recorder) -> None:
    own = InstrumentationSettings(tracer_provider=traced.tracer_provider, include_content=True)
    held = vars(own)["tracer"]
    assert held.instrumentation_info.name == "pydantic-ai" if hasattr(held, "instrumentation_info") else held
    assert copy.copy(own).version == own.version
    assert repr(own).startswith("InstrumentationSettings(")
    own.include_content = False
    assert own.include_content is False


# --- without us --------------------------------------------------------------------------------------------------


async def test_uninstrumented_there_is_nothing_left_of_us(recorder: Recorder, forecaster: Agent) -> None:
    before = dict(vars(InstrumentationSettings)), dict(vars(Agent)), dict(vars(InstrumentedModel))
    recorder.instrument(PydanticAIInstrumentor())
    assert dict(vars(Agent)) != before[1]
    recorder.uninstrument()
    after = dict(vars(InstrumentationSettings)), dict(vars(Agent)), dict(vars(InstrumentedModel))
    assert after == before
    await forecaster.run(ASK)
    assert recorder.spans == []


async def test_instrumented_again_there_is_one_span_a_call(recorder: Recorder, forecaster: Agent) -> None:
    for _ in range(3):
        recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor())
        recorder.uninstrument()
    recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor())
    await forecaster.run(ASK)
    assert recorder.tree() == TREE


async def test_what_the_application_has_chosen_since_stays(recorder: Recorder) -> None:
    recorder.instrument(PydanticAIInstrumentor())
    Agent.instrument_all(True)
    recorder.uninstrument()
    assert vars(Agent)["_instrument_default"] is True


async def test_an_agent_made_before_us_is_traced(recorder: Recorder, forecaster: Agent) -> None:
    run = forecaster.run
    recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor())
    await run(ASK)
    assert recorder.tree() == TREE


async def test_nothing_is_traced_while_suppressed(traced: Recorder, forecaster: Agent) -> None:
    with suppress_instrumentation():
        result = await forecaster.run(ASK)
    assert result.output
    assert traced.spans == []


def test_signatures_are_the_librarys(recorder: Recorder) -> None:
    before = inspect.signature(Agent.iter), inspect.signature(InstrumentationSettings)
    recorder.instrument(PydanticAIInstrumentor())
    assert (inspect.signature(Agent.iter), inspect.signature(InstrumentationSettings)) == before


async def test_messages_of_a_run_can_be_pickled(traced: Recorder, forecaster: Agent) -> None:
    result = await forecaster.run(ASK)
    assert pickle.loads(pickle.dumps(result.all_messages()))[-1] == result.all_messages()[-1]  # noqa: S301 - made here


def test_the_library_is_not_imported_for_us_and_nothing_is_printed() -> None:
    script = """
        import sys
        from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor
        PydanticAIInstrumentor().instrument()
        assert "pydantic_ai" not in sys.modules
        import pydantic_ai
        assert pydantic_ai.Agent._instrument_default
    """
    done = run(script)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


# --- odd answers -------------------------------------------------------------------------------------------------


@settings(FEW, max_examples=15)
@given(body=BODIES)
async def test_the_caller_gets_what_the_bare_library_gives(model: Any, provider: Provider, body: Any) -> None:
    async def outcome() -> Any:
        provider.say(Reply(body=body))
        try:
            result = await direct.model_request(model, [ModelRequest.user_text_prompt("hi")])
        except Exception as error:  # noqa: BLE001 - any is to be the same
            return type(error), str(error)
        return [repr(part) for part in result.parts], result.model_name, result.finish_reason

    bare = await outcome()
    with recording() as recorder:
        recorder.instrument(
            PydanticAIInstrumentor(),
            OpenAIInstrumentor(),
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
        )
        assert str(await outcome()).split("timestamp")[0] == str(bare).split("timestamp")[0]
        assert len(recorder.spans) == 1


async def test_the_words_of_the_caller_are_not_touched(shown: Recorder, make: Callable[..., Agent]) -> None:
    given_settings = {"max_tokens": 20, "extra_body": {"note": ["a"]}}
    before = copy.deepcopy(given_settings)
    history = [ModelRequest.user_text_prompt("hi")]
    kept = copy.deepcopy(history)
    await make().run("there", model_settings=given_settings, message_history=history)
    assert (given_settings, history) == (before, kept)
