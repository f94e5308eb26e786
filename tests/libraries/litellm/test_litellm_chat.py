# SPDX-License-Identifier: Apache-2.0
"""Completions, whole: the span of each kind of question and answer."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import litellm
import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel

from asking import ANSWERED, HELLO, WEATHER, used
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "openai/gpt-4o-mini"
ERRORS = {
    "error:400": "litellm.exceptions.BadRequestError",
    "error:404": "litellm.exceptions.NotFoundError",
    "error:429": "litellm.exceptions.RateLimitError",
    "error:500": "litellm.exceptions.InternalServerError",
}


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


def test_a_completion_is_one_client_span(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    answer = litellm.completion(model=MODEL, messages=HELLO, **at)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}
    assert traced.one("chat gpt-4o-mini").kind is SpanKind.CLIENT


async def test_an_asynchronous_completion_is_one_client_span(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    answer = await litellm.acompletion(model=MODEL, messages=HELLO, **at)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_arguments_by_position_are_read_as_well(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(MODEL, HELLO, **at)
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_what_was_asked_for_is_told(traced: Recorder, at: dict[str, Any], server: dict[str, Any]) -> None:
    answer = litellm.completion(
        model=MODEL,
        messages=HELLO,
        temperature=0.5,
        top_p=0.9,
        max_tokens=200,
        seed=7,
        stop=["END"],
        frequency_penalty=0.1,
        presence_penalty=0.2,
        **at,
    )
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 200,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
    }


def test_a_class_as_format_is_json(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(
        model=MODEL,
        messages=[{"role": "user", "content": "Plan a trip to Rome for 3 days"}],
        response_format=Trip,
        **at,
    )
    assert traced.attributes()["gen_ai.output.type"] == "json"


def test_cached_and_reasoning_tokens_are_subsets(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    provider.say(
        Reply(
            text="Hm.",
            usage={
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 32},
            },
        )
    )
    litellm.completion(model=MODEL, messages=HELLO, **at)
    found = traced.attributes()
    assert {key: value for key, value in found.items() if ".usage." in key} == {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.usage.reasoning.output_tokens": 32,
    }


def test_tool_calls_and_their_results_are_content(
    shown: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Rome"}, "call_1")]))
    history = [{"role": "user", "content": "Weather in Rome?"}]
    answer = litellm.completion(model=MODEL, messages=history, tools=[WEATHER], **at)
    message = answer.choices[0].message
    result = {"role": "tool", "tool_call_id": "call_1", "content": '{"degrees":21}'}
    litellm.completion(model=MODEL, messages=[*history, message, result], tools=[WEATHER], **at)
    first, second = (json_of(span) for span in shown.spans)
    call = {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Rome"}}
    assert first["gen_ai.output.messages"] == [
        {"role": "assistant", "parts": [call], "finish_reason": "tool_call"}
    ]
    assert second["gen_ai.input.messages"][1:] == [
        {"role": "assistant", "parts": [call]},
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": {"degrees": 21}}],
        },
    ]
    assert first["gen_ai.tool.definitions"] == [{"type": "function", "name": "get_weather"}]


def json_of(span: Any) -> dict[str, Any]:
    """Return the content of a span."""
    names = ("messages", "definitions")
    return {key: json.loads(value) for key, value in span.attributes.items() if key.endswith(names)}


def test_no_content_is_told_unless_asked_for(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(model=MODEL, messages=[{"role": "user", "content": "SECRET"}], **at)
    assert "SECRET" not in traced.everything()


def test_nothing_of_the_callers_is_changed(shown: Recorder, at: dict[str, Any]) -> None:
    history, tools = deepcopy(HELLO), [deepcopy(WEATHER)]
    litellm.completion(model=MODEL, messages=history, tools=tools, **at)
    assert (history, tools) == (HELLO, [WEATHER])


@pytest.mark.parametrize("model", ERRORS)
def test_an_error_keeps_its_class(traced: Recorder, at: dict[str, Any], model: str) -> None:
    with pytest.raises(Exception) as raised:
        litellm.completion(model=f"openai/{model}", messages=HELLO, **at)
    assert f"{type(raised.value).__module__}.{type(raised.value).__qualname__}" == ERRORS[model]
    assert traced.attributes()["error.type"] == ERRORS[model]
    assert traced.one().status.status_code is StatusCode.ERROR


def test_a_failed_call_tells_all_that_was_known(
    traced: Recorder, at: dict[str, Any], server: dict[str, Any]
) -> None:
    with pytest.raises(litellm.AuthenticationError):
        litellm.completion(model=MODEL, messages=HELLO, **{**at, "api_key": "invalid-key"})
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "openai.api.type": "chat_completions",
        "error.type": "litellm.exceptions.AuthenticationError",
    }


async def test_an_asynchronous_error_keeps_its_class(traced: Recorder, at: dict[str, Any]) -> None:
    with pytest.raises(litellm.RateLimitError):
        await litellm.acompletion(model="openai/error:429", messages=HELLO, **at)
    assert traced.attributes()["error.type"] == "litellm.exceptions.RateLimitError"


def test_a_model_of_no_known_provider_is_refused_by_the_library(traced: Recorder) -> None:
    with pytest.raises(litellm.BadRequestError):
        litellm.completion(model="nobody-knows-me", messages=HELLO)
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "litellm",
        "gen_ai.request.model": "nobody-knows-me",
        "error.type": "litellm.exceptions.BadRequestError",
    }


def test_each_retry_of_the_library_is_an_attempt(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    # The SDK inside is given the retries as well: its two requests are one attempt.
    provider.say(Reply(error=500), Reply(error=500))
    litellm.completion(model=MODEL, messages=HELLO, num_retries=1, **at)
    assert [span.status.status_code.name for span in traced.spans] == ["ERROR", "UNSET"]


def test_an_answer_from_the_cache_is_no_model_call(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.cache = litellm.Cache(type="local")
    first = litellm.completion(model=MODEL, messages=HELLO, caching=True, **at)
    second = litellm.completion(model=MODEL, messages=HELLO, caching=True, **at)
    assert first.choices[0].message.content == second.choices[0].message.content
    assert len(traced.spans) == 1


def test_a_mocked_answer_is_told_as_any_other(traced: Recorder) -> None:
    litellm.completion(model=MODEL, messages=HELLO, mock_response="Hi")
    found = traced.attributes()
    assert (found["gen_ai.provider.name"], found["gen_ai.response.finish_reasons"]) == ("openai", ["stop"])


def test_nothing_is_told_while_instrumentation_is_suppressed(traced: Recorder, at: dict[str, Any]) -> None:
    with suppress_instrumentation():
        litellm.completion(model=MODEL, messages=HELLO, **at)
    assert traced.tree() == []


def test_several_models_at_once_are_a_span_each(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.batch_completion(model=MODEL, messages=[HELLO, HELLO], **at)
    assert traced.tree() == ["chat gpt-4o-mini", "chat gpt-4o-mini"]
