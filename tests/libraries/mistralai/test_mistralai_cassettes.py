# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/mistralai/test_mistralai_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr

from asking import HELLO, WEATHER
from cassette import ADDRESS, LINE, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
MODEL = "mistral-small-latest"
HERE = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "mistral_ai",
    **SERVER,
}
CHAT = {
    **HERE,
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex="[0-9a-f]{32}"),
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}


@pytest.fixture
def fixed(proxy: str | None, sdk: Any) -> Iterator[Any]:
    """Return a client of the fixed address."""
    with sdk.httpx.Client(verify=False, proxy=proxy) as http:
        yield sdk.Mistral(api_key="test", server_url=ADDRESS, client=http)


def unsampled(recorder: Recorder) -> dict[str, Any]:
    """Leave out the sampling parameters that old versions of the SDK send by themselves."""
    found = recorder.attributes()
    for name in ("temperature", "top_p"):
        found.pop(f"gen_ai.request.{name}", None)
    return found


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, fixed: Any) -> None:
    fixed.chat.complete(model=MODEL, messages=HELLO)
    assert unsampled(traced) == {**CHAT, "gen_ai.response.finish_reasons": ["stop"]}


@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_chat_stream(traced: Recorder, fixed: Any) -> None:
    list(fixed.chat.stream(model=MODEL, messages=HELLO))
    assert unsampled(traced) == {
        **CHAT,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
    }


@pytest.mark.default_cassette("tools.yaml")
def test_a_turn_of_tools(traced: Recorder, fixed: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = fixed.chat.complete(model=MODEL, messages=messages, tools=[WEATHER])
    (call,) = first.choices[0].message.tool_calls
    answer = {"role": "tool", "name": "get_weather", "tool_call_id": call.id, "content": "18 degrees"}
    fixed.chat.complete(model=MODEL, messages=[*messages, first.choices[0].message, answer], tools=[WEATHER])
    told = [(span.attributes or {})["gen_ai.response.finish_reasons"] for span in traced.spans]
    assert told == [("tool_call",), ("stop",)]


@pytest.mark.default_cassette("agent.yaml")
def test_an_agent(traced: Recorder, fixed: Any) -> None:
    fixed.agents.complete(agent_id="ag_test", messages=HELLO)
    assert unsampled(traced) == {
        **HERE,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.id": "ag_test",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("conversation_stream.yaml")
def test_a_streamed_conversation(traced: Recorder, fixed: Any) -> None:
    list(fixed.beta.conversations.start_stream(model="mistral-medium-latest", inputs="Hello there"))
    assert traced.attributes() == {
        **HERE,
        "gen_ai.request.model": "mistral-medium-latest",
        "gen_ai.request.stream": True,
        "gen_ai.conversation.id": IsStr(regex="conv_[0-9a-f]{32}"),
        "gen_ai.response.model": "mistral-medium-latest",
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder, fixed: Any) -> None:
    fixed.embeddings.create(model="codestral-embed", inputs="Hello there", output_dimension=8)
    assert traced.attributes() == {
        **HERE,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "codestral-embed",
        "gen_ai.response.model": "codestral-embed",
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_401.yaml")
def test_a_refused_key(traced: Recorder, fixed: Any, sdk: Any) -> None:
    with pytest.raises(sdk.errors.SDKError) as raised:
        fixed.chat.complete(model="error:401", messages=HELLO)
    kind = type(raised.value)
    assert unsampled(traced) == {
        **HERE,
        "gen_ai.request.model": "error:401",
        "error.type": f"{kind.__module__}.{kind.__qualname__}",
    }
