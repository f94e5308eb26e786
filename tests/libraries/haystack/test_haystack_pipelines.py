# SPDX-License-Identifier: Apache-2.0
"""Pipelines and their components, agents and tools, and the tracer that the application has enabled."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from haystack import Document, Pipeline, component, tracing
from haystack.components.agents import Agent
from haystack.components.builders import ChatPromptBuilder
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.tools import ComponentTool, Tool, create_tool_from_function
from opentelemetry import trace

from alike.runs import errors
from alike.weather import ASK
from libraries.haystack.conftest import AsyncPipeline, get_weather, user
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.haystack import HaystackInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from haystack.components.generators.chat import OpenAIChatGenerator

    from harness import Recorder
    from spanwright.console.provider import Provider

CHAT = "chat gpt-4o-mini"
ONE_TURN = ["invoke_agent", f"  {CHAT}", "  execute_tool get_weather", f"  {CHAT}"]
TEMPLATE = [ChatMessage.from_user("{% for each in documents %}{{ each.content }}{% endfor %} {{ question }}")]


@component
class Failing:
    """Fails."""

    @component.output_types(text=str)
    def run(self, text: str) -> dict[str, Any]:
        raise LookupError(text)


@component
class FixedRanker:
    """Sorts by a model of its own."""

    def __init__(self) -> None:
        self.model = "sorter"
        self.top_k = 1

    @component.output_types(documents=list[Document])
    def run(self, query: str, documents: list[Document]) -> dict[str, Any]:
        return {"documents": documents[:1]}


def rag(llm: OpenAIChatGenerator, kind: Any = Pipeline, **settings: Any) -> Any:
    """Return a pipeline that searches, writes a prompt and asks."""
    store = InMemoryDocumentStore()
    store.write_documents(
        [Document(content="Cats sleep.", id="cats"), Document(content="Dogs bark.", id="dogs")]
    )
    pipeline = kind(**settings)
    pipeline.add_component("retriever", InMemoryBM25Retriever(store, top_k=1))
    pipeline.add_component("prompt", ChatPromptBuilder(template=TEMPLATE, required_variables=["question"]))
    pipeline.add_component("llm", llm)
    pipeline.connect("retriever.documents", "prompt.documents")
    pipeline.connect("prompt.prompt", "llm.messages")
    return pipeline


DATA = {"retriever": {"query": "cats"}, "prompt": {"question": "What do cats do?"}}
RAG = ["  retrieval", "  component prompt", f"  {CHAT}"]


# --- pipelines ---------------------------------------------------------------------------------------------------


def test_a_pipeline_is_a_workflow_with_its_components(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    rag(llm).run(DATA)
    assert traced.tree() == ["invoke_workflow", *RAG]
    assert traced.attributes("invoke_workflow") == {"gen_ai.operation.name": "invoke_workflow"}
    assert traced.attributes("retrieval") == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.top_k": 1,
    }
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_an_async_run_is_traced_alike(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    await rag(llm, AsyncPipeline).run_async(DATA)
    if llm.async_client is not None:
        await llm.async_client.close()
    assert traced.tree() == ["invoke_workflow", *RAG]


async def test_a_run_in_parts_ends_with_the_last_part(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    async for _ in rag(llm, AsyncPipeline).run_async_generator(DATA):
        assert trace.get_current_span() is trace.INVALID_SPAN
    if llm.async_client is not None:
        await llm.async_client.close()
    assert traced.tree() == ["invoke_workflow", *RAG]


async def test_a_run_in_parts_that_is_left_ends(
    traced: Recorder, llm: OpenAIChatGenerator, settle: Callable[[], Any]
) -> None:
    parts = rag(llm, AsyncPipeline).run_async_generator(DATA)
    async for _ in parts:
        break
    await parts.aclose()
    await settle()
    if llm.async_client is not None:
        await llm.async_client.close()
    assert traced.tree()[0] == "invoke_workflow"
    assert "invoke_workflow" not in errors(traced)


def test_a_pipeline_is_called_as_its_metadata_says(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    rag(llm, metadata={"name": "library"}).run(DATA)
    assert traced.tree()[0] == "invoke_workflow library"


def test_what_a_pipeline_is_given_and_gives_is_content(shown: Recorder, llm: OpenAIChatGenerator) -> None:
    rag(llm).run(DATA)
    found = shown.attributes("invoke_workflow")
    assert "What do cats do?" in found["gen_ai.input.messages"]
    assert "reference model" in found["gen_ai.output.messages"]
    search = shown.attributes("retrieval")
    assert search["gen_ai.retrieval.query.text"] == "cats"
    assert '"id":"cats"' in search["gen_ai.retrieval.documents"]


def test_nothing_of_it_is_told_otherwise(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    rag(llm).run({"retriever": {"query": "SECRETPII"}, "prompt": {"question": "SECRETPII"}})
    assert "SECRETPII" not in traced.everything()


def test_a_component_that_fails_fails_the_pipeline(traced: Recorder) -> None:
    pipeline = Pipeline()
    pipeline.add_component("failing", Failing())
    with pytest.raises(Exception, match="SECRETPII"):
        pipeline.run({"failing": {"text": "SECRETPII"}})
    assert errors(traced) == {
        "invoke_workflow": "haystack.core.errors.PipelineRuntimeError",
        "component failing": "haystack.core.errors.PipelineRuntimeError",
    }
    assert "SECRETPII" not in traced.everything()


def test_a_reranking_is_told_as_one(traced: Recorder) -> None:
    FixedRanker().run(query="cats", documents=[Document(content="a"), Document(content="b")])
    assert traced.attributes() == {
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "fixedranker",
        "gen_ai.request.model": "sorter",
        "gen_ai.retrieval.top_k": 1,
    }


async def test_pipelines_at_the_same_time_are_apart(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator]
) -> None:
    generators = [make(), make()]
    await asyncio.gather(*(rag(each, AsyncPipeline).run_async(DATA) for each in generators))
    for each in generators:
        if each.async_client is not None:
            await each.async_client.close()
    assert len({span.context.trace_id for span in traced.spans if span.context}) == 2


def test_a_pipeline_made_before_is_traced(recorder: Recorder, llm: OpenAIChatGenerator) -> None:
    pipeline = rag(llm)
    pipeline.run(DATA)
    assert recorder.spans == []
    recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor())
    out = pipeline.run(DATA)
    assert recorder.tree() == ["invoke_workflow", *RAG]
    recorder.uninstrument()
    assert pipeline.run(DATA).keys() == out.keys()
    assert recorder.tree() == ["invoke_workflow", *RAG]


def test_a_traced_pipeline_is_written_and_read_as_before(
    recorder: Recorder, llm: OpenAIChatGenerator
) -> None:
    pipeline = Pipeline()
    pipeline.add_component("prompt", ChatPromptBuilder(template=TEMPLATE, required_variables=["question"]))
    before = pipeline.dumps()
    recorder.instrument(HaystackInstrumentor())
    assert pipeline.dumps() == before
    assert Pipeline.loads(before).dumps() == before


# --- agents and tools --------------------------------------------------------------------------------------------


def test_an_agent_has_its_calls_and_tools(traced: Recorder, forecaster: Agent) -> None:
    forecaster.run(messages=user(ASK))
    assert traced.tree() == ONE_TURN
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    sums = {point.metric: point.sum for point in traced.points("gen_ai.invoke_agent")}
    assert sums["gen_ai.invoke_agent.inference_calls"] == 2
    assert sums["gen_ai.invoke_agent.tool_calls"] == 1


async def test_an_async_agent_is_traced_alike(
    traced: Recorder, forecaster: Agent, llm: OpenAIChatGenerator
) -> None:
    await forecaster.run_async(messages=user(ASK))
    if llm.async_client is not None:
        await llm.async_client.close()
    assert traced.tree() == ONE_TURN


def test_an_agent_in_a_pipeline_is_called_as_there(traced: Recorder, forecaster: Agent) -> None:
    pipeline = Pipeline()
    pipeline.add_component("forecaster", forecaster)
    pipeline.run({"forecaster": {"messages": user(ASK)}})
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent forecaster",
        f"    {CHAT}",
        "    execute_tool get_weather",
        f"    {CHAT}",
    ]
    assert traced.attributes("execute_tool")["gen_ai.agent.name"] == "forecaster"


def test_an_agent_as_a_tool_is_inside_it_and_called_as_it(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator], provider: Provider
) -> None:
    inner = Agent(chat_generator=make(), system_prompt="You tell the way.")
    tool = ComponentTool(component=inner, name="guide", description="Tells the way.")
    provider.say(
        Reply(
            tool_calls=[ToolCall("guide", {"messages": [{"role": "user", "content": [{"text": "Where?"}]}]})]
        ),
        Reply("Left."),
        Reply("Go left."),
    )
    Agent(chat_generator=make(), tools=[tool]).run(messages=user("Where?"))
    assert traced.tree() == [
        "invoke_agent",
        f"  {CHAT}",
        "  execute_tool guide",
        "    invoke_agent guide",
        f"      {CHAT}",
        f"  {CHAT}",
    ]


@pytest.mark.needs("tools know their calls")
@pytest.mark.parametrize("asynchronous", [True, False])
async def test_parallel_tools_are_siblings_with_their_own_ids(
    traced: Recorder, llm: OpenAIChatGenerator, provider: Provider, *, asynchronous: bool
) -> None:
    calls = [ToolCall("get_weather", {"city": each}, id=f"call_{each}") for each in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=calls), Reply("Done."))
    agent = Agent(chat_generator=llm, tools=[create_tool_from_function(get_weather)])
    if asynchronous:
        await agent.run_async(messages=user(ASK))
        await llm.async_client.close()
    else:
        agent.run(messages=user(ASK))
    tool = "  execute_tool get_weather"
    assert traced.tree() == ["invoke_agent", f"  {CHAT}", tool, tool, f"  {CHAT}"]
    ids = {span.attributes["gen_ai.tool.call.id"] for span in traced.spans if "execute" in span.name}
    assert ids == {"call_Lisbon", "call_Porto"}


def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, llm: OpenAIChatGenerator, provider: Provider
) -> None:
    def failing(city: str) -> str:
        """Fail."""
        message = f"no forecast for {city}"
        raise LookupError(message)

    provider.say(Reply(tool_calls=[ToolCall("failing", {"city": "Lisbon"})]), Reply("Sorry."))
    Agent(chat_generator=llm, tools=[create_tool_from_function(failing)]).run(messages=user(ASK))
    assert errors(traced) == {"execute_tool failing": "LookupError"}
    assert "no forecast" not in traced.everything()


def test_an_agents_words_are_content(shown: Recorder, llm: OpenAIChatGenerator) -> None:
    agent = Agent(
        chat_generator=llm,
        tools=[create_tool_from_function(get_weather)],
        system_prompt="You tell the weather.",
    )
    agent.run(messages=user(ASK))
    told = shown.attributes("invoke_agent")
    assert told["gen_ai.system_instructions"] == '[{"type":"text","content":"You tell the weather."}]'
    assert ASK in told["gen_ai.input.messages"]
    assert "sunny in Lisbon" in told["gen_ai.output.messages"]
    tool = shown.attributes("execute_tool")
    assert tool["gen_ai.tool.call.arguments"] == '{"city":"Lisbon"}'
    assert tool["gen_ai.tool.call.result"] == "It is sunny in Lisbon."


def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, make: Callable[..., OpenAIChatGenerator]
) -> None:
    with pytest.raises(Exception, match="429"):
        Agent(chat_generator=make("error:429")).run(messages=user())
    assert set(errors(traced)) == {"invoke_agent", "chat error:429"}
    assert errors(traced)["chat error:429"] == "openai.RateLimitError"


async def test_a_cancelled_agent_ends(
    traced: Recorder, forecaster: Agent, llm: OpenAIChatGenerator, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply("never", hold=held))
    task = asyncio.create_task(forecaster.run_async(messages=user(ASK)))
    await asyncio.to_thread(provider.wait, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.set()
    await llm.async_client.close()
    assert errors(traced) == {"invoke_agent": "cancelled", CHAT: "cancelled"}


def test_a_tool_that_the_application_invokes_is_one_span(traced: Recorder) -> None:
    tool = create_tool_from_function(get_weather)
    assert tool.invoke(city="Lisbon") == "It is sunny in Lisbon."
    assert traced.tree() == ["execute_tool get_weather"]


@pytest.mark.needs("tools are asynchronous")
async def test_a_tool_without_an_async_function_is_one_span(traced: Recorder) -> None:
    tool: Tool = create_tool_from_function(get_weather)
    assert await tool.invoke_async(city="Lisbon") == "It is sunny in Lisbon."
    assert traced.tree() == ["execute_tool get_weather"]


# --- Haystack's own tracing --------------------------------------------------------------------------------------


class Heard(tracing.Tracer):
    """A tracer of the application."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextlib.contextmanager
    def trace(self, operation_name: str, tags: Any = None, parent_span: Any = None) -> Iterator[Any]:
        self.names.append(operation_name)
        yield _Span()

    def current_span(self) -> Any:
        return None


class _Span(tracing.Span):
    def set_tag(self, key: str, value: Any) -> None: ...


def test_the_tracer_of_the_application_stays_and_hears_what_it_did(
    recorder: Recorder, llm: OpenAIChatGenerator
) -> None:
    heard = Heard()
    tracing.enable_tracing(heard)
    pipeline = rag(llm)
    try:
        pipeline.run(DATA)
        bare, heard.names = heard.names, []
        recorder.instrument(HaystackInstrumentor(), OpenAIInstrumentor())
        pipeline.run(DATA)
        assert tracing.tracer.actual_tracer is heard
    finally:
        tracing.disable_tracing()
    assert heard.names == bare
    assert recorder.tree() == ["invoke_workflow", *RAG]


def test_without_a_tracer_none_is_enabled(traced: Recorder, llm: OpenAIChatGenerator) -> None:
    rag(llm).run(DATA)
    assert not tracing.is_tracing_enabled()
