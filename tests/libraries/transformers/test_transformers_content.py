# SPDX-License-Identifier: Apache-2.0
"""Content of pipelines: kept when it is asked for, not even decoded otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from transformers import pipeline

from libraries.transformers import tiny
from libraries.transformers.conftest import CAPTURE, GREEDY
from spanwright.instrumentors.transformers import TransformersInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

CHAT = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "SECRET"},
]


def messages(recorder: Recorder, which: str) -> Any:
    return json.loads(recorder.attributes()[f"gen_ai.{which}.messages"])


def test_without_capture_nothing_of_the_content_is_exported(traced: Recorder, speak: Any) -> None:
    made = speak(CHAT, return_full_text=False, **GREEDY)[0]["generated_text"]
    everything = traced.everything()
    assert "SECRET" not in everything
    assert json.dumps(made)[1:-1] not in everything


@pytest.mark.parametrize("full", [True, False])
def test_a_completion_is_shown_without_its_prompt(shown: Recorder, speak: Any, full: bool) -> None:
    made = speak("hello", return_full_text=full, **GREEDY)[0]["generated_text"]
    assert messages(shown, "input") == [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]
    assert messages(shown, "output") == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": made.removeprefix("hello")}],
            "finish_reason": "length",
        }
    ]


@pytest.mark.parametrize("full", [True, False])
def test_a_conversation_is_shown_with_the_message_that_was_made(
    shown: Recorder, speak: Any, full: bool
) -> None:
    made = speak(CHAT, return_full_text=full, **GREEDY)[0]["generated_text"]
    assert [(each["role"], each["parts"][0]["content"]) for each in messages(shown, "input")] == [
        ("system", "be brief"),
        ("user", "SECRET"),
    ]
    (answer,) = messages(shown, "output")
    assert answer["role"] == "assistant"
    assert answer["parts"][0]["content"] == (made[-1]["content"] if full else made)


def test_texts_of_several_prompts_stand_in_their_order(shown: Recorder, speak: Any) -> None:
    made = speak(["hello", "hi"], **GREEDY)
    assert [each["parts"][0]["content"] for each in messages(shown, "input")] == ["hello", "hi"]
    assert [each["parts"][0]["content"] for each in messages(shown, "output")] == [
        made[0][0]["generated_text"].removeprefix("hello"),
        made[1][0]["generated_text"].removeprefix("hi"),
    ]


def test_tokens_instead_of_a_text_have_no_message(shown: Recorder, speak: Any) -> None:
    speak("hello", return_tensors=True, **GREEDY)
    assert "gen_ai.output.messages" not in shown.attributes()


def test_content_goes_to_events_when_that_is_asked_for(recorder: Recorder, speak: Any) -> None:
    recorder.instrument(TransformersInstrumentor(), **{CAPTURE: "EVENT_ONLY"})
    speak("hello", **GREEDY)
    (record,) = recorder.logs
    assert record.event_name == "gen_ai.client.inference.operation.details"
    assert "gen_ai.input.messages" in record.attributes


def test_tools_of_a_chat_are_named(shown: Recorder, speak: Any) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    try:
        speak(CHAT, tools=[tool], **GREEDY)
    except (TypeError, ValueError) as error:
        pytest.skip(f"this version takes no tools: {error}")
    found = json.loads(shown.attributes()["gen_ai.tool.definitions"])
    assert found == [{"type": "function", "name": "look"}]


def test_the_text_made_of_a_text_is_shown(shown: Recorder) -> None:
    try:
        rewrite = pipeline("summarization", model=tiny.rewriter(), tokenizer=tiny.tokenizer(), device="cpu")
    except KeyError:
        pytest.skip("this version has no such pipeline")
    made = rewrite("hello there", min_length=0, **GREEDY)[0]["summary_text"]
    assert messages(shown, "output")[0]["parts"] == [{"type": "text", "content": made}]
