# SPDX-License-Identifier: Apache-2.0
"""Responses, read by the real SDK."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

import openai
import pytest

from provider.offers import BOTH, RESPONSE_TOOLS, Trip
from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from openai.types.responses import Response

BUILT_IN: list[Any] = [
    {"type": "web_search"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {
        "type": "mcp",
        "server_label": "wiki",
        "server_url": "https://wiki.example.com",
        "require_approval": "never",
    },
    {"type": "image_generation"},
]


def kinds(events: Any) -> list[str]:
    """The types of events, equal neighbours once."""
    return [kind for kind, _ in groupby(event.type for event in events)]


def adds_up(response: Response) -> bool:
    assert response.usage
    assert response.usage.input_tokens_details.cached_tokens <= response.usage.input_tokens
    assert response.usage.output_tokens_details.reasoning_tokens <= response.usage.output_tokens
    return response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0


def test_a_plain_response_is_complete(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="gpt-5.5", input="Hello there", instructions="Be brief.", metadata={"k": "v"}, temperature=0.5
    )
    assert (response.status, response.model) == ("completed", "gpt-5.5-2026-04-23")
    assert (response.instructions, response.metadata, response.temperature) == ("Be brief.", {"k": "v"}, 0.5)
    assert "Hello there" in response.output_text
    assert adds_up(response)


async def test_the_async_client_gets_the_same(async_client: openai.AsyncOpenAI) -> None:
    assert adds_up(await async_client.responses.create(model="gpt-4o", input="Hi"))


def test_a_stream_has_the_order_of_the_provider(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="gpt-4o", input="Hi", stream=True))
    assert kinds(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    assert adds_up(events[-1].response)
    assert events[-1].response.output_text == client.responses.create(model="gpt-4o", input="Hi").output_text


def test_reasoning_is_streamed_as_a_summary(client: openai.OpenAI) -> None:
    events = list(
        client.responses.create(
            model="gpt-5", input="Hi", stream=True, reasoning={"effort": "low", "summary": "auto"}
        )
    )
    assert kinds(events)[2:8] == [
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
    ]


def test_reasoning_can_be_asked_for_in_encrypted_form(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="o4-mini", input="Hi", store=False, include=["reasoning.encrypted_content"]
    )
    reasoning: Any = response.output[0]
    assert (reasoning.type, reasoning.summary) == ("reasoning", [])
    assert reasoning.encrypted_content
    assert adds_up(response)


def test_a_tool_loop_ends_with_an_answer_that_quotes(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input=BOTH, tools=RESPONSE_TOOLS)
    calls: list[Any] = list(response.output)
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("get_weather", {"city": "Paris"}),
        ("get_local_time", {"city": "Tokyo"}),
    ]
    results: list[Any] = [
        {"type": "function_call_output", "call_id": call.call_id, "output": f"{call.name} is fine."}
        for call in calls
    ]
    answer = client.responses.create(
        model="gpt-4o", input=results, tools=RESPONSE_TOOLS, previous_response_id=response.id
    )
    assert answer.output_text == "Here is what I found: get_weather is fine. get_local_time is fine."
    assert answer.previous_response_id == response.id


def test_a_function_call_is_streamed_in_deltas(client: openai.OpenAI) -> None:
    with client.responses.stream(model="gpt-4o", input="Weather in Rome?", tools=RESPONSE_TOOLS) as stream:
        events = list(stream)
        final: Any = stream.get_final_response()
    assert kinds(events)[2:6] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
    ]
    assert final.output[0].arguments == '{"city":"Rome"}'


async def test_the_async_stream_helper_parses_the_schema(async_client: openai.AsyncOpenAI) -> None:
    async with async_client.responses.stream(
        model="gpt-4o", input="A trip to Rome for 3 days", text_format=Trip
    ) as stream:
        final = await stream.get_final_response()
    assert final.output_parsed
    assert final.output_parsed.days == 3


def test_parse_gets_an_answer_that_is_valid_for_the_schema(client: openai.OpenAI) -> None:
    response = client.responses.parse(model="gpt-4o", input="A trip to Rome for 3 days", text_format=Trip)
    assert response.output_parsed
    assert response.output_parsed.city == "Rome"


def test_a_custom_tool_takes_plain_text(client: openai.OpenAI) -> None:
    tool: Any = {"type": "custom", "name": "run_query", "description": "Run a database query."}
    events: list[Any] = list(
        client.responses.create(model="gpt-4o", input="Run a database query", tools=[tool], stream=True)
    )
    assert "response.custom_tool_call_input.delta" in kinds(events)
    assert events[-1].response.output[0].input == "Run a database query"


def test_each_built_in_tool_is_called_once(client: openai.OpenAI) -> None:
    response = client.responses.create(
        model="gpt-4o",
        input="Look it up",
        tools=BUILT_IN,
        include=[
            "file_search_call.results",
            "code_interpreter_call.outputs",
            "web_search_call.action.sources",
        ],
    )
    output: list[Any] = list(response.output)
    assert [item.type for item in output] == [
        "web_search_call",
        "file_search_call",
        "code_interpreter_call",
        "mcp_list_tools",
        "mcp_call",
        "image_generation_call",
        "message",
    ]
    assert output[1].results[0].filename == "reference.txt"
    assert output[2].outputs[0].logs == "42\n"
    assert output[-1].content[0].annotations[0].type == "url_citation"


def test_the_calls_of_built_in_tools_are_streamed(client: openai.OpenAI) -> None:
    told = kinds(client.responses.create(model="gpt-4o", input="Look it up", tools=BUILT_IN, stream=True))
    for kind, states in {
        "web_search_call": ("in_progress", "searching", "completed"),
        "file_search_call": ("in_progress", "searching", "completed"),
        "code_interpreter_call": ("in_progress", "interpreting", "completed"),
        "mcp_list_tools": ("in_progress", "completed"),
        "mcp_call": ("in_progress", "completed"),
        "image_generation_call": ("in_progress", "generating", "completed"),
    }.items():
        places = [told.index(f"response.{kind}.{state}") for state in states]
        assert places == sorted(places)


def test_an_mcp_tool_can_ask_for_approval(client: openai.OpenAI) -> None:
    tool: Any = {**BUILT_IN[3], "require_approval": "always"}
    response = client.responses.create(model="gpt-4o", input="Hi", tools=[tool])
    assert response.output[1].type == "mcp_approval_request"


def test_a_background_response_moves_on_when_asked(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input="Hi", background=True)
    told = [client.responses.retrieve(response.id) for _ in range(3)]
    assert [response.status, *(each.status for each in told)] == [
        "queued",
        "in_progress",
        "completed",
        "completed",
    ]
    assert [each.usage is None for each in told] == [True, False, False]


def test_a_background_response_can_be_cancelled(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input="Hi", background=True)
    assert client.responses.cancel(response.id).status == "cancelled"
    assert client.responses.retrieve(response.id).status == "cancelled"
    plain = client.responses.create(model="gpt-4o", input="Hi")
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(plain.id)


def test_a_stream_can_be_taken_up_again(client: openai.OpenAI) -> None:
    first = client.responses.create(model="gpt-4o", input="Hi", background=True, stream=True)
    events: list[Any] = list(first)
    assert kinds(events)[:3] == ["response.created", "response.queued", "response.in_progress"]
    again = client.responses.retrieve(events[0].response.id, stream=True, starting_after=4)
    assert [event.sequence_number for event in again] == list(range(5, len(events)))


def test_a_stored_response_can_be_read_listed_and_deleted(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input=[{"role": "user", "content": "Hi"}])
    assert client.responses.retrieve(response.id) == response
    items: list[Any] = list(client.responses.input_items.list(response.id))
    assert items[0].content[0].text == "Hi"
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)


def test_what_is_not_stored_is_not_found(client: openai.OpenAI) -> None:
    response = client.responses.create(model="gpt-4o", input="Hi", store=False)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="gpt-4o", input="Go on", previous_response_id=response.id)
    assert caught.value.code == "previous_response_not_found"


def test_a_conversation_is_remembered(client: openai.OpenAI) -> None:
    for text in ("My favourite colour is teal.", "What is my favourite colour?"):
        response = client.responses.create(model="gpt-4o", input=text, conversation="conv_1")
    assert response.output_text == "My favourite colour is teal."
    assert response.conversation
    assert response.conversation.id == "conv_1"


def test_compaction_keeps_what_the_user_said(client: openai.OpenAI) -> None:
    compacted = client.responses.compact(model="gpt-4o", input="A long story")
    assert [item.type for item in compacted.output] == ["message", "compaction"]
    assert compacted.usage.total_tokens == compacted.usage.input_tokens + compacted.usage.output_tokens


def test_input_tokens_agree_with_the_usage(client: openai.OpenAI) -> None:
    counted = client.responses.input_tokens.count(model="gpt-4o", input="Hello there")
    response = client.responses.create(model="gpt-4o", input="Hello there")
    assert response.usage
    assert counted.input_tokens == response.usage.input_tokens


def test_a_response_at_its_limit_is_incomplete(client: openai.OpenAI) -> None:
    events: list[Any] = list(
        client.responses.create(model="gpt-4o", input="Hi", max_output_tokens=16, stream=True)
    )
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.incomplete_details.reason == "max_output_tokens"


def test_a_refusal_is_a_part_of_its_own(client: openai.OpenAI) -> None:
    events: list[Any] = list(client.responses.create(model="gpt-4o", input="refuse to answer", stream=True))
    assert {"response.refusal.delta", "response.refusal.done"} <= set(kinds(events))
    assert events[-1].response.output[0].content[0].type == "refusal"


def test_a_failed_response_can_be_scripted(provider: Provider, client: openai.OpenAI) -> None:
    provider.say(Reply(status="failed"), Reply(status="failed"))
    response = client.responses.create(model="gpt-4o", input="Hi")
    assert response.status == "failed"
    assert response.error
    assert response.error.code == "server_error"
    assert kinds(client.responses.create(model="gpt-4o", input="Hi", stream=True))[-1] == "response.failed"


def test_items_and_calls_can_be_scripted(provider: Provider, client: openai.OpenAI) -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search"}}
    provider.say(Reply(items=[item], tool_calls=[ToolCall("look", {"at": 1}, id="call_1")]))
    output: list[Any] = list(client.responses.create(model="gpt-4o", input="Hi").output)
    assert [each.type for each in output] == ["web_search_call", "function_call"]
    assert output[1].call_id == "call_1"
