# SPDX-License-Identifier: Apache-2.0
"""Stored and background responses: fetching is no inference, and each response is counted once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import openai
import pytest

from spanwright.instrumentors._families.openai_api import OpenAIEndpoints
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv.model import Inference, Response

if TYPE_CHECKING:
    from harness import Recorder

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "input": "Hello there"}
FETCHED = {
    "gen_ai.operation.name": "fetch_response",
    "gen_ai.provider.name": "openai",
    "openai.api.type": "responses",
}


def counted(recorder: Recorder) -> dict[str, tuple[float, int]]:
    """Return sum and count of the token usage by type."""
    return {
        point.labels["gen_ai.token.type"]: (point.sum, point.count)
        for point in recorder.points("gen_ai.client.token.usage")
    }


def test_retrieving_a_response_is_no_second_inference(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.responses.create(**ASK)
    client.responses.retrieve(answer.id)
    assert traced.tree() == ["chat gpt-4o-mini", "fetch_response"]
    assert traced.attributes("fetch_response") == {
        **FETCHED,
        **server,
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.status": "completed",
        "openai.response.service_tier": "default",
    }


def test_retrieving_a_response_counts_no_tokens(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.responses.create(**ASK)
    before = counted(traced)
    for _ in range(3):
        client.responses.retrieve(answer.id)
    assert answer.usage is not None
    assert before == {"input": (answer.usage.input_tokens, 1), "output": (answer.usage.output_tokens, 1)}
    assert counted(traced) == before


def test_resuming_a_stored_stream_names_its_cursor(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.responses.create(**ASK)
    events = list(client.responses.retrieve(answer.id, stream=True, starting_after=3))
    assert events[0].sequence_number == 4
    assert traced.attributes("fetch_response") == {
        **FETCHED,
        **server,
        "gen_ai.request.stream_cursor": "3",
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.status": "completed",
        "openai.response.service_tier": "default",
    }


def test_a_background_response_counts_its_tokens_when_its_end_is_seen(
    traced: Recorder, client: openai.OpenAI
) -> None:
    answer = client.responses.create(**ASK, background=True)
    assert answer.status == "queued"
    assert counted(traced) == {}
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    client.responses.retrieve(answer.id)
    assert answer.usage is not None
    assert counted(traced) == {
        "input": (answer.usage.input_tokens, 1),
        "output": (answer.usage.output_tokens, 1),
    }


def test_polling_a_background_response_tells_its_status(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.responses.create(**ASK, background=True)
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    found = [(span.attributes or {}).get("gen_ai.response.status") for span in traced.spans]
    assert found == [None, "in_progress", "completed"]


async def test_a_background_response_that_is_awaited_counts_its_tokens_once(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    answer = await aclient.responses.create(**ASK, background=True)
    while answer.status in ("queued", "in_progress"):
        answer = await aclient.responses.retrieve(answer.id)
    assert answer.usage is not None
    assert counted(traced)["output"] == (answer.usage.output_tokens, 1)


def test_a_background_stream_counts_its_tokens_once(traced: Recorder, client: openai.OpenAI) -> None:
    last: Any = list(client.responses.create(**ASK, background=True, stream=True))[-1]
    client.responses.retrieve(last.response.id)
    assert counted(traced)["output"] == (last.response.usage.output_tokens, 1)


def test_cancelling_a_response_is_a_fetch_that_tells_its_status(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.responses.create(**ASK, background=True)
    client.responses.cancel(answer.id)
    assert traced.attributes("fetch_response") == {
        **FETCHED,
        **server,
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["error"],
        "gen_ai.response.status": "cancelled",
        "openai.response.service_tier": "default",
    }


def test_fetching_a_response_that_failed_is_no_failed_fetch(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.responses.create(model="odd:failed", input="Hello there")
    client.responses.retrieve(answer.id)
    found = traced.attributes("fetch_response")
    assert found["gen_ai.response.status"] == "failed"
    assert "error.type" not in found


def test_fetching_what_does_not_exist_is_an_error(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_none")
    found = traced.attributes("fetch_response")
    assert found["error.type"] == "openai.NotFoundError"
    assert found["gen_ai.response.id"] == "resp_none"


def test_compacting_is_an_inference(traced: Recorder, client: openai.OpenAI, server: dict[str, Any]) -> None:
    compact: Any = getattr(client.responses, "compact", None)
    if compact is None:
        pytest.skip("this version of the SDK cannot compact")
    answer = compact(**ASK)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
        "openai.api.type": "responses",
    }


def test_the_helper_that_resumes_a_stored_response_is_a_fetch(
    traced: Recorder, client: openai.OpenAI
) -> None:
    answer = client.responses.create(**ASK)
    with client.responses.stream(response_id=answer.id) as stream:
        assert stream.get_final_response().id == answer.id
    assert traced.tree() == ["chat gpt-4o-mini", "fetch_response"]


def test_beta_responses_are_fetched_by_their_own_id(traced: Recorder, client: openai.OpenAI) -> None:
    beta: Any = getattr(client.beta, "responses", None)
    if beta is None:
        pytest.skip("this version of the SDK has no beta responses")
    answer = client.responses.create(**ASK)
    beta.retrieve(answer.id)
    assert traced.attributes("fetch_response")["gen_ai.response.id"] == answer.id


def test_background_responses_that_nobody_polls_are_forgotten_in_time(traced: Recorder) -> None:
    """A registry of responses must not grow for ever: the oldest are given up."""
    del traced
    held = OpenAIEndpoints(Telemetry("test", "0"), "openai")
    for at in range(1_200):
        pending = Inference(response=Response(id=f"resp_{at}", status="queued"))
        held.answered(cast("Any", SimpleNamespace(subject=pending)))
    assert len(held._background) <= 1_000


def test_a_background_response_that_is_streamed_later_counts_its_tokens(
    traced: Recorder, client: openai.OpenAI
) -> None:
    answer = client.responses.create(**ASK, background=True)
    last: Any = list(client.responses.retrieve(answer.id, stream=True))[-1]
    assert counted(traced)["output"] == (last.response.usage.output_tokens, 1)


def test_a_background_stream_that_is_left_and_polled_counts_its_tokens(
    traced: Recorder, client: openai.OpenAI
) -> None:
    with client.responses.create(**ASK, background=True, stream=True) as stream:
        first: Any = next(stream)
    answer = client.responses.retrieve(first.response.id)
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    assert answer.usage is not None
    assert counted(traced)["output"] == (answer.usage.output_tokens, 1)
