# SPDX-License-Identifier: Apache-2.0
"""Responses that fail, stop short or never end: what the span says of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from harness import Recorder
# What every answer of `gpt-4o-mini` to a response tells.
ANSWERED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.finish_reasons": ["stop"],
    "openai.api.type": "responses",
    "openai.response.service_tier": "default",
}


def used(answer: Any) -> dict[str, Any]:
    """Return the id and the token counts of an answer as attributes."""
    return {
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
    }


def test_a_failed_response_is_an_error_though_the_answer_was_a_success(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.responses.create(model="odd:failed", input="Hello there")
    assert answer.status == "failed"
    assert traced.one().status.status_code.name == "ERROR"
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "error.type": "server_error",
        "gen_ai.request.model": "odd:failed",
        "gen_ai.response.model": "odd:failed",
        "gen_ai.response.finish_reasons": ["error"],
    }


def test_a_streamed_response_that_fails_is_an_error(traced: Recorder, client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="odd:failed", input="Hello there", stream=True))
    assert events[-1].type == "response.failed"
    found = traced.attributes()
    assert found["error.type"] == "server_error"
    assert found["gen_ai.response.finish_reasons"] == ["error"]


@pytest.mark.parametrize("stream", [False, True])
def test_an_incomplete_response_ends_for_its_reason(
    traced: Recorder, client: openai.OpenAI, stream: bool
) -> None:
    found: Any = client.responses.create(model="odd:incomplete", input="Hello there", stream=stream)
    if stream:
        assert list(found)[-1].type == "response.incomplete"
    attributes = traced.attributes()
    assert attributes["gen_ai.response.finish_reasons"] == ["length"]
    assert "error.type" not in attributes


def test_a_response_that_the_content_filter_stopped_says_so(traced: Recorder, client: openai.OpenAI) -> None:
    client.responses.create(model="odd:content-filter", input="Hello there")
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["content_filter"]


def test_an_error_event_ends_a_streamed_response_in_an_error(traced: Recorder, client: openai.OpenAI) -> None:
    """The SDK hands the event to the consumer; it does not raise."""
    events = list(client.responses.create(model="odd:mid-stream-error", input="Hello there", stream=True))
    assert events[-1].type == "error"
    found = traced.attributes()
    assert found["error.type"] == "server_error"
    assert found["gen_ai.response.finish_reasons"] == ["error"]
    assert found["gen_ai.response.id"].startswith("resp_")


def test_a_streamed_response_that_is_never_completed_keeps_what_came(
    shown: Recorder, client: openai.OpenAI
) -> None:
    events = list(client.responses.create(model="odd:no-finish", input="Hello there", stream=True))
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "text", "content": said}]


def test_an_unknown_item_passes_as_a_generic_part(shown: Recorder, client: openai.OpenAI) -> None:
    client.responses.create(model="odd:unknown-part", input="Hello there")
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert "hologram_call" in [part.get("generic_type") for part in message["parts"]]
