# SPDX-License-Identifier: Apache-2.0
"""The Responses API: create, parse and stream, state kept by the provider, and built-in tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsFloat
from pydantic import BaseModel

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "input": "Hello there"}
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": False,
}
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


class Trip(BaseModel):
    """A structured answer."""

    city: str
    days: int


def test_a_response_is_one_chat_span(traced: Recorder, client: openai.OpenAI, server: dict[str, Any]) -> None:
    answer = client.responses.create(**ASK)
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


async def test_an_awaited_response_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    answer = await aclient.responses.create(**ASK)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_what_was_asked_of_a_response_is_told(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    answer = client.responses.create(
        **ASK,
        instructions="Be brief.",
        max_output_tokens=900,
        temperature=0.5,
        top_p=0.9,
        reasoning={"effort": "low"},
        service_tier="priority",
        text={"format": {"type": "text"}},
        prompt={"id": "pmpt_1", "version": "3"},
    )
    assert answer.usage is not None
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(answer),
        "gen_ai.output.type": "text",
        "gen_ai.prompt.name": "pmpt_1",
        "gen_ai.prompt.version": "3",
        "gen_ai.request.max_tokens": 900,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.usage.reasoning.output_tokens": answer.usage.output_tokens_details.reasoning_tokens,
        "openai.request.service_tier": "priority",
        "openai.response.service_tier": "priority",
    }


def test_a_streamed_response_tells_what_an_unstreamed_one_tells(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    events = list(client.responses.create(**ASK, stream=True))
    last: Any = events[-1]
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(last.response),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


async def test_an_asynchronous_streamed_response_tells_the_same(
    traced: Recorder, aclient: openai.AsyncOpenAI, server: dict[str, Any]
) -> None:
    stream = await aclient.responses.create(**ASK, stream=True)
    last: Any = [event async for event in stream][-1]
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        **used(last.response),
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


def test_a_parsed_response_is_asked_for_as_json(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    answer = client.responses.parse(**ASK, text_format=Trip)
    assert answer.output_parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


async def test_a_parsed_response_can_be_awaited(
    traced: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    provider.say(Reply(text='{"city": "Rome", "days": 3}'))
    answer = await aclient.responses.parse(**ASK, text_format=Trip)
    assert answer.output_parsed == Trip(city="Rome", days=3)
    assert traced.attributes()["gen_ai.output.type"] == "json"


def test_a_raw_response_of_responses_has_its_usage(traced: Recorder, client: openai.OpenAI) -> None:
    raw = client.responses.with_raw_response.create(**ASK)
    answer = raw.parse()
    assert answer.usage is not None
    assert traced.attributes()["gen_ai.usage.output_tokens"] == answer.usage.output_tokens


def test_a_response_to_a_stored_one_names_it(traced: Recorder, client: openai.OpenAI) -> None:
    first = client.responses.create(**ASK)
    client.responses.create(model="gpt-4o-mini", input="And then?", previous_response_id=first.id)
    asked = [(span.attributes or {}).get("gen_ai.request.previous_response.id") for span in traced.spans]
    assert asked == [None, first.id]


@pytest.mark.parametrize("conversation", ["conv_1", {"id": "conv_1"}])
def test_a_response_in_a_stored_conversation_names_it(
    traced: Recorder, client: openai.OpenAI, conversation: Any
) -> None:
    client.responses.create(**ASK, conversation=conversation)
    assert traced.attributes()["gen_ai.conversation.id"] == "conv_1"


def test_a_response_that_calls_functions_ends_in_a_call(traced: Recorder, client: openai.OpenAI) -> None:
    answer = client.responses.create(
        model="gpt-4o-mini", input="What is the weather in Paris?", tools=[WEATHER]
    )
    assert any(item.type == "function_call" for item in answer.output)
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["tool_call"]


def test_a_turn_of_functions_is_two_calls(traced: Recorder, client: openai.OpenAI) -> None:
    history: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.responses.create(model="gpt-4o-mini", input=history, tools=[WEATHER])
    history += first.output
    history += [
        {"type": "function_call_output", "call_id": item.call_id, "output": "18 degrees"}
        for item in first.output
        if item.type == "function_call"
    ]
    client.responses.create(model="gpt-4o-mini", input=history, tools=[WEATHER])
    reasons = [list((span.attributes or {})["gen_ai.response.finish_reasons"]) for span in traced.spans]
    assert reasons == [["tool_call"], ["stop"]]


@pytest.mark.parametrize(
    ("tool", "call"),
    [
        ({"type": "web_search"}, "web_search_call"),
        ({"type": "file_search", "vector_store_ids": ["vs_1"]}, "file_search_call"),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, "code_interpreter_call"),
        ({"type": "image_generation"}, "image_generation_call"),
        (
            {"type": "mcp", "server_label": "shop", "server_url": "https://shop.example.com/mcp"},
            "mcp_call",
        ),
    ],
)
def test_what_a_built_in_tool_did_is_a_part_of_the_answer(
    shown: Recorder, client: openai.OpenAI, tool: Any, call: str
) -> None:
    """Executed by the provider, so it is no call that the answer ends in."""
    answer = client.responses.create(model="gpt-4o-mini", input="Look this up please", tools=[tool])
    assert call in {item.type for item in answer.output}
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert call in [
        part["server_tool_call"]["type"] for part in message["parts"] if part["type"] == "server_tool_call"
    ]


def test_instructions_are_apart_from_the_history(shown: Recorder, client: openai.OpenAI) -> None:
    client.responses.create(**ASK, instructions="Be brief.")
    found = shown.attributes()
    assert found["gen_ai.system_instructions"] == '[{"type":"text","content":"Be brief."}]'
    assert found["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"Hello there"}]}]'
    )


def test_the_responses_of_the_beta_namespace_are_responses_too(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    """Their paths carry a query."""
    beta: Any = getattr(client.beta, "responses", None)
    if beta is None:
        pytest.skip("this version of the SDK has no beta responses")
    answer = beta.create(**ASK)
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}
