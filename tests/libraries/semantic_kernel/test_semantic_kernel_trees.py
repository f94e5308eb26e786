# SPDX-License-Identifier: Apache-2.0
"""Agents, functions, orchestrations and group chats as trees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from semantic_kernel import Kernel
from semantic_kernel.agents import (
    AgentGroupChat,
    ChatHistoryAgentThread,
    ConcurrentOrchestration,
    SequentialOrchestration,
)
from semantic_kernel.agents.runtime import InProcessRuntime
from semantic_kernel.agents.strategies import DefaultTerminationStrategy
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import KernelArguments, KernelPlugin, kernel_function

from alike import weather
from alike.weather import ASK
from libraries.semantic_kernel.conftest import MODEL, Weather
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.semantic_kernel import SemanticKernelInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    import openai
    from semantic_kernel.agents import ChatCompletionAgent

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = [
    "invoke_agent forecaster",
    "  chat gpt-4o-mini",
    "  execute_tool Weather-get_weather",
    "  chat gpt-4o-mini",
]
SIDE_BY_SIDE = [
    "invoke_agent one",
    "  chat gpt-4o-mini",
    "invoke_agent two",
    "  chat gpt-4o-mini",
]
PAIR = [
    "invoke_workflow",
    "  invoke_agent one",
    "    chat gpt-4o-mini",
    "  invoke_agent two",
    "    chat gpt-4o-mini",
]


async def response(agent: Any, task: str = ASK, **settings: Any) -> Any:
    return await agent.get_response(task, **settings)


async def invoked(agent: Any, task: str = ASK, **settings: Any) -> Any:
    return [item async for item in agent.invoke(task, **settings)][-1]


async def streamed(agent: Any, task: str = ASK, **settings: Any) -> Any:
    return [item async for item in agent.invoke_stream(task, **settings)][-1]


RUNS = pytest.mark.parametrize("run", [response, invoked, streamed])


@RUNS
async def test_an_agent_and_its_function_say_who_they_are(
    traced: Recorder, forecaster: ChatCompletionAgent, run: Any
) -> None:
    thread = ChatHistoryAgentThread(thread_id="thread-1")
    await run(forecaster, thread=thread)
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == {
        **weather.agent("forecaster"),
        "gen_ai.conversation.id": "thread-1",
    }
    found = traced.attributes("execute_tool")
    assert found.pop("gen_ai.tool.call.id")
    assert found == {
        **weather.tool("forecaster"),
        "gen_ai.tool.name": "Weather-get_weather",
        "gen_ai.conversation.id": "thread-1",
    }
    conversations = {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans}
    assert conversations == {"thread-1"}


@RUNS
async def test_a_thread_that_a_run_makes_is_its_conversation(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], run: Any
) -> None:
    item = await run(make())
    assert traced.attributes("invoke_agent")["gen_ai.conversation.id"] == item.thread.id


async def test_metrics_count_what_an_agent_does(traced: Recorder, forecaster: ChatCompletionAgent) -> None:
    await forecaster.get_response(ASK)
    found = {point.metric: (point.sum, point.count) for point in traced.points("gen_ai.invoke_agent")}
    assert found["gen_ai.invoke_agent.inference_calls"] == (2, 1)
    assert found["gen_ai.invoke_agent.tool_calls"] == (1, 1)
    (durations,) = traced.points("gen_ai.client.operation.duration")
    assert durations.count == 2


async def test_http_requests_nest_under_the_model_calls(
    traced: Recorder, forecaster: ChatCompletionAgent
) -> None:
    traced.instrument(HttpxInstrumentor())
    await streamed(forecaster)
    assert traced.tree()[:3] == ["invoke_agent forecaster", "  chat gpt-4o-mini", "    POST"]


async def test_the_consumer_of_a_stream_is_outside_of_it(
    traced: Recorder, forecaster: ChatCompletionAgent
) -> None:
    outside: set[Any] = set()
    async for _ in forecaster.invoke_stream(ASK):
        outside.add(trace.get_current_span())
    assert outside == {trace.INVALID_SPAN}
    assert traced.tree() == TREE


async def test_functions_that_run_side_by_side_are_siblings(
    traced: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    @kernel_function(name="left")
    async def left() -> str:
        with tracer.start_as_current_span("walk"):
            await asyncio.sleep(0)
        return "left"

    @kernel_function(name="right")
    async def right() -> str:
        await asyncio.sleep(0)
        return "right"

    provider.say(Reply(tool_calls=[ToolCall("way-left"), ToolCall("way-right")]))
    await make(plugins=[KernelPlugin(name="way", functions=[left, right])]).get_response("Go")
    assert traced.tree() == [
        "invoke_agent forecaster",
        "  chat gpt-4o-mini",
        "  execute_tool way-left",
        "    walk",
        "  execute_tool way-right",
        "  chat gpt-4o-mini",
    ]


async def test_agents_that_run_side_by_side_are_siblings(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        await asyncio.gather(make("one").get_response("hi"), make("two").get_response("hi"))
    assert sorted(traced.tree()) == sorted(["request", *("  " + line for line in SIDE_BY_SIDE)])


# --- the kernel itself -------------------------------------------------------------------------------------------


@pytest.fixture
def kernel(client: openai.AsyncOpenAI) -> Kernel:
    """Return a kernel with a service and a plugin."""
    made = Kernel(services=[OpenAIChatCompletion(ai_model_id=MODEL, async_client=client)])
    made.add_plugin(Weather(), "Weather")
    return made


async def test_a_function_that_the_application_calls_is_a_tool(traced: Recorder, kernel: Kernel) -> None:
    result = await kernel.invoke(plugin_name="Weather", function_name="get_weather", city="Lisbon")
    assert str(result) == "It is sunny in Lisbon."
    assert traced.tree() == ["execute_tool Weather-get_weather"]


async def test_a_prompt_is_its_model_call(traced: Recorder, kernel: Kernel) -> None:
    await kernel.invoke_prompt("Say hi")
    async for _ in kernel.invoke_prompt_stream("Say hi"):
        pass
    assert traced.tree() == ["chat gpt-4o-mini"] * 2


async def test_a_function_that_a_prompt_calls_is_a_tool(traced: Recorder, kernel: Kernel) -> None:
    prompt = "{{Weather.get_weather $city}} Say it again."
    await kernel.invoke_prompt(prompt, arguments=KernelArguments(city="Lisbon"))
    assert sorted(traced.tree()) == ["chat gpt-4o-mini", "execute_tool Weather-get_weather"]


# --- several agents ----------------------------------------------------------------------------------------------


async def test_an_orchestration_is_a_workflow_of_its_agents(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    runtime = InProcessRuntime()
    runtime.start()
    orchestration: Any = SequentialOrchestration(members=[make("one"), make("two")])
    for _ in range(2):
        result = await orchestration.invoke(task="hi", runtime=runtime)
        await result.get(timeout=20)
    await runtime.stop_when_idle()
    assert traced.tree() == PAIR * 2
    assert {span.status.is_unset for span in traced.spans} == {True}


async def test_orchestrations_on_one_runtime_are_each_in_their_own_request(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    runtime = InProcessRuntime()
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("start"):
        runtime.start()
    with tracer.start_as_current_span("request"):
        orchestration: Any = ConcurrentOrchestration(members=[make("one"), make("two")], name="Both")
        result = await orchestration.invoke(task="hi", runtime=runtime)
        await result.get(timeout=20)
    await runtime.stop_when_idle()
    tree = traced.tree()
    assert tree[:3] == ["start", "request", "  invoke_workflow Both"]
    assert sorted(tree[3:]) == sorted(
        ["    invoke_agent one", "    invoke_agent two"] + ["      chat gpt-4o-mini"] * 2
    )


async def test_an_orchestration_that_fails_fails_its_workflow(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    runtime = InProcessRuntime()
    runtime.start()
    orchestration: Any = SequentialOrchestration(members=[make("one", model="error:429")])
    result = await orchestration.invoke(task="hi", runtime=runtime)
    with pytest.raises(Exception, match="429"):
        await result.get(timeout=20)
    await runtime.stop_when_idle()
    failed = {
        span.name: span.attributes.get("error.type") for span in traced.spans if not span.status.is_unset
    }
    assert failed.keys() == {"invoke_workflow", "invoke_agent one", "chat error:429"}


async def test_an_orchestration_that_is_cancelled_ends(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    runtime = InProcessRuntime()
    orchestration: Any = SequentialOrchestration(members=[make("one")])
    result = await orchestration.invoke(task="hi", runtime=runtime)
    result.cancel()
    assert traced.tree() == ["invoke_workflow"]


async def test_a_group_chat_is_a_workflow_of_its_agents(
    traced: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    stop = DefaultTerminationStrategy(maximum_iterations=2)
    chat = AgentGroupChat(agents=[make("one"), make("two")], termination_strategy=stop)
    await chat.add_chat_message("hi")
    async for _ in chat.invoke():
        pass
    assert traced.tree() == PAIR


# --- the library's own spans -------------------------------------------------------------------------------------


@pytest.fixture
def native(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the recorder with the library's own tracing switched on by the application, all of it."""
    from semantic_kernel.utils.telemetry.agent_diagnostics import decorators as agents
    from semantic_kernel.utils.telemetry.model_diagnostics import decorators as models
    from semantic_kernel.utils.telemetry.model_diagnostics import function_tracer as functions

    for module in (agents, models, functions):
        # In the first versions agents are traced at all times.
        if not hasattr(module, "MODEL_DIAGNOSTICS_SETTINGS"):
            continue
        monkeypatch.setattr(module.MODEL_DIAGNOSTICS_SETTINGS, "enable_otel_diagnostics", True)
        monkeypatch.setattr(module.MODEL_DIAGNOSTICS_SETTINGS, "enable_otel_diagnostics_sensitive", True)
    recorder.instrument(SemanticKernelInstrumentor(), OpenAIInstrumentor())
    return recorder


@RUNS
async def test_the_librarys_own_tracing_makes_no_second_span(
    native: Recorder, forecaster: ChatCompletionAgent, run: Any
) -> None:
    await run(forecaster)
    assert native.tree() == TREE
    assert "Lisbon" not in native.everything()
    (durations,) = native.points("gen_ai.client.operation.duration")
    assert durations.count == 2


async def test_a_model_that_only_the_library_traces_is_ours(
    native: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    OpenAIInstrumentor().uninstrument()
    await make().get_response("hi")
    assert native.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    found = native.attributes("chat")
    assert found["gen_ai.provider.name"] == "openai"
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert found["gen_ai.usage.input_tokens"] > 0


async def test_a_stream_that_is_left_while_the_library_traces_ends(
    native: Recorder, make: Callable[..., ChatCompletionAgent], settle: Callable[[], Any]
) -> None:
    stream: Any = make().invoke_stream(ASK)
    async for _ in stream:
        break
    await stream.aclose()
    del stream
    await settle()
    assert native.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert {span.status.is_unset for span in native.spans} == {True}


async def test_a_service_without_an_agent_is_its_model_call(
    traced: Recorder, client: openai.AsyncOpenAI
) -> None:
    service = OpenAIChatCompletion(ai_model_id=MODEL, async_client=client)
    history = ChatHistory()
    history.add_user_message("hi")
    await service.get_chat_message_contents(history, service.get_prompt_execution_settings_class()())
    assert traced.tree() == ["chat gpt-4o-mini"]
