# SPDX-License-Identifier: Apache-2.0
"""Offline batches: one span a call, tokens counted from the ids that the outputs carry."""

from __future__ import annotations

import copy
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from vllm import LLM, SamplingParams

from libraries.vllm.conftest import CAPTURE, SMALL
from spanwright.instrumentors.vllm import VLLMInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

CHAT = [{"role": "user", "content": "SECRET"}]


@pytest.fixture(scope="module")
def llm(folder: str) -> Any:
    """Return an engine, started before anything is instrumented."""
    return LLM(folder, enable_prefix_caching=False, **SMALL)


def greedy(**options: Any) -> SamplingParams:
    return SamplingParams(**{"temperature": 0.0, "max_tokens": 5, **options})


def texts(outputs: list[Any]) -> list[str]:
    return [each.text for output in outputs for each in output.outputs]


def test_prompts_are_one_internal_span(traced: Recorder, llm: Any, folder: str) -> None:
    llm.generate(["hello", "hi"], greedy(), use_tqdm=False)
    assert traced.attributes() == {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": folder,
        "gen_ai.request.max_tokens": 5,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.response.finish_reasons": ["length", "length"],
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 10,
    }
    assert traced.one().name == f"text_completion {folder}"
    assert traced.one().kind is SpanKind.INTERNAL


def test_a_conversation_is_a_chat(traced: Recorder, llm: Any) -> None:
    llm.chat(CHAT, greedy(), use_tqdm=False)
    found = traced.attributes("chat")
    assert found["gen_ai.usage.input_tokens"] == len("user:SECRET\nassistant:")
    assert len(traced.spans) == 1
    assert "SECRET" not in traced.everything()


def test_several_texts_of_one_prompt_are_counted_all(traced: Recorder, llm: Any) -> None:
    llm.generate("hello", greedy(temperature=0.8, n=2, top_p=0.9, top_k=7, seed=1), use_tqdm=False)
    found = traced.attributes()
    assert found["gen_ai.usage.output_tokens"] == 10
    assert found["gen_ai.request.choice.count"] == 2
    assert found["gen_ai.request.top_k"] == 7
    assert found["gen_ai.request.seed"] == 1


def test_a_call_without_parameters_is_traced(traced: Recorder, llm: Any) -> None:
    llm.generate("hello", use_tqdm=False)
    assert "gen_ai.request.max_tokens" not in traced.attributes()
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 5


def test_prompts_and_texts_are_shown_when_asked_for(shown: Recorder, llm: Any) -> None:
    outputs = llm.generate(["hello", {"prompt": "hi"}], greedy(), use_tqdm=False)
    found = shown.attributes()
    asked = [each["parts"][0]["content"] for each in json.loads(found["gen_ai.input.messages"])]
    made = [each["parts"][0]["content"] for each in json.loads(found["gen_ai.output.messages"])]
    assert asked == ["hello", "hi"]
    assert made == texts(outputs)


def test_a_conversation_is_shown_with_its_answer(shown: Recorder, llm: Any) -> None:
    (made,) = texts(llm.chat(CHAT, greedy(), use_tqdm=False))
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "SECRET"}]}
    ]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert message["parts"][0]["content"] == made


def test_an_error_ends_the_span_and_leaves_unchanged(traced: Recorder, llm: Any) -> None:
    with pytest.raises(Exception, match="maximum context length") as caught:
        llm.generate("x" * 300, greedy(), use_tqdm=False)
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes()["error.type"].rpartition(".")[2] == type(caught.value).__name__


def test_the_caller_gets_what_the_library_alone_gives(recorder: Recorder, llm: Any) -> None:
    params, chat = greedy(), copy.deepcopy(CHAT)

    def asked() -> list[Any]:
        return [
            *texts(llm.generate(["hello", "hi"], params, use_tqdm=False)),
            *texts(llm.chat(chat, params, use_tqdm=False)),
            inspect.signature(llm.generate),
        ]

    alone = asked()
    recorder.instrument(VLLMInstrumentor(), **{CAPTURE: "SPAN_AND_EVENT"})
    assert asked() == alone
    assert chat == CHAT
    assert repr(params) == repr(greedy())


def test_after_uninstrument_nothing_is_traced(recorder: Recorder, llm: Any) -> None:
    before = (LLM.generate, LLM.chat, LLM.embed)
    recorder.instrument(VLLMInstrumentor())
    held = llm.generate
    recorder.uninstrument()
    held("hello", greedy(), use_tqdm=False)
    assert (LLM.generate, LLM.chat, LLM.embed) == before
    assert recorder.spans == []


def test_nothing_is_traced_while_instrumentation_is_suppressed(traced: Recorder, llm: Any) -> None:
    with suppress_instrumentation():
        llm.generate("hello", greedy(), use_tqdm=False)
    assert traced.spans == []


def test_metrics_count_tokens(traced: Recorder, llm: Any) -> None:
    llm.generate("hello", greedy(), use_tqdm=False)
    tokens = {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token.usage")
    }
    assert tokens == {"input": 5, "output": 5}
