# SPDX-License-Identifier: Apache-2.0
"""Content, tools and pictures: only when asked for, in the conventions' shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import xai_sdk
from xai_sdk.chat import assistant, image, system, tool, tool_result, user

from wires.xai import answer, chunks, said

if TYPE_CHECKING:
    from harness import Recorder
    from wires.xai import Xai

MODEL = "grok-4"
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}}
ASKED: dict[str, Any] = {
    "model": MODEL,
    "messages": [system("Be kind SECRET"), user("Look SECRET", image("https://images.test/a.png"))],
    "tools": [tool("get_weather", "Tell the weather", WEATHER)],
}
CALLED = {
    "id": "call_1",
    "function": {"name": "get_weather", "arguments": '{"city": "SECRET Oslo"}'},
}
SEARCHED = {
    "id": "ws_1",
    "type": "TOOL_CALL_TYPE_WEB_SEARCH_TOOL",
    "function": {"name": "web_search", "arguments": '{"query": "Oslo"}'},
}
# What an answer holds when the provider has searched by itself: the model's turn, the tool's, the model's again.
AGENTIC = (
    said("", tool_calls=[SEARCHED]),
    {
        "finish_reason": "REASON_INVALID",
        "message": {"role": "ROLE_TOOL", "content": "Rain", "tool_calls": [SEARCHED]},
    },
    said("It rains in Oslo"),
)
MESSAGE = [
    {
        "role": "assistant",
        "parts": [
            {
                "type": "server_tool_call",
                "name": "web_search",
                "server_tool_call": {"type": "web_search", "arguments": {"query": "Oslo"}},
                "id": "ws_1",
            },
            {
                "type": "server_tool_call_response",
                "server_tool_call_response": {"type": "web_search", "content": "Rain"},
                "id": "ws_1",
            },
            {"type": "text", "content": "It rains in Oslo"},
        ],
        "finish_reason": "stop",
    }
]


def shape(value: Any) -> Any:
    """Return content without the order of keys."""
    return json.loads(value)


def test_nothing_of_the_content_leaves_unless_asked_for(
    traced: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    provider.say(answer(said("SECRET", tool_calls=[CALLED])), chunks(said("SECRET")))
    client.chat.create(**ASKED).sample()
    list(client.chat.create(**ASKED).stream())
    assert "SECRET" not in traced.everything()


def test_prompt_and_tools_are_content(shown: Recorder, client: xai_sdk.Client) -> None:
    client.chat.create(**ASKED).sample()
    found = shown.attributes()
    assert shape(found["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be kind SECRET"}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "Look SECRET"},
                {"type": "uri", "modality": "image", "uri": "https://images.test/a.png"},
            ],
        },
    ]
    assert shape(found["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]


def test_a_tool_call_and_its_result_are_content(
    shown: Recorder, client: xai_sdk.Client, provider: Xai
) -> None:
    called = {**said("", tool_calls=[CALLED]), "finish_reason": "REASON_TOOL_CALLS"}
    provider.say(answer(called))
    chat = client.chat.create(**ASKED)
    chat.append(chat.sample())
    chat.append(tool_result("Rain"))
    chat.sample()
    first, second = [dict(span.attributes or {}) for span in shown.spans]
    assert first["gen_ai.response.finish_reasons"] == ("tool_call",)
    call = {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "SECRET Oslo"}}
    assert shape(first["gen_ai.output.messages"])[0]["parts"] == [call]
    *_, asked, told = shape(second["gen_ai.input.messages"])
    assert (asked["parts"], told["parts"][0]["response"]) == ([call], "Rain")


def test_a_streamed_tool_call_is_content(shown: Recorder, client: xai_sdk.Client, provider: Xai) -> None:
    provider.say(chunks(said("", tool_calls=[CALLED])))
    list(client.chat.create(**ASKED).stream())
    (message,) = shape(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"][0]["arguments"] == {"city": "SECRET Oslo"}


def test_reasoning_is_content(shown: Recorder, client: xai_sdk.Client, provider: Xai) -> None:
    provider.say(answer(said("Yes", reasoning_content="Hm")))
    client.chat.create(**ASKED).sample()
    (message,) = shape(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "reasoning", "content": "Hm"}, {"type": "text", "content": "Yes"}]


def test_reasoning_that_is_sent_back_is_content(shown: Recorder, client: xai_sdk.Client) -> None:
    earlier = assistant("Yes")
    earlier.reasoning_content = "Hm"
    client.chat.create(MODEL, messages=[user("Well?"), earlier, user("Sure?")]).sample()
    message = shape(shown.attributes()["gen_ai.input.messages"])[1]
    assert [part["type"] for part in message["parts"]] == ["reasoning", "text"]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_providers_own_tools_are_turns_of_one_message(
    shown: Recorder, client: xai_sdk.Client, provider: Xai, streamed: bool
) -> None:
    from xai_sdk.tools import web_search

    chat = client.chat.create(MODEL, messages=[user("Rain?")], tools=[web_search()])
    if streamed:
        provider.say(chunks(*AGENTIC))
        list(chat.stream())
    else:
        provider.say(answer(*AGENTIC))
        chat.sample()
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert shape(found["gen_ai.output.messages"]) == MESSAGE
    assert shape(found["gen_ai.tool.definitions"]) == [{"type": "web_search", "name": "web_search"}]


def test_the_header_of_a_remote_tool_server_is_never_content(shown: Recorder, client: xai_sdk.Client) -> None:
    from xai_sdk.tools import mcp

    tools = [mcp(server_url="https://mcp.test/", server_label="files", authorization="SECRET")]
    client.chat.create(MODEL, messages=[user("Hi")], tools=tools).sample()
    assert shape(shown.attributes()["gen_ai.tool.definitions"]) == [{"type": "mcp", "name": "files"}]
    assert "SECRET" not in shown.everything()


def test_a_picture_is_one_span(shown: Recorder, client: xai_sdk.Client, server: dict[str, Any]) -> None:
    client.image.sample("A cat", "grok-imagine-image")
    found = shown.attributes()
    assert shown.tree() == ["generate_content grok-imagine-image"]
    assert found.items() >= {"gen_ai.output.type": "image", **server}.items()
    assert shape(found["gen_ai.output.messages"])[0]["parts"] == [
        {"type": "uri", "modality": "image", "uri": "https://images.test/0.png"}
    ]


def test_a_picture_counts_tokens(traced: Recorder, client: xai_sdk.Client) -> None:
    made = client.image.sample("A cat", "grok-imagine-image")
    assert made.usage.prompt_tokens == traced.attributes()["gen_ai.usage.input_tokens"] == 7


async def test_pictures_are_choices(traced: Recorder, aclient: xai_sdk.AsyncClient) -> None:
    await aclient.image.sample_batch("A cat", "grok-imagine-image", 3)
    assert traced.attributes()["gen_ai.request.choice.count"] == 3


def test_a_search_of_collections_is_a_retrieval(
    shown: Recorder, client: xai_sdk.Client, server: dict[str, Any]
) -> None:
    client.collections.search("Where is SECRET?", ["col_1"], limit=3)
    assert shown.tree() == ["retrieval col_1"]
    assert shown.attributes() == {
        "gen_ai.data_source.id": "col_1",
        "gen_ai.operation.name": "retrieval",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.retrieval.documents": '[{"id":"chunk_1","score":0.5,"content":"Found SECRET"}]',
        "gen_ai.retrieval.query.text": "Where is SECRET?",
        "gen_ai.retrieval.top_k": 3,
        **server,
    }


async def test_an_asynchronous_search_keeps_its_words_to_itself(
    traced: Recorder, aclient: xai_sdk.AsyncClient
) -> None:
    await aclient.collections.search(query="Where is SECRET?", collection_ids=["col_1"])
    assert traced.tree() == ["retrieval col_1"]
    assert "SECRET" not in traced.everything()
