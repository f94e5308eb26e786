# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them.

They are made again with `--record-mode=rewrite` in an environment of a lane, by the reference provider as a proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion

from cassette import LINE
from libraries.semantic_kernel.conftest import Weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
BASE_URL = "http://provider.test/v1"


@pytest.fixture
async def recorded(proxy: str | None) -> AsyncIterator[Callable[..., ChatCompletionAgent]]:
    """Return a maker of agents that ask a fixed address."""
    http: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
    async with http.AsyncClient(proxy=proxy) as sender:
        client = openai.AsyncOpenAI(base_url=BASE_URL, api_key="test", max_retries=0, http_client=sender)

        def made(model: str = "gpt-4o-mini", **settings: Any) -> ChatCompletionAgent:
            service = OpenAIChatCompletion(ai_model_id=model, async_client=client)
            return ChatCompletionAgent(name="forecaster", service=service, **settings)

        yield made


@pytest.mark.default_cassette("response.yaml")
async def test_a_response(traced: Recorder, recorded: Callable[..., ChatCompletionAgent]) -> None:
    item = await recorded(plugins=[Weather()]).get_response("What is the weather in Lisbon?")
    assert traced.tree()[:2] == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    usage = item.message.metadata["usage"]
    found = [span.attributes or {} for span in traced.spans if span.name.startswith("chat")]
    assert sum(each["gen_ai.usage.input_tokens"] for each in found) == usage.prompt_tokens


@pytest.mark.default_cassette("stream.yaml")
async def test_a_stream(traced: Recorder, recorded: Callable[..., ChatCompletionAgent]) -> None:
    async for _ in recorded().invoke_stream("hi"):
        pass
    assert traced.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert traced.attributes("chat")["gen_ai.request.stream"] is True


@pytest.mark.default_cassette("error.yaml")
async def test_an_error(traced: Recorder, recorded: Callable[..., ChatCompletionAgent]) -> None:
    with pytest.raises(Exception, match="429"):
        await recorded("error:429").get_response("hi")
    assert [span.status.is_unset for span in traced.spans] == [False, False]
