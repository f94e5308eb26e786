# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/llama_index/test_llama_index_cassettes.py

in an environment of a lane. Then the clients reach the provider as their proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

from alike.runs import used
from alike.weather import ASK
from cassette import ADDRESS, LINE
from libraries.llama_index.conftest import HTTP, Named, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE


@pytest.fixture
async def recorded(proxy: str | None) -> AsyncIterator[dict[str, Any]]:
    """Return what points a model at the recorded provider."""
    sync, asynchronous = HTTP.Client(verify=False, proxy=proxy), HTTP.AsyncClient(verify=False, proxy=proxy)
    yield {
        "api_base": f"{ADDRESS}/v1",
        "api_key": "test",
        "max_retries": 0,
        "http_client": sync,
        "async_http_client": asynchronous,
    }
    sync.close()
    await asynchronous.aclose()


def model(recorded: dict[str, Any]) -> OpenAI:
    return OpenAI(model="gpt-4o-mini", **recorded)


@pytest.mark.default_cassette("chat.yaml")
def test_a_recorded_chat(traced: Recorder, recorded: dict[str, Any]) -> None:
    model(recorded).chat([ChatMessage(role="user", content="hi")])
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("stream.yaml")
async def test_a_recorded_stream(traced: Recorder, recorded: dict[str, Any]) -> None:
    async for _ in await model(recorded).astream_chat([ChatMessage(role="user", content="hi")]):
        pass
    assert used(traced) == [("chat gpt-4o-mini", 0, 0)]
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


@pytest.mark.default_cassette("run.yaml")
async def test_a_recorded_run(traced: Recorder, recorded: dict[str, Any]) -> None:
    agent = FunctionAgent(name="Forecaster", llm=model(recorded), tools=[get_weather], streaming=False)
    await agent.run(user_msg=ASK)
    assert [(name, bool(given), bool(made)) for name, given, made in used(traced)] == [
        ("invoke_agent Forecaster", False, False),
        ("chat gpt-4o-mini", True, True),
        ("execute_tool get_weather", False, False),
        ("chat gpt-4o-mini", True, True),
    ]


@pytest.mark.default_cassette("agent_as_tool.yaml")
async def test_a_recorded_agent_as_a_tool(traced: Recorder, recorded: dict[str, Any]) -> None:
    inner = FunctionAgent(name="Forecaster", llm=model(recorded), tools=[get_weather], streaming=False)

    async def ask_weather(question: str) -> str:
        """Ask about the weather of a city."""
        return str(await inner.run(user_msg=question))

    tool = FunctionTool.from_defaults(async_fn=ask_weather)
    boss = FunctionAgent(name="Boss", llm=model(recorded), tools=[tool], streaming=False)
    await boss.run(user_msg=ASK)
    assert traced.tree() == [
        "invoke_agent Boss",
        "  chat gpt-4o-mini",
        "  execute_tool ask_weather",
        "    invoke_agent Forecaster",
        "      chat gpt-4o-mini",
        "      execute_tool get_weather",
        "      chat gpt-4o-mini",
        "  chat gpt-4o-mini",
    ]


@pytest.mark.default_cassette("query.yaml")
def test_a_recorded_query(traced: Recorder, recorded: dict[str, Any]) -> None:
    vectors = OpenAIEmbedding(model="text-embedding-3-small", dimensions=8, **recorded)
    index = VectorStoreIndex.from_documents([Document(text="Cats sleep.")], embed_model=vectors)
    index.as_query_engine(llm=model(recorded)).query("What do cats do?")
    assert traced.tree() == [
        "embeddings text-embedding-3-small",
        "invoke_workflow",
        "  retrieval",
        "    embeddings text-embedding-3-small",
        "  chat gpt-4o-mini",
    ]


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, recorded: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="429"):
        Named(model="error:429", **recorded).chat([ChatMessage(role="user", content="hi")])
    assert traced.attributes()["error.type"] == "openai.RateLimitError"
