# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsStr
from opentelemetry import trace
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, RunContext, direct
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from alike import agents as alike
from alike import weather
from alike.trees import *  # noqa: F403 - the tests that such frameworks have alike
from alike.trees import OWN, TREE, current
from alike.weather import ASK
from asking import ANSWERED
from libraries.pydantic_ai.conftest import VERSION
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.pydantic_ai import PydanticAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


def told(span: Any) -> dict[str, Any]:
    """Return what a span says, but for the conversation, which only newer versions have."""
    return {key: value for key, value in span.attributes.items() if key != "gen_ai.conversation.id"}


async def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Agent, provider: Provider
) -> None:
    result = await forecaster.run(ASK)
    assert result.output == "Here is what I found: It is sunny in Lisbon."
    assert traced.tree() == weather.tree()
    agent, chat, tool, _ = traced.spans
    assert told(agent) == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Forecaster",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    assert told(tool) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": IsStr(regex="call_.+"),
        "gen_ai.agent.name": "Forecaster",
    }
    assert told(chat) == {
        **ANSWERED,
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
        "gen_ai.response.finish_reasons": ("tool_call",),
        "gen_ai.usage.input_tokens": 129,
        "gen_ai.usage.output_tokens": 11,
    }


async def test_without_the_clients_layer_a_call_says_nearly_the_same(
    alone: Recorder, make: Callable[..., Agent]
) -> None:
    await make().run("hi", model_settings={"max_tokens": 50, "temperature": 0.5})
    found = alone.attributes("chat")
    assert found["gen_ai.provider.name"] == "openai"
    assert found["server.address"] == "127.0.0.1"
    assert found["gen_ai.request.max_tokens"] == 50
    assert found["gen_ai.request.temperature"] == 0.5
    assert found["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert found["gen_ai.usage.input_tokens"] > 0


@pytest.mark.needs("a run has a conversation")
async def test_a_conversation_is_that_of_the_run(traced: Recorder, forecaster: Agent) -> None:
    await forecaster.run(ASK, conversation_id="thread-1")
    await forecaster.run("hi")
    conversations = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans]
    assert conversations[:4] == ["thread-1"] * 4
    assert "thread-1" not in conversations[4:]


async def test_usage_is_counted_once(traced: Recorder, forecaster: Agent) -> None:
    result = await forecaster.run(ASK)
    used = result.usage if VERSION >= (2, 0) else result.usage()
    assert {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token")
    } == {"input": used.input_tokens, "output": used.output_tokens}
    on_spans = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(on_spans) == used.input_tokens


@pytest.mark.needs("cached tokens are told")
async def test_cached_and_reasoning_tokens_are_told_without_the_client(
    alone: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    usage = {
        "prompt_tokens": 50,
        "completion_tokens": 20,
        "total_tokens": 70,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 15},
    }
    provider.say(Reply("hi", usage=usage))
    await make().run("hi")
    found = alone.attributes("chat")
    assert found["gen_ai.usage.cache_read.input_tokens"] == 40
    assert found["gen_ai.usage.reasoning.output_tokens"] == 15


# --- every way to run --------------------------------------------------------------------------------------------


async def test_a_streamed_run_has_the_same_tree(traced: Recorder, boss: Agent) -> None:
    async with boss.run_stream(ASK) as result:
        async for _ in result.stream_text():
            assert current() == "invoke_agent Boss"
    assert traced.tree() == TREE
    assert [span.name for span in traced.spans if (span.attributes or {}).get("gen_ai.request.stream")] == [
        "chat gpt-4o-mini"
    ] * 2


async def test_a_run_step_by_step_has_the_same_tree(traced: Recorder, boss: Agent) -> None:
    seen: list[str | None] = []
    async with boss.iter(ASK) as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as stream:
                    seen += [current() async for _ in stream]
    assert traced.tree() == TREE
    assert set(seen) == {"invoke_agent Boss"}
    assert current() is None


async def test_a_run_with_a_handler_of_events_has_the_same_tree(traced: Recorder, boss: Agent) -> None:
    seen: list[str | None] = []

    async def handler(context: Any, events: Any) -> None:
        del context
        seen.extend([current() async for _ in events])

    await boss.run(ASK, event_stream_handler=handler)
    assert traced.tree() == TREE
    assert set(seen) == {"invoke_agent Boss"}


def run_sync(name: str, provider: Provider) -> None:
    """Run an agent as a program does that has no loop, and leave nothing open behind."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    client = openai.AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=0)
    try:
        made = OpenAIProvider(openai_client=client)
        Agent(OpenAIChatModel("gpt-4o-mini", provider=made), name=name).run_sync("hi")
    finally:
        loop.run_until_complete(client.close())
        loop.close()
        asyncio.set_event_loop(None)


def test_a_synchronous_run(traced: Recorder, provider: Provider) -> None:
    run_sync("Forecaster", provider)
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]


def test_synchronous_runs_in_threads_are_siblings(traced: Recorder, provider: Provider) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_sync, ["One", "Two"], [provider] * 2))
    assert sorted(traced.tree()) == [
        "  chat gpt-4o-mini",
        "  chat gpt-4o-mini",
        "invoke_agent One",
        "invoke_agent Two",
    ]


async def test_spans_of_tools_nest_in_their_threads(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    def look() -> str:
        with tracer.start_as_current_span("look up"):
            return "seen"

    provider.say(Reply(tool_calls=[ToolCall("look")]), Reply("Seen."))
    await make(tools=[look]).run("Look.")
    assert traced.tree()[2:4] == ["  execute_tool look", "    look up"]


async def test_what_a_tool_writes_on_the_current_span_gets_there(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def look() -> str:
        trace.get_current_span().set_attribute("app.room", "hall")
        return "seen"

    provider.say(Reply(tool_calls=[ToolCall("look")]), Reply("Seen."))
    await make(tools=[look]).run("Look.")
    assert traced.attributes("execute_tool")["app.room"] == "hall"


async def test_the_responses_api_is_one_call_too(traced: Recorder, client: openai.AsyncOpenAI) -> None:
    model = OpenAIResponsesModel("gpt-4o-mini", provider=OpenAIProvider(openai_client=client))
    await Agent(model, name="Forecaster").run("hi")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]
    assert traced.attributes("chat")["openai.api.type"] == "responses"


async def test_a_model_without_http_is_traced(recorder: Recorder) -> None:
    recorder.instrument(PydanticAIInstrumentor())

    def answer(messages: Any, info: AgentInfo) -> Any:
        from pydantic_ai.messages import ModelResponse, TextPart

        del messages, info
        return ModelResponse(parts=[TextPart("hi")])

    await Agent(FunctionModel(answer), name="Local").run("hi")
    assert recorder.tree()[0] == "invoke_agent Local"
    assert recorder.tree()[1].startswith("  chat function")


# --- what runs beside --------------------------------------------------------------------------------------------


async def test_a_model_that_the_application_asks_in_between_is_another_call(
    traced: Recorder, make: Callable[..., Agent], client: openai.AsyncOpenAI
) -> None:
    async with make().run_stream("hi") as result:
        async for _ in result.stream_text(debounce_by=None):
            await client.chat.completions.create(**OWN)
            break
        await client.chat.completions.create(**OWN)
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "  chat own", "  chat own"]


async def test_a_direct_request_is_a_call_of_its_own(traced: Recorder, model: OpenAIChatModel) -> None:
    await direct.model_request(model, [ModelRequest.user_text_prompt("hi")])
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_a_direct_stream_leaves_its_reader_outside(
    traced: Recorder, model: OpenAIChatModel, client: openai.AsyncOpenAI
) -> None:
    async with direct.model_request_stream(model, [ModelRequest.user_text_prompt("hi")]) as stream:
        async for _ in stream:
            assert current() is None
        await client.chat.completions.create(**OWN)
    assert traced.tree() == ["chat gpt-4o-mini", "chat own"]


async def test_a_fallback_is_named_for_the_model_that_answered(
    traced: Recorder, client: openai.AsyncOpenAI
) -> None:
    made = OpenAIProvider(openai_client=client)
    broken, sound = (OpenAIChatModel(name, provider=made) for name in ("error:500", "gpt-4o-mini"))
    await Agent(FallbackModel(broken, sound), name="Forecaster").run("hi")
    chat = traced.one("chat")
    assert told(chat)["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert told(chat)["gen_ai.provider.name"] == "openai"
    assert "fallback:" not in traced.everything()


# --- outputs -----------------------------------------------------------------------------------------------------


class Forecast(BaseModel):
    """A forecast."""

    city: str


async def test_a_structured_output_is_an_answer_and_no_tool(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("final_result", {"city": "Lisbon"})]))
    result = await make(output_type=Forecast).run(ASK)
    assert result.output == Forecast(city="Lisbon")
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini"]


async def test_an_output_function_is_a_tool(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    def shout(city: str) -> str:
        return city.upper()

    provider.say(Reply(tool_calls=[ToolCall("final_result", {"city": "Lisbon"})]))
    result = await make(output_type=shout).run(ASK)
    assert result.output == "LISBON"
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "  execute_tool final_result"]


async def test_an_output_that_is_refused_is_asked_for_again(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    agent = make(retries=1)

    @agent.output_validator
    def check(context: RunContext[Any], output: str) -> str:
        if "no" in output:
            raise ModelRetry("again")  # noqa: EM101 - as applications write it
        return output

    provider.say(Reply("no"), Reply("yes"))
    assert (await agent.run("Say.")).output == "yes"
    assert traced.tree() == ["invoke_agent Forecaster", "  chat gpt-4o-mini", "  chat gpt-4o-mini"]
    assert all(span.status.is_unset for span in traced.spans)


# --- as in every framework ---------------------------------------------------------------------------------------


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, model: OpenAIChatModel, provider: Provider
) -> None:
    inner = Agent(model, name=alike.GUIDE)

    async def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return (await inner.run(input)).output

    host = Agent(model, name=alike.HOST, tools=[alike.thermometer, guide])
    provider.say(*alike.script())
    recorder.instrument(PydanticAIInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    async with host.run_stream(alike.ASK) as result:
        texts = [text async for text in result.stream_text(debounce_by=None)]
    assert texts[-1] == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)


# --- embeddings --------------------------------------------------------------------------------------------------


@pytest.mark.needs("embeddings")
async def test_an_embedding_is_one_span(traced: Recorder, client: openai.AsyncOpenAI) -> None:
    from pydantic_ai import Embedder
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel

    made = OpenAIEmbeddingModel("text-embedding-3-small", provider=OpenAIProvider(openai_client=client))
    await Embedder(made).embed_query("private")
    assert traced.tree() == ["embeddings text-embedding-3-small"]
    found = traced.attributes()
    assert found["gen_ai.usage.input_tokens"] > 0
    assert found["server.address"] == "127.0.0.1"
    assert "private" not in traced.everything()


@pytest.mark.needs("embeddings")
async def test_an_embedding_without_the_clients_layer(alone: Recorder, client: openai.AsyncOpenAI) -> None:
    from pydantic_ai import Embedder
    from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel

    made = OpenAIEmbeddingModel("text-embedding-3-small", provider=OpenAIProvider(openai_client=client))
    await Embedder(made).embed_query("private")
    found = alone.attributes("embeddings text-embedding-3-small")
    assert found["gen_ai.provider.name"] == "openai"
    assert found["gen_ai.usage.input_tokens"] > 0
