# SPDX-License-Identifier: Apache-2.0
"""Instrumented or not, before or after: pipelines stay what they are."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import Pipeline, pipeline

from harness import Recorder
from libraries.transformers import tiny
from libraries.transformers.conftest import CAPTURE, GREEDY
from spanwright.instrumentors.transformers import TransformersInstrumentor

if TYPE_CHECKING:
    import pytest

CHAT = [{"role": "user", "content": "hi"}]


def test_after_uninstrument_nothing_is_traced_and_the_methods_are_the_librarys_own(
    recorder: Recorder, speak: Any
) -> None:
    before = (Pipeline.__call__, Pipeline.forward)
    recorder.instrument(TransformersInstrumentor())
    held = speak.forward
    recorder.uninstrument()
    assert (Pipeline.__call__, Pipeline.forward) == before
    speak("hello", **GREEDY)
    assert callable(held)
    assert recorder.spans == []


def test_instrumented_again_a_call_is_one_span(recorder: Recorder, speak: Any) -> None:
    instrumentor = TransformersInstrumentor()
    recorder.instrument(instrumentor)
    recorder.uninstrument()
    recorder.instrument(instrumentor)
    speak("hello", **GREEDY)
    assert len(recorder.spans) == 1


def test_a_pipeline_looks_as_without_us(recorder: Recorder, speak: Any) -> None:
    def looks() -> list[Any]:
        return [
            inspect.signature(Pipeline.__call__),
            inspect.signature(speak),
            inspect.signature(speak.forward),
            repr(speak),
            callable(speak),
        ]

    before = looks()
    recorder.instrument(TransformersInstrumentor())
    assert looks() == before


def test_a_pipeline_is_pickled_and_copied(traced: Recorder, speak: Any) -> None:
    alone = speak("hello", **GREEDY)
    assert pickle.loads(pickle.dumps(speak))("hello", **GREEDY) == alone
    assert copy.deepcopy(speak)("hello", **GREEDY) == alone
    assert len(traced.spans) == 3


def test_what_the_caller_gives_is_left_as_it_is(shown: Recorder, speak: Any) -> None:
    chat, options = copy.deepcopy(CHAT), dict(GREEDY)
    held = copy.deepcopy(speak._forward_params)
    speak(chat, **options)
    assert chat == CHAT
    assert options == GREEDY
    assert speak._forward_params == held


def test_the_caller_gets_what_the_library_alone_gives(recorder: Recorder, speak: Any) -> None:
    def asked() -> list[Any]:
        return [
            speak("hello", **GREEDY),
            speak(["hello", "hi"], batch_size=2, **GREEDY),
            speak(CHAT, **GREEDY),
            list(speak((each for each in ["a", "b"]), **GREEDY)),
            type(speak((each for each in ["a"]), **GREEDY)),
        ]

    alone = asked()
    recorder.instrument(TransformersInstrumentor(), **{CAPTURE: "SPAN_AND_EVENT"})
    assert asked() == alone


def test_a_model_without_a_name_leaves_the_attribute_out(traced: Recorder) -> None:
    model = copy.deepcopy(tiny.speaker())
    model.config._name_or_path = model.name_or_path = ""
    pipeline("text-generation", model=model, tokenizer=tiny.tokenizer(), device="cpu")("hello", **GREEDY)
    assert "gen_ai.request.model" not in traced.attributes()
    assert traced.one().name == "text_completion"


def test_odd_inputs_end_as_without_us(speak: Any) -> None:
    odd = st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["role", "content", "text"]), inner, max_size=2)
        ),
        max_leaves=4,
    )
    recorder = Recorder()

    def outcome(value: Any) -> Any:
        try:
            return speak(copy.deepcopy(value), do_sample=False, max_new_tokens=1)
        except Exception as error:
            return type(error), str(error)

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(odd)
    def any_input(value: Any) -> None:
        alone = outcome(value)
        recorder.instrument(TransformersInstrumentor(), **{CAPTURE: "SPAN_AND_EVENT"})
        try:
            assert outcome(value) == alone
        finally:
            recorder.uninstrument()

    any_input()
    assert recorder.findings() == []
    recorder.shutdown()


def test_a_library_that_is_not_installed_is_silence(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lacking(TransformersInstrumentor):
        watches = ("no_such_module_anywhere",)

    recorder.instrument(Lacking())
    assert recorder.spans == []
