# SPDX-License-Identifier: Apache-2.0
"""A traced call returns what it returned and raises what it raised, whatever kind of call it is."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.context import attach, create_key, get_current, set_value
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import StatusCode

if TYPE_CHECKING:
    from harness import Recorder

ANSWER = {"id": "a1", "model": "m1-2026", "tokens": (3, 5), "text": "An answer."}
FACTS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "acme",
    "gen_ai.request.model": "m1",
    "gen_ai.response.id": "a1",
    "gen_ai.response.model": "m1-2026",
    "gen_ai.usage.input_tokens": 3,
    "gen_ai.usage.output_tokens": 5,
}


def answer() -> dict[str, Any]:
    return ANSWER


async def aanswer() -> dict[str, Any]:
    return ANSWER


def current_span() -> dict[str, Any]:
    return {"span": trace.get_current_span()}


def test_a_call_returns_the_very_object(acme: Any) -> None:
    assert acme.Client().ask(answer) is ANSWER


def test_a_call_is_one_span_with_its_facts(recorder: Recorder, acme: Any) -> None:
    acme.Client().ask(answer)
    assert recorder.attributes("chat m1") == FACTS


def test_the_span_is_current_while_the_library_runs(recorder: Recorder, acme: Any) -> None:
    found = acme.Client().ask(current_span)
    assert found["span"].get_span_context() == recorder.one().get_span_context()


def test_the_context_is_the_same_object_after_a_call(acme: Any) -> None:
    before = get_current()
    acme.Client().ask(answer)
    assert get_current() is before


def test_what_the_library_attached_and_forgot_does_not_leak(acme: Any) -> None:
    before = get_current()
    acme.Client().ask(lambda: attach(set_value(create_key("forgotten"), 1)) and ANSWER)
    assert get_current() is before


def test_a_call_is_the_child_of_what_is_current(recorder: Recorder, acme: Any) -> None:
    with recorder.tracer_provider.get_tracer("app").start_as_current_span("request"):
        acme.Client().ask(answer)
    assert recorder.tree() == ["request", "  chat m1"]


def test_a_call_under_suppression_is_not_traced(recorder: Recorder, acme: Any) -> None:
    with suppress_instrumentation():
        acme.Client().ask(answer)
    assert (recorder.tree(), recorder.points()) == ([], [])


def test_a_subclass_that_calls_its_parent_is_one_span(recorder: Recorder, acme: Any) -> None:
    class Mine(acme.Client):
        def ask(self, work: Any, **options: Any) -> Any:
            return super().ask(work, **options)

    Mine().ask(answer)
    assert recorder.tree() == ["chat m1"]


def test_arguments_that_do_not_fit_raise_what_the_library_raises(acme: Any) -> None:
    with pytest.raises(TypeError, match=r"ask\(\) got an unexpected keyword argument 'mood'"):
        acme.Client().ask(answer, mood="good")


# --- errors ----------------------------------------------------------------------------------------------------------


class Refused(Exception):
    status_code = 429
    code = "rate_limit"


@pytest.mark.parametrize(
    "error", [ValueError, KeyboardInterrupt, SystemExit, asyncio.CancelledError, MemoryError]
)
def test_an_error_leaves_as_the_very_object(
    error: type[BaseException], recorder: Recorder, acme: Any
) -> None:
    failure = error("theirs")

    def fail() -> Any:
        raise failure

    with pytest.raises(error) as caught:
        acme.Client().ask(fail)
    assert caught.value is failure
    assert recorder.one().status.status_code is StatusCode.ERROR


def test_an_error_keeps_its_chain(acme: Any) -> None:
    inner, outer = KeyError("inner"), ValueError("outer")

    def fail() -> Any:
        try:
            raise inner
        except KeyError:
            raise outer from None

    with pytest.raises(ValueError, match="outer"):
        acme.Client().ask(fail)
    assert (outer.__cause__, outer.__context__, outer.__suppress_context__) == (None, inner, True)
    assert inner.__context__ is None


def test_an_error_ends_in_the_frame_that_raised_it(acme: Any) -> None:
    def fail() -> Any:
        raise ValueError("theirs")

    with pytest.raises(ValueError, match="theirs") as caught:
        acme.Client().ask(fail)
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-2:] == ["ask", "fail"]


def test_an_error_is_not_held_by_a_cycle_of_ours(acme: Any) -> None:
    class Large(Exception):
        pass

    def fail() -> Any:
        raise Large

    gc.disable()
    try:
        try:
            acme.Client().ask(fail)
        except Large as error:
            held = weakref.ref(error)
        assert held() is None
    finally:
        gc.enable()


def test_a_refusal_is_described_by_its_identifiers_alone(recorder: Recorder, acme: Any) -> None:
    def fail() -> Any:
        raise Refused("the prompt of a user")

    with pytest.raises(Refused):
        acme.Client().ask(fail)
    assert recorder.attributes()["error.type"].endswith("Refused")
    assert recorder.one().status.description == "429 rate_limit"
    assert "prompt" not in recorder.everything()


def test_an_error_is_one_event_and_no_span_event(recorder: Recorder, acme: Any) -> None:
    def fail() -> Any:
        raise Refused("the prompt of a user")

    with pytest.raises(Refused):
        acme.Client().ask(fail)
    assert [record.event_name for record in recorder.logs] == ["gen_ai.client.operation.exception"]
    assert not recorder.one().events


@pytest.mark.parametrize("kind", [asyncio.CancelledError, type("Cancelled", (BaseException,), {})])
def test_a_cancellation_of_any_library_has_one_name(
    kind: type[BaseException], recorder: Recorder, acme: Any
) -> None:
    def fail() -> Any:
        raise kind

    with pytest.raises(kind):
        acme.Client().ask(fail)
    assert recorder.attributes()["error.type"] == "cancelled"


def test_success_leaves_the_status_unset(recorder: Recorder, acme: Any) -> None:
    acme.Client().ask(answer)
    assert recorder.one().status.status_code is StatusCode.UNSET
