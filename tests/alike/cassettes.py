# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them.

They are made again, by the reference provider, with the library's lane and

    pytest --record-mode=rewrite tests/libraries/<library>/test_<library>_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from dirty_equals import IsFloat

from alike.sdk import SDK
from asking import WEATHER
from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

USAGE = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")


@pytest.fixture
def replaying(sdk: SDK, proxy: str | None) -> Iterator[Any]:
    """Return a client of the fixed address."""
    with httpx.Client(verify=False, proxy=proxy) as sender:
        yield sdk.client(
            base_url=f"{ADDRESS}{sdk.path}",
            api_key="test",
            **{"max_retries": 0, **sdk.options, "http_client": sender},
        )


@pytest.fixture
async def areplaying(sdk: SDK, proxy: str | None) -> AsyncIterator[Any]:
    """Return its asynchronous twin."""
    async with httpx.AsyncClient(verify=False, proxy=proxy) as sender:
        yield sdk.aclient(
            base_url=f"{ADDRESS}{sdk.path}",
            api_key="test",
            **{"max_retries": 0, **sdk.options, "http_client": sender},
        )


@pytest.mark.vcr
@pytest.mark.default_cassette("chat.yaml")
def test_a_chat(sdk: SDK, traced: Recorder, replaying: Any) -> None:
    answer = sdk.chat(replaying)
    counts = dict(zip(USAGE, (answer.usage.prompt_tokens, answer.usage.completion_tokens), strict=True))
    assert traced.attributes() == {**sdk.answer, **SERVER, **counts, "gen_ai.response.id": answer.id}


@pytest.mark.vcr
@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_chat_stream(sdk: SDK, traced: Recorder, replaying: Any) -> None:
    chunks = list(sdk.chat(replaying, stream=True))
    found = traced.attributes()
    counts = {key: found[key] for key in USAGE} if sdk.usage_unasked else {}
    assert found == {
        **sdk.answer,
        **SERVER,
        **counts,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": chunks[0].id,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.vcr
@pytest.mark.default_cassette("chat_stream.yaml")
async def test_the_same_stream_asynchronously(sdk: SDK, traced: Recorder, areplaying: Any) -> None:
    chunks = [chunk async for chunk in await sdk.chat(areplaying, stream=True)]
    assert traced.attributes()["gen_ai.response.id"] == chunks[0].id


@pytest.mark.vcr
@pytest.mark.default_cassette("tool_call.yaml")
def test_a_call_of_a_tool(sdk: SDK, shown: Recorder, replaying: Any) -> None:
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    answer = sdk.chat(replaying, messages=question, tools=[WEATHER])
    (call,) = answer.choices[0].message.tool_calls
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert found["gen_ai.output.messages"] == (
        f'[{{"role":"assistant","parts":[{{"type":"tool_call","id":"{call.id}","name":"get_weather",'
        '"arguments":{"city":"Paris"}}],"finish_reason":"tool_call"}]'
    )


@pytest.mark.vcr
@pytest.mark.default_cassette("error_404.yaml")
def test_a_model_that_is_not_there(sdk: SDK, traced: Recorder, replaying: Any) -> None:
    with pytest.raises(sdk.module.NotFoundError):
        sdk.chat(replaying, model="error:404")
    assert traced.attributes()["error.type"] == sdk.error("NotFoundError")
