# SPDX-License-Identifier: Apache-2.0
"""A secret may stand wherever an application can put one, and no exported byte holds it; the application gets it whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import openai
import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.tools import StructuredTool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from privacy.conftest import CAPTURE
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

MARK = "[redacted:api_key]"


@pytest.fixture(params=["NO_CONTENT", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"])
def mode(request: pytest.FixtureRequest) -> str:
    """Return each way of capturing content."""
    return request.param


@pytest.fixture(autouse=True)
def instrumented(recorder: Recorder, mode: str) -> None:
    """Instrument all three libraries, with every built-in rule."""
    instrumentors: tuple[Instrumentor, ...] = (
        OpenAIInstrumentor(),
        LangChainInstrumentor(),
        HttpxInstrumentor(),
    )
    wanted = {"SPANWRIGHT_REDACT": "secrets,pii", "SPANWRIGHT_DIALECTS": "openinference,openllmetry"}
    recorder.instrument(*instrumentors, **{CAPTURE: mode, **wanted})


@pytest.fixture
def client(provider: Provider) -> Iterator[openai.OpenAI]:
    """Return a real client that asks the reference provider."""
    with openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=0) as made:
        yield made


@pytest.fixture
def chat(provider: Provider) -> ChatOpenAI:
    """Return a real chat model that asks the reference provider."""
    return ChatOpenAI(model="gpt-4o-mini", base_url=provider.base_url, api_key="test", max_retries=0)


def test_prompt_instructions_tools_and_answer_of_a_model_call(
    client: openai.OpenAI, provider: Provider, secret: str, mode: str, exported: Callable[[], str]
) -> None:
    provider.say(Reply(text=f"It is {secret}.", reasoning=f"He said {secret}."))
    call = {"id": "c1", "type": "function", "function": {"name": secret, "arguments": f'{{"q": "{secret}"}}'}}
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        stop=[f"{secret}-end"],
        user=secret,
        messages=[
            {"role": "system", "content": f"The key is {secret}."},
            {"role": "user", "content": [{"type": "text", "text": f"What is {secret}?"}], "name": secret},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"deep": [{"er": secret}]})},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"https://h.test/{secret}"}}]},
        ],
        tools=[{"type": "function", "function": {"name": secret, "description": secret, "parameters": {
            "type": "object", "properties": {secret: {"type": "string", "default": secret}}}}}],
    )  # fmt: skip
    assert secret in str(answer.choices[0].message.content)
    assert secret not in exported()
    assert MARK in exported()
    assert ("The key is " in exported()) == (mode != "NO_CONTENT")


def test_an_answer_that_comes_in_pieces(
    client: openai.OpenAI, provider: Provider, secret: str, mode: str, exported: Callable[[], str]
) -> None:
    frames = [
        json.dumps({
            "id": "a1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}],
        })
        for piece in ("It is ", *secret, ".")
    ]  # fmt: skip
    provider.say(Reply(events=[*(f"data: {frame}" for frame in frames), "data: [DONE]"]))
    chunks = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "Which?"}], stream=True
    )
    assert secret in "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert secret not in exported()
    assert (f"It is {MARK}." in exported()) == (mode != "NO_CONTENT")


def test_arguments_and_names_of_a_model_s_tool_calls(
    client: openai.OpenAI, provider: Provider, secret: str, mode: str, exported: Callable[[], str]
) -> None:
    call = ToolCall(secret, {"key": secret, "password": "hunter", "n": 7})
    provider.say(Reply(tool_calls=[call]))
    client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "Go"}],
        tools=[{"type": "function", "function": {"name": secret}}],
    )
    found = exported()
    assert (secret in found, "hunter" in found) == (False, False)
    assert ("[redacted:secret_field]" in found) == (mode != "NO_CONTENT")


@pytest.mark.parametrize("stream", [False, True])
def test_the_body_and_the_code_of_an_error(
    client: openai.OpenAI, provider: Provider, secret: str, exported: Callable[[], str], *, stream: bool
) -> None:
    error = {"message": f"Incorrect API key: {secret}", "type": secret, "code": secret, "param": secret}
    provider.say(Reply(http_status=401, body={"error": error}))
    with pytest.raises(openai.AuthenticationError, match=secret):
        client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Go"}], stream=stream
        )
    assert secret not in exported()
    assert MARK in exported()


def test_a_response_its_instructions_and_its_user(
    client: openai.OpenAI, provider: Provider, secret: str, exported: Callable[[], str]
) -> None:
    provider.say(Reply(text=secret))
    client.responses.create(
        model="gpt-4o-mini",
        instructions=secret,
        input=f"Say {secret}",
        metadata={secret: secret},
        user=secret,
    )
    assert secret not in exported()


def test_a_model_s_name(client: openai.OpenAI, secret: str, exported: Callable[[], str]) -> None:
    client.embeddings.create(model=f"text-{secret}", input=secret)
    assert secret not in exported()
    assert MARK in exported()


def test_addresses_and_headers(
    provider: Provider, secret: str, mode: str, recorder: Recorder, exported: Callable[[], str]
) -> None:
    url = f"{provider.url}/bot{secret}/v1/me%40example.com?q={secret}&token={secret}&db_password=hunter"
    with httpx.Client() as client:
        client.get(
            f"{provider.url}/{secret}", headers={"Authorization": f"Bearer {secret}", "X-Mail": secret}
        )
        client.get(
            f"{provider.url}/v1/{secret}/me%40example.com?q={secret}&token={secret}&db_password=hunter"
        )
        client.get(url.replace("bot", "bot/"))
    found = exported()
    assert [word for word in (secret, "example.com", "hunter") if word in found] == []
    assert all(provider.url in str((span.attributes or {})["url.full"]) for span in recorder.spans)


def test_the_text_of_a_failed_request(secret: str, exported: Callable[[], str]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"{secret} and me@example.com at {request.url}", request=request)

    with httpx.Client(transport=httpx.MockTransport(fail)) as client, pytest.raises(httpx.ConnectError):
        client.get("http://gateway.test/")
    assert [word for word in (secret, "me@example.com") if word in exported()] == []


def test_an_agent_its_tools_and_its_thread(
    chat: ChatOpenAI, provider: Provider, secret: str, mode: str, exported: Callable[[], str]
) -> None:
    def look(query: str, password: str) -> str:
        """Look something up."""
        return f"{query} {len(password)} is {secret} of me@example.com"

    tool = StructuredTool.from_function(look, name=secret, description=f"Needs {secret}.")
    call = ToolCall(secret, {"query": secret, "password": "hunter"})
    provider.say(Reply(tool_calls=[call]), Reply(text=f"Done with {secret}."))
    agent = create_agent(chat, [tool], system_prompt=f"Use {secret}.", name=f"agent-{secret}")
    answer = agent.invoke(
        {"messages": [{"role": "user", "content": f"Try {secret}"}]},
        {"configurable": {"thread_id": secret}, "metadata": {secret: secret}},
    )
    assert secret in str(answer["messages"][-1].content)
    found = exported()
    assert [word for word in (secret, "me@example.com", "hunter") if word in found] == []
    assert ("[redacted:secret_field]" in found) == (mode != "NO_CONTENT")


def test_a_tool_that_fails(
    chat: ChatOpenAI, provider: Provider, secret: str, exported: Callable[[], str]
) -> None:
    def look(query: str) -> str:
        """Look something up."""
        raise ValueError(f"refused for {query}")

    provider.say(Reply(tool_calls=[ToolCall("look", {"query": secret})]))
    agent = create_agent(chat, [StructuredTool.from_function(look)])
    with pytest.raises(ValueError, match=secret):
        agent.invoke({"messages": [{"role": "user", "content": "Go"}]})
    assert secret not in exported()


def test_what_is_searched_and_what_is_found(
    provider: Provider, secret: str, mode: str, exported: Callable[[], str]
) -> None:
    embeddings = OpenAIEmbeddings(
        base_url=provider.base_url, api_key="test", check_embedding_ctx_length=False, max_retries=0
    )
    store = InMemoryVectorStore(embeddings)
    store.add_documents(
        [Document(f"The door opens with {secret}.", metadata={"api_key": "hunter", "by": secret})]
    )
    found = store.as_retriever(search_kwargs={"k": 1}).invoke(f"What is {secret}?")
    assert secret in found[0].page_content
    assert [word for word in (secret, "hunter") if word in exported()] == []
    assert ("The door opens" in exported()) == mode.startswith("SPAN")
