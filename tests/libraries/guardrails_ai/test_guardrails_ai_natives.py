# SPDX-License-Identifier: Apache-2.0
"""The library's own spans, in which all content stands, and ours in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from harness import Recorder
from libraries.guardrails_ai.conftest import guarded
from libraries.guardrails_ai.test_guardrails_ai_trees import TREE
from spanwright.instrumentors.guardrails_ai import GuardrailsInstrumentor

if TYPE_CHECKING:
    import pytest


def test_a_process_that_reports_to_one_place_has_every_span_once(
    reported: Recorder, traced: Recorder, at: dict[str, Any]
) -> None:
    guarded()(**at)
    assert reported is traced
    assert traced.tree() == TREE
    assert "Lisbon" not in traced.everything()


def test_what_the_library_writes_on_the_current_span_is_not_on_ours(
    traced: Recorder, at: dict[str, Any]
) -> None:
    guarded()(**at)
    assert "Lisbon" not in traced.everything()
    assert not [key for span in traced.spans for key in span.attributes or {} if key.startswith("llm.")]


def test_an_application_that_has_disabled_the_librarys_tracing_has_ours(
    traced: Recorder, at: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from guardrails.settings import settings

    monkeypatch.setattr(settings, "disable_tracing", True)
    guarded()(**at)
    assert traced.tree() == TREE


def test_a_library_that_reports_elsewhere_is_left_alone(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Recorder()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", elsewhere.tracer_provider)
    recorder.instrument(GuardrailsInstrumentor())
    guarded().parse("fine")
    told = [line.strip() for line in elsewhere.tree()]
    elsewhere.shutdown()
    assert recorder.spans == []
    assert told == ["guard", "step", "call", "test/short-enough.validate"]


def test_uninstrumented_the_library_makes_its_own_spans_again(reported: Recorder, traced: Recorder) -> None:
    traced.uninstrument()
    guarded().parse("fine")
    told = [line.strip() for line in reported.tree()]
    reported.spans_exporter.clear()
    assert told == ["guard", "step", "call", "test/short-enough.validate"]
