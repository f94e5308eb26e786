# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/openrouter/test_openrouter_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from dirty_equals import IsFloat
from openrouter import OpenRouter, errors

from asking import HELLO
from cassette import ADDRESS, LINE, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
MODEL = "mistralai/mistral-small"
CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openrouter",
    **SERVER,
    "gen_ai.request.model": MODEL,
}


@pytest.fixture
def fixed(proxy: str | None) -> Iterator[Any]:
    """Return a client of the fixed address."""
    with httpx.Client(verify=False, proxy=proxy) as http:
        yield OpenRouter(api_key="test", server_url=f"{ADDRESS}/api/v1", client=http)


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, fixed: Any) -> None:
    fixed.chat.send(model=MODEL, messages=HELLO, stream=False)
    found = traced.attributes()
    assert found == {
        **CHAT,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.id": found["gen_ai.response.id"],
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        "openrouter.provider.name": "Reference",
        "openrouter.usage.cost": 0.00012,
    }


@pytest.mark.default_cassette("chat_stream.yaml")
def test_a_chat_stream(traced: Recorder, fixed: Any) -> None:
    list(fixed.chat.send(model=MODEL, messages=HELLO, stream=True))
    found = traced.attributes()
    found.pop("openrouter.usage.cost", None)
    assert found == {
        **CHAT,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.model": MODEL,
        "gen_ai.response.id": found["gen_ai.response.id"],
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_an_embedding(traced: Recorder, fixed: Any) -> None:
    fixed.embeddings.generate(model="openai/text-embedding-3-small", input="Hello there", dimensions=8)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "openai/text-embedding-3-small",
        "gen_ai.response.model": "openai/text-embedding-3-small",
        "gen_ai.embeddings.dimension.count": 8,
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_429.yaml")
def test_a_refusal_of_the_upstream(traced: Recorder, fixed: Any, once: Any) -> None:
    with pytest.raises(errors.OpenRouterError) as raised:
        fixed.chat.send(model="error:429", messages=HELLO, stream=False, **once)
    kind = type(raised.value)
    assert traced.attributes() == {
        **CHAT,
        "gen_ai.request.model": "error:429",
        "error.type": f"{kind.__module__}.{kind.__qualname__}",
    }
