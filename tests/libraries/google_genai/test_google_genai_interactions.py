# SPDX-License-Identifier: Apache-2.0
"""Interactions: each request one span, whole or streamed, and what is fetched later no second inference."""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr

from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

# The SDK calls them experimental at first.
pytestmark = pytest.mark.filterwarnings("ignore:.*xperimental.*")
MODEL = "gemini-2.5-flash"
ANSWERED = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex=r"v1_\w+"),
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(usage: Any) -> dict[str, Any]:
    return {
        "gen_ai.usage.input_tokens": usage.total_input_tokens,
        "gen_ai.usage.output_tokens": usage.total_output_tokens,
        "gen_ai.usage.text.input_tokens": usage.total_input_tokens,
    }


def test_an_interaction_is_one_span(traced: Recorder, client: genai.Client, server: dict[str, Any]) -> None:
    answer = client.interactions.create(model=MODEL, input="Hello there")
    assert traced.one().name == f"generate_content {MODEL}"
    assert traced.attributes() == {**ANSWERED, **server, **used(answer.usage)}


async def test_an_awaited_interaction_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    answer = await client.aio.interactions.create(model=MODEL, input="Hello there")
    assert traced.attributes() == {**ANSWERED, **server, **used(answer.usage)}


def test_a_streamed_interaction_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    *_, last = client.interactions.create(model=MODEL, input="Hello there", stream=True)
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {
        **ANSWERED,
        **server,
        **used(last.interaction.usage),
        "gen_ai.request.stream": True,
    }


async def test_an_asynchronous_streamed_interaction_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    stream = await client.aio.interactions.create(model=MODEL, input="Hello there", stream=True)
    events = [each async for each in stream]
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {
        **ANSWERED,
        **server,
        **used(events[-1].interaction.usage),
        "gen_ai.request.stream": True,
    }


def test_what_was_asked_for_is_told(traced: Recorder, client: genai.Client) -> None:
    client.interactions.create(
        model=MODEL,
        input="Hello there",
        previous_interaction_id="v1_before",
        generation_config={"temperature": 0.5, "max_output_tokens": 200, "thinking_level": "low", "seed": 7},
    )
    found = traced.attributes()
    assert {key: found[key] for key in found if key.startswith("gen_ai.request")} == {
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 200,
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.request.seed": 7,
        "gen_ai.request.previous_response.id": "v1_before",
    }


def test_thoughts_are_part_of_the_output(traced: Recorder, client: genai.Client) -> None:
    answer = client.interactions.create(
        model=MODEL, input="Hello there", generation_config={"thinking_level": "low"}
    )
    told = answer.usage
    found = traced.attributes()
    assert found["gen_ai.usage.reasoning.output_tokens"] == told.total_thought_tokens > 0
    assert found["gen_ai.usage.output_tokens"] == told.total_thought_tokens + told.total_output_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_content_is_told_when_it_is_asked_for(
    shown: Recorder, client: genai.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="It is mild.", reasoning="Think first."))
    answer = client.interactions.create(
        model=MODEL,
        input="How is it?",
        system_instruction="Be brief.",
        **({"stream": True} if stream else {}),
    )
    if stream:
        list(answer)
    found = shown.attributes()
    assert json.loads(found["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be brief."}]
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "How is it?"}]}
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Think first."},
                {"type": "text", "content": "It is mild."},
            ],
            "finish_reason": "stop",
        }
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_of_a_function_is_told(
    shown: Recorder, client: genai.Client, provider: Provider, stream: bool
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"}, "call_1")]))
    answer = client.interactions.create(
        model=MODEL,
        input="How is it?",
        tools=[{"type": "function", "name": "get_weather", "parameters": {"type": "object"}}],
        **({"stream": True} if stream else {}),
    )
    if stream:
        list(answer)
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert json.loads(found["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    assert json.loads(found["gen_ai.output.messages"])[0]["parts"] == [
        {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Oslo"}}
    ]


def test_a_result_of_a_function_is_told(shown: Recorder, client: genai.Client) -> None:
    client.interactions.create(
        model=MODEL,
        input=[{"type": "function_result", "call_id": "call_1", "name": "get_weather", "result": "mild"}],
    )
    assert json.loads(shown.attributes()["gen_ai.input.messages"]) == [
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "mild", "id": "call_1"}]}
    ]


@pytest.mark.parametrize("status", [400, 429, 500])
def test_a_refused_interaction_is_an_error(
    traced: Recorder, client: genai.Client, status: int, provider: Provider
) -> None:
    provider.say(*[Reply(error=status)] * 8)
    create = client.interactions.create
    with pytest.raises(Exception) as raised:
        create(model=MODEL, input="Hello there")
    span = traced.one()
    assert span.status.description is not None
    assert span.status.description.startswith(str(raised.value.status_code))


@pytest.mark.parametrize("way", ["close", "drop", "with"])
def test_a_stream_left_early_ends_its_span(traced: Recorder, client: genai.Client, way: str) -> None:
    stream = client.interactions.create(model=MODEL, input="Hello there", stream=True)
    if way == "with":
        with stream:
            next(stream)
    else:
        next(stream)
    if way == "close":
        stream.close()
    elif way == "drop":
        del stream
        gc.collect()
    assert "error.type" not in traced.attributes()


def test_what_is_fetched_is_no_second_inference(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    made = client.interactions.create(model=MODEL, input="Hello there")
    client.interactions.get(made.id)
    assert traced.tree() == [f"generate_content {MODEL}", "fetch_response"]
    assert traced.attributes("fetch") == {
        **server,
        "gen_ai.operation.name": "fetch_response",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.response.id": made.id,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.status": "completed",
    }


def test_an_agent_of_the_provider_is_a_remote_agent(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    client.interactions.create(agent="deep-research", input="Hello there", background=True)
    assert traced.one().name == "invoke_agent deep-research"
    assert traced.attributes()["gen_ai.agent.name"] == "deep-research"


def test_a_raw_response_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    raw = client.interactions.with_raw_response.create(model=MODEL, input="Hello there")
    assert traced.attributes() == {**ANSWERED, **server, **used(raw.parse().usage)}
