# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/litellm/test_litellm_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import litellm
import openai
import pytest
from dirty_equals import IsFloat

from asking import HELLO, WEATHER
from cassette import ADDRESS, LINE, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
BASE_URL = f"{ADDRESS}/v1"
MODEL = "openai/gpt-4o-mini"
CHAT = {
    **SERVER,
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "openai.api.type": "chat_completions",
    "openai.response.service_tier": "default",
    "openai.response.system_fingerprint": "fp_b0be28e052",
}


@pytest.fixture
def there(proxy: str | None) -> Iterator[dict[str, Any]]:
    """Return the arguments that lead to the fixed address."""
    with openai.OpenAI(
        base_url=BASE_URL, api_key="test", max_retries=0, http_client=httpx.Client(verify=False, proxy=proxy)
    ) as client:
        yield {"client": client, "api_base": BASE_URL}


@pytest.fixture
async def athere(proxy: str | None) -> AsyncIterator[dict[str, Any]]:
    """Return the same for asynchronous calls."""
    async with openai.AsyncOpenAI(
        base_url=BASE_URL,
        api_key="test",
        max_retries=0,
        http_client=httpx.AsyncClient(verify=False, proxy=proxy),
    ) as client:
        yield {"client": client, "api_base": BASE_URL}


@pytest.mark.default_cassette("chat.yaml")
def test_a_chat_from_a_cassette(traced: Recorder, there: dict[str, Any]) -> None:
    answer = litellm.completion(model=MODEL, messages=HELLO, **there)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("chat.yaml")
async def test_an_asynchronous_chat_from_a_cassette(traced: Recorder, athere: dict[str, Any]) -> None:
    answer = await litellm.acompletion(model=MODEL, messages=HELLO, **athere)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": answer.id,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_streamed_chat_from_a_cassette(traced: Recorder, there: dict[str, Any]) -> None:
    chunks = list(
        litellm.completion(
            model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}, **there
        )
    )
    found = traced.attributes()
    found.setdefault("gen_ai.response.model", CHAT["gen_ai.response.model"])
    assert found == {
        **CHAT,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": chunks[0].id,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("chat_tools.yaml")
def test_a_tool_call_from_a_cassette(shown: Recorder, there: dict[str, Any]) -> None:
    answer = litellm.completion(
        model=MODEL, messages=[{"role": "user", "content": "Weather in Rome?"}], tools=[WEATHER], **there
    )
    (call,) = answer.choices[0].message.tool_calls
    assert shown.attributes()["gen_ai.output.messages"] == (
        f'[{{"role":"assistant","parts":[{{"type":"tool_call","id":"{call.id}",'
        '"name":"get_weather","arguments":{"city":"Rome"}}],"finish_reason":"tool_call"}]'
    )


@pytest.mark.default_cassette("embeddings.yaml")
def test_an_embedding_from_a_cassette(traced: Recorder, there: dict[str, Any]) -> None:
    litellm.embedding(
        model="openai/text-embedding-3-small",
        input=["Hello there"],
        encoding_format="float",
        dimensions=8,
        **there,
    )
    assert traced.attributes() == {
        **SERVER,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_404.yaml")
def test_a_model_that_is_not_there_from_a_cassette(traced: Recorder, there: dict[str, Any]) -> None:
    with pytest.raises(litellm.NotFoundError):
        litellm.completion(model="openai/error:404", messages=HELLO, **there)
    assert traced.attributes() == {
        **SERVER,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "error:404",
        "openai.api.type": "chat_completions",
        "error.type": "litellm.exceptions.NotFoundError",
    }
