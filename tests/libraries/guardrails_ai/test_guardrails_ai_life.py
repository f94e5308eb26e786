# SPDX-License-Identifier: Apache-2.0
"""Instrumenting, suppressing, undoing and doing again; what a caller gets is what the bare library gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for
from harness import recording
from libraries.guardrails_ai.conftest import aguarded, guarded
from libraries.guardrails_ai.test_guardrails_ai_trees import TREE
from spanwright.instrumentors.guardrails_ai import GuardrailsInstrumentor

if TYPE_CHECKING:
    from harness import Recorder


def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, at: dict[str, Any]
) -> None:
    with suppress_instrumentation():
        guarded()(**at)
    assert traced.spans == []


def test_a_guard_made_before_is_traced_and_after_it_is_not(recorder: Recorder) -> None:
    guard = guarded()
    for _ in range(2):
        recorder.instrument(GuardrailsInstrumentor())
        guard.parse("fine")
        recorder.uninstrument()
    guard.parse("fine")
    assert recorder.tree() == [TREE[0], TREE[2]] * 2


async def test_an_asynchronous_guard_returns_what_it_returns_without_us(recorder: Recorder) -> None:
    bare = await aguarded().parse("fine")
    recorder.instrument(GuardrailsInstrumentor())
    ours = await aguarded().parse("fine")
    assert type(ours) is type(bare)
    assert ours.validated_output == bare.validated_output


@given(text=st.text(max_size=20), most=st.integers(0, 20), on_fail=st.sampled_from(["noop", "fix", "filter"]))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_validated_comes_back_as_it_does_without_us(text: str, most: int, on_fail: str) -> None:
    bare = _told(text, most, on_fail)
    with recording() as recorder:
        recorder.instrument(GuardrailsInstrumentor())
        assert _told(text, most, on_fail) == bare


def test_nothing_is_imported_or_printed_at_start() -> None:
    assert not imported_for(GuardrailsInstrumentor, "guardrails")


def _told(text: str, most: int, on_fail: str) -> Any:
    try:
        outcome = guarded(most=most, on_fail=on_fail).parse(text)
    except Exception as error:
        return repr(error)
    return outcome.raw_llm_output, outcome.validated_output, outcome.validation_passed
