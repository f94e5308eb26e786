# SPDX-License-Identifier: Apache-2.0
"""Calls of pipelines that continue texts: one span each, tokens counted from what the model saw and made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import torch
from dirty_equals import IsFloat
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from transformers import TextIteratorStreamer, pipeline
from transformers.pipelines.text_generation import TextGenerationPipeline

from libraries.transformers import tiny
from libraries.transformers.conftest import GREEDY

if TYPE_CHECKING:
    from harness import Recorder

HELLO = {
    "gen_ai.operation.name": "text_completion",
    "gen_ai.provider.name": "huggingface",
    "gen_ai.request.model": "tiny/speaker",
    "gen_ai.request.max_tokens": 5,
    "gen_ai.response.finish_reasons": ["length"],
    "gen_ai.usage.input_tokens": 5,
    "gen_ai.usage.output_tokens": 5,
}
CHAT = [{"role": "user", "content": "hi"}]


def test_a_prompt_is_one_internal_span(traced: Recorder, speak: Any) -> None:
    speak("hello", **GREEDY)
    assert traced.attributes() == HELLO
    assert traced.one().name == "text_completion tiny/speaker"
    assert traced.one().kind is SpanKind.INTERNAL


def test_a_conversation_is_a_chat(traced: Recorder, speak: Any) -> None:
    speak(CHAT, **GREEDY)
    assert traced.attributes() == {
        **HELLO,
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": len("user:hi\nassistant:"),
    }


def test_several_conversations_are_one_chat(traced: Recorder, speak: Any) -> None:
    speak([CHAT, CHAT], **GREEDY)
    found = traced.attributes("chat")
    assert found["gen_ai.usage.input_tokens"] == 2 * len("user:hi\nassistant:")
    assert found["gen_ai.response.finish_reasons"] == ["length", "length"]


@pytest.mark.parametrize("batch_size", [1, 2])
def test_several_prompts_are_one_span_without_the_padding_of_batches(
    traced: Recorder, speak: Any, batch_size: int
) -> None:
    speak(["hello", "hi", "a"], batch_size=batch_size, **GREEDY)
    assert traced.attributes() == {
        **HELLO,
        "gen_ai.response.finish_reasons": ["length"] * 3,
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 15,
    }


def test_several_texts_of_one_prompt_are_counted_all(traced: Recorder, speak: Any) -> None:
    speak("hello", **{**GREEDY, "do_sample": True, "num_return_sequences": 2})
    found = traced.attributes()
    assert found["gen_ai.request.choice.count"] == 2
    assert found["gen_ai.usage.input_tokens"] == 5
    assert found["gen_ai.usage.output_tokens"] == 10


def test_an_end_token_counts_and_tells_why_the_text_ended(traced: Recorder, speak: Any) -> None:
    first = speak("hello", return_tensors=True, **GREEDY)[0]["generated_token_ids"][5]
    speak("hello", eos_token_id=first, **GREEDY)
    found = dict(traced.spans[-1].attributes or {})
    assert found["gen_ai.response.finish_reasons"] == ("stop",)
    assert found["gen_ai.usage.output_tokens"] == 1


def test_a_text_that_ends_early_in_a_batch_is_not_counted_with_its_padding(
    traced: Recorder, speak: Any
) -> None:
    ids = [each[0]["generated_token_ids"] for each in speak(["hello", "bye"], return_tensors=True, **GREEDY)]
    end = next(each for each in ids[0][5:] if each not in ids[1][3:])
    made = ids[0][5:].index(end) + 1
    traced.spans_exporter.clear()
    speak(["hello", "bye"], eos_token_id=end, **GREEDY)
    assert traced.attributes()["gen_ai.usage.output_tokens"] == made + 5
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop", "length"]


def test_what_was_asked_when_the_pipeline_was_made_is_part_of_the_request(traced: Recorder) -> None:
    made = pipeline(
        "text-generation",
        model=tiny.speaker(),
        tokenizer=tiny.tokenizer(),
        device="cpu",
        max_new_tokens=3,
        do_sample=True,
        temperature=0.5,
    )
    made("hello", top_p=0.9, top_k=7)
    found = traced.attributes()
    assert found["gen_ai.request.max_tokens"] == 3
    assert found["gen_ai.request.temperature"] == 0.5
    assert found["gen_ai.request.top_p"] == 0.9
    assert found["gen_ai.request.top_k"] == 7


def test_a_pipeline_that_is_constructed_without_a_task_is_traced(traced: Recorder) -> None:
    TextGenerationPipeline(model=tiny.speaker(), tokenizer=tiny.tokenizer())("hello", **GREEDY)
    assert traced.attributes() == HELLO


def test_a_pipeline_inside_of_another_one_adds_no_second_span(traced: Recorder, speak: Any) -> None:
    class Polite(TextGenerationPipeline):
        def preprocess(self, prompt_text: Any, **kwargs: Any) -> Any:
            speak(prompt_text, **GREEDY)
            return super().preprocess(prompt_text, **kwargs)

    Polite(model=tiny.speaker(), tokenizer=tiny.tokenizer())("hello", **GREEDY)
    assert traced.tree() == ["text_completion tiny/speaker"]


def test_the_span_is_current_while_the_model_runs(traced: Recorder, speak: Any) -> None:
    found: list[str] = []
    hook = speak.model.register_forward_hook(lambda *_: found.append(trace.get_current_span().name))
    speak("hello", **GREEDY)
    hook.remove()
    assert set(found) == {"text_completion tiny/speaker"}
    assert not trace.get_current_span().is_recording()


def test_metrics_count_tokens_and_time(traced: Recorder, speak: Any) -> None:
    speak("hello", **GREEDY)
    labels = {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.request.model": "tiny/speaker",
    }
    assert [(point.labels, point.count) for point in traced.points("gen_ai.client.operation.duration")] == [
        (labels, 1)
    ]
    tokens = {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token.usage")
    }
    assert tokens == {"input": 5, "output": 5}


def test_an_error_of_the_model_ends_the_span_and_leaves_unchanged(traced: Recorder, speak: Any) -> None:
    with pytest.raises(ValueError, match="temperature"):
        speak("hello", max_new_tokens=5, do_sample=True, temperature=-1.0)
    assert traced.one().status.status_code is StatusCode.ERROR
    assert traced.attributes()["error.type"] == "ValueError"


def test_an_error_before_the_model_runs_ends_the_span(traced: Recorder, speak: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        speak(3, **GREEDY)
    assert traced.attributes()["error.type"] == type(caught.value).__name__


def test_a_streamer_sees_every_token_and_gives_the_time_to_the_first(traced: Recorder, speak: Any) -> None:
    streamer = TextIteratorStreamer(tiny.tokenizer(), skip_prompt=True)
    thread = threading.Thread(target=speak, args=("hello",), kwargs={**GREEDY, "streamer": streamer})
    thread.start()
    text = "".join(streamer)
    thread.join()
    assert "hello" + text == speak("hello", **GREEDY)[0]["generated_text"]
    assert dict(traced.spans[0].attributes or {}) == {
        **HELLO,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ("length",),
    }


def test_a_streamer_outside_of_a_pipeline_works_as_ever(traced: Recorder) -> None:
    tokenizer = tiny.tokenizer()
    streamer = TextIteratorStreamer(tokenizer)
    ids = tokenizer("hello", return_tensors="pt")["input_ids"]
    tiny.speaker().generate(ids, attention_mask=torch.ones_like(ids), streamer=streamer, **GREEDY)
    assert "".join(streamer).startswith("hello")
    assert traced.spans == []


def test_nothing_is_traced_while_instrumentation_is_suppressed(traced: Recorder, speak: Any) -> None:
    with suppress_instrumentation():
        speak("hello", **GREEDY)
        list(speak((each for each in ["a"]), **GREEDY))
    assert traced.spans == []
