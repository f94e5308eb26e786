# SPDX-License-Identifier: Apache-2.0
"""Recorded answers of several providers, replayed through LiteLLM: the span says the same of each of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import litellm
import openai
import pytest
from litellm.llms.custom_httpx.http_handler import HTTPHandler

from harness import Recorder
from recordings.tape import OK, Interaction, interactions
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.semconv import hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPATIBLE = [
    each
    for each in interactions("openai-chat", "deepseek", "openrouter", "groq", "together")
    if each.path == "/chat/completions"
]
ANTHROPIC = [each for each in interactions("anthropic") if each.status == OK]
REASONS = {"end_turn": "stop", "tool_use": "tool_call", "max_tokens": "length"}
# What only the oldest versions do not pass on: the model of a stream, the details of a usage that they do not know.
MAY_LACK = ("gen_ai.response.model", "gen_ai.usage.reasoning.output_tokens")
pytestmark = pytest.mark.skipif(not COMPATIBLE, reason="the folder of real recordings is not there")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder = Recorder()
    recorder.instrument(
        LiteLLMInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    yield recorder
    recorder.shutdown()
    settings.reload()


def answering(tape: Interaction) -> httpx.Client:
    """Return an HTTP client that answers as recorded."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def read(answer: Any) -> None:
    """Read a stream to its end."""
    if hasattr(type(answer), "__next__"):
        assert list(answer)


def judge(recorder: Recorder, facts: dict[str, Any], *, streamed: bool) -> None:
    """Compare the one span with what was recorded."""
    (span,) = recorder.spans
    found = recorder.attributes()
    for key in MAY_LACK if streamed else ():
        found.setdefault(key, facts.get(key))
    assert {key: found.get(key) for key in facts} == facts
    assert recorder.findings() == []


@pytest.mark.parametrize("tape", COMPATIBLE, ids=str)
def test_a_compatible_answer_is_told_as_it_was(recorder: Recorder, tape: Interaction) -> None:
    body, _ = tape.asked
    client = openai.OpenAI(base_url=tape.base_url, api_key="test", max_retries=0, http_client=answering(tape))
    stream = body.get("stream") is True
    error: Exception | None = None
    try:
        read(
            litellm.completion(
                model=f"openai/{body['model']}",
                messages=body["messages"],
                client=client,
                api_base=tape.base_url,
                **({"stream": True} if stream else {}),
            )
        )
    except openai.APIError as raised:
        error = raised
    found = recorder.attributes()
    assert found["gen_ai.provider.name"] == (hosts.provider(tape.host) or "openai")
    assert found["server.address"] == tape.host
    assert ("error.type" in found) == (error is not None)
    assert error is not None or tape.status == OK
    judge(recorder, tape.facts if error is None else {}, streamed=stream)


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say of an answer of Anthropic, read by nothing of ours."""
    if "event-stream" in tape.kind:
        (start,) = [event["message"] for event in tape.events if event["type"] == "message_start"]
        (end,) = [event for event in tape.events if event["type"] == "message_delta"]
        body = {**start, **end["delta"], "usage": {**start["usage"], **end["usage"]}}
    else:
        body = json.loads(tape.text)
    usage = body["usage"]
    cached, written = usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]
    told = {
        "gen_ai.response.model": body["model"],
        "gen_ai.response.finish_reasons": [REASONS[body["stop_reason"]]],
        "gen_ai.usage.input_tokens": usage["input_tokens"] + cached + written,
        "gen_ai.usage.output_tokens": usage["output_tokens"],
        "gen_ai.usage.cache_read.input_tokens": cached or None,
        "gen_ai.usage.cache_write.input_tokens": written or None,
    }
    return {key: value for key, value in told.items() if value is not None}


@pytest.mark.parametrize("tape", ANTHROPIC, ids=str)
def test_an_answer_of_anthropic_is_told_as_it_was(recorder: Recorder, tape: Interaction) -> None:
    stream = "event-stream" in tape.kind
    read(
        litellm.completion(
            model=f"anthropic/{json.loads(tape.request_body)['model']}",
            messages=[{"role": "user", "content": "Hello there"}],
            api_key="test",
            client=HTTPHandler(client=answering(tape)),
            **({"stream": True} if stream else {}),
        )
    )
    found = recorder.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"]) == ("anthropic", "api.anthropic.com")
    judge(recorder, facts(tape), streamed=stream)
