# SPDX-License-Identifier: Apache-2.0
"""Agents: a tree of model calls and tools each, whoever starts them and however they end."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool
from llama_index.core.tools.types import BaseTool, ToolMetadata, ToolOutput
from opentelemetry import trace
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from workflows.errors import WorkflowCancelledByUser, WorkflowTimeoutError

from alike import weather
from alike.runs import errors
from alike.weather import ASK
from libraries.llama_index.conftest import get_weather
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llama_index.llms.openai import OpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider

CHAT = "chat gpt-4o-mini"


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Carry the context into threads, as the pack does wherever it is installed; LlamaIndex itself does so later."""
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()


def failing(city: str) -> str:
    """Get the weather of a city."""
    message = f"no forecast for {city}"
    raise LookupError(message)


CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"}, id="call_1")])
ONE_TURN = ["invoke_agent Forecaster", f"  {CHAT}", "  execute_tool get_weather", f"  {CHAT}"]


async def test_a_run_is_an_agent_with_its_calls_and_tools(
    traced: Recorder, forecaster: FunctionAgent
) -> None:
    await forecaster.run(user_msg=ASK)
    assert traced.tree() == ONE_TURN
    assert traced.attributes("invoke_agent") == weather.agent()
    assert traced.attributes("execute_tool") == {
        **weather.tool(),
        "gen_ai.tool.description": IsStr(regex="(?s).*Get the weather of a city."),
        "gen_ai.tool.call.id": IsStr,
    }
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_the_applications_own_spans_are_inside_its_tool(
    recorder: Recorder, forecaster: FunctionAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "get_tracer", recorder.tracer_provider.get_tracer)
    recorder.instrument(LlamaIndexInstrumentor())
    await forecaster.run(user_msg=ASK)
    assert recorder.tree()[2:4] == ["  execute_tool get_weather", "    look up"]


async def test_a_run_without_streams_is_the_same(traced: Recorder, llm: OpenAI) -> None:
    agent = FunctionAgent(name="Forecaster", llm=llm, tools=[get_weather], streaming=False)
    await agent.run(user_msg=ASK)
    assert traced.tree() == ONE_TURN


async def test_a_run_counts_what_it_did(traced: Recorder, forecaster: FunctionAgent) -> None:
    await forecaster.run(user_msg=ASK)
    sums = {point.metric: point.sum for point in traced.points("gen_ai.invoke_agent")}
    assert sums["gen_ai.invoke_agent.inference_calls"] == 2
    assert sums["gen_ai.invoke_agent.tool_calls"] == 1


async def test_content_is_shown_when_asked_for(shown: Recorder, llm: OpenAI) -> None:
    agent = FunctionAgent(
        name="Forecaster", llm=llm, tools=[get_weather], system_prompt="You tell the weather."
    )
    await agent.run(user_msg=ASK)
    told = shown.attributes("invoke_agent")
    assert told["gen_ai.system_instructions"] == '[{"type":"text","content":"You tell the weather."}]'
    asked = '[{"role":"user","parts":[{"type":"text","content":"What is the weather in Lisbon?"}]}]'
    assert told["gen_ai.input.messages"] == asked
    assert "sunny in Lisbon" in told["gen_ai.output.messages"]
    assert told["gen_ai.tool.definitions"] == '[{"type":"function","name":"get_weather"}]'
    tool = shown.attributes("execute_tool")
    assert tool["gen_ai.tool.call.arguments"] == '{"city":"Lisbon"}'
    assert tool["gen_ai.tool.call.result"] == "It is sunny in Lisbon."


async def test_content_is_not_shown_otherwise(traced: Recorder, llm: OpenAI, provider: Provider) -> None:
    def secret(city: str) -> str:
        """SECRETPII is not told by its description."""
        raise LookupError(city)

    provider.say(Reply(tool_calls=[ToolCall("secret", {"city": "SECRETARG"})]))
    await FunctionAgent(name="Teller", llm=llm, tools=[secret]).run(user_msg="SECRETASK")
    assert "SECRETARG" not in traced.everything()
    assert "SECRETASK" not in traced.everything()


async def test_a_reasoning_agent_is_traced_alike(traced: Recorder, llm: OpenAI, provider: Provider) -> None:
    provider.say(
        Reply('Thought: I need the tool.\nAction: get_weather\nAction Input: {"city": "Lisbon"}'),
        Reply("Thought: I know.\nAnswer: It is sunny."),
    )
    answer = await ReActAgent(name="Forecaster", llm=llm, tools=[get_weather]).run(user_msg=ASK)
    assert "sunny" in str(answer)
    assert traced.tree() == ONE_TURN


async def test_an_agent_that_nobody_named_has_no_name(traced: Recorder, llm: OpenAI) -> None:
    await FunctionAgent(llm=llm, tools=[]).run(user_msg="hi")
    assert traced.tree() == ["invoke_agent", f"  {CHAT}"]


async def test_a_workflow_of_one_agent_is_that_agent(traced: Recorder, llm: OpenAI) -> None:
    agent = FunctionAgent(name="Forecaster", description="d", llm=llm, tools=[get_weather])
    await AgentWorkflow(agents=[agent]).run(user_msg=ASK)
    assert traced.tree() == ONE_TURN


async def test_agents_that_hand_over_are_siblings_in_a_workflow(
    traced: Recorder, llm: OpenAI, provider: Provider
) -> None:
    triage = FunctionAgent(name="Triage", description="Decides.", llm=llm, tools=[])
    forecaster = FunctionAgent(name="Forecaster", description="Tells.", llm=llm, tools=[get_weather])
    provider.say(
        Reply(tool_calls=[ToolCall("handoff", {"to_agent": "Forecaster", "reason": "weather"})]),
        CALL,
        Reply("Sunny."),
    )
    workflow = AgentWorkflow(agents=[triage, forecaster], root_agent="Triage")
    assert str(await workflow.run(user_msg=ASK)) == "Sunny."
    assert traced.tree() == [
        "invoke_workflow",
        "  invoke_agent Triage",
        f"    {CHAT}",
        "    execute_tool handoff",
        "  invoke_agent Forecaster",
        f"    {CHAT}",
        "    execute_tool get_weather",
        f"    {CHAT}",
    ]
    calls = {
        point.labels.get("gen_ai.agent.name"): point.sum
        for point in traced.points("gen_ai.invoke_agent.inference_calls")
    }
    assert calls == {"Triage": 1, "Forecaster": 2}


async def test_each_agent_of_a_workflow_shows_its_own_content(
    shown: Recorder, llm: OpenAI, provider: Provider
) -> None:
    triage = FunctionAgent(name="Triage", description="Decides.", llm=llm, tools=[], system_prompt="Decide.")
    forecaster = FunctionAgent(name="Forecaster", description="Tells.", llm=llm, tools=[get_weather])
    call = ToolCall("handoff", {"to_agent": "Forecaster", "reason": "weather"})
    provider.say(Reply(tool_calls=[call]), Reply("Sunny."))
    await AgentWorkflow(agents=[triage, forecaster], root_agent="Triage").run(user_msg=ASK)
    first, second = (shown.attributes(f"invoke_agent {name}") for name in ("Triage", "Forecaster"))
    whole = shown.attributes("invoke_workflow")
    assert ASK in first["gen_ai.input.messages"]
    assert first["gen_ai.system_instructions"] == '[{"type":"text","content":"Decide."}]'
    assert '"name":"handoff"' in first["gen_ai.output.messages"]
    assert "Sunny." in second["gen_ai.output.messages"]
    assert ASK in whole["gen_ai.input.messages"]
    assert "Sunny." in whole["gen_ai.output.messages"]


# --- tools -------------------------------------------------------------------------------------------------------


async def test_a_tool_that_fails_fails_its_span_alone(
    traced: Recorder, llm: OpenAI, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("failing", {"city": "Lisbon"})]), Reply("Sorry."))
    await FunctionAgent(name="Forecaster", llm=llm, tools=[failing]).run(user_msg=ASK)
    assert errors(traced) == {"execute_tool failing": "LookupError"}
    assert "no forecast" not in traced.everything()


async def test_parallel_tools_are_siblings_with_their_own_ids(
    traced: Recorder, llm: OpenAI, provider: Provider
) -> None:
    both = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None

    async def look(city: str) -> str:
        """Look."""
        if both is not None:
            await both.wait()
        return city

    calls = [ToolCall("look", {"city": each}, id=f"call_{each}") for each in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=calls), Reply("Done."))
    tool = FunctionTool.from_defaults(async_fn=look)
    await FunctionAgent(name="Forecaster", llm=llm, tools=[tool]).run(user_msg=ASK)
    assert traced.tree() == [
        "invoke_agent Forecaster",
        f"  {CHAT}",
        "  execute_tool look",
        "  execute_tool look",
        f"  {CHAT}",
    ]
    ids = {span.attributes["gen_ai.tool.call.id"] for span in traced.spans if "look" in span.name}
    assert ids == {"call_Lisbon", "call_Porto"}


class Plain(BaseTool):
    """A tool of the application that knows no asynchronous call, so that an adapter makes one of it."""

    @property
    def metadata(self) -> ToolMetadata:
        return ToolMetadata(description="Plain.", name="plain")

    def __call__(self, input: Any) -> ToolOutput:  # noqa: A002 - LlamaIndex's name
        return ToolOutput(content="done", tool_name="plain", raw_input={"input": input}, raw_output={"n": 1})


async def test_a_tool_behind_an_adapter_is_one_span(shown: Recorder, llm: OpenAI, provider: Provider) -> None:
    provider.say(Reply(tool_calls=[ToolCall("plain", {"input": "x"}, id="call_1")]), Reply("Done."))
    await FunctionAgent(name="Forecaster", llm=llm, tools=[Plain()]).run(user_msg=ASK)
    found = shown.attributes("execute_tool")
    assert found["gen_ai.tool.call.id"] == "call_1"
    assert found["gen_ai.tool.call.result"] == '{"n":1}'


def test_a_tool_that_the_application_calls_is_one_span(traced: Recorder) -> None:
    tool = FunctionTool.from_defaults(get_weather)
    assert tool(city="Lisbon").content == "It is sunny in Lisbon."
    assert tool.call(city="Lisbon").content == "It is sunny in Lisbon."
    assert traced.tree() == ["execute_tool get_weather"] * 2


def test_a_tool_that_says_that_it_failed_has_failed(traced: Recorder) -> None:
    def told(city: str) -> str:
        return city

    def override(_: Any) -> ToolOutput:
        return ToolOutput(content="no", tool_name="told", raw_input={}, raw_output="no", is_error=True)

    FunctionTool.from_defaults(told, callback=override).call(city="Lisbon")
    assert errors(traced) == {"execute_tool told": "tool_error"}


async def test_an_unknown_tool_is_no_tool(traced: Recorder, llm: OpenAI, provider: Provider) -> None:
    provider.say(Reply(tool_calls=[ToolCall("nobody", {})]), Reply("Sorry."))
    await FunctionAgent(name="Forecaster", llm=llm, tools=[get_weather]).run(user_msg=ASK)
    assert traced.tree() == ["invoke_agent Forecaster", f"  {CHAT}", f"  {CHAT}"]


# --- conversations -----------------------------------------------------------------------------------------------


async def test_a_memorys_session_is_the_conversation(traced: Recorder, forecaster: FunctionAgent) -> None:
    memory = Memory.from_defaults(session_id="chat-7", token_limit=4000)
    await forecaster.run(user_msg=ASK, memory=memory)
    await memory.sql_store._async_engine.dispose()
    assert {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans} == {"chat-7"}


async def test_a_buffers_key_is_the_conversation_when_it_says_one(
    traced: Recorder, forecaster: FunctionAgent
) -> None:
    await forecaster.run(user_msg="hi", memory=ChatMemoryBuffer.from_defaults(chat_store_key="chat-8"))
    await forecaster.run(user_msg="hi", memory=ChatMemoryBuffer.from_defaults())
    found = [
        (span.attributes or {}).get("gen_ai.conversation.id")
        for span in traced.spans
        if span.name.startswith("invoke_agent")
    ]
    assert found == ["chat-8", None]


# --- ends --------------------------------------------------------------------------------------------------------


async def test_an_error_of_the_provider_fails_the_call_and_its_agent(
    traced: Recorder, named: Callable[[str], Any]
) -> None:
    agent = FunctionAgent(name="Forecaster", llm=named("error:429"), tools=[])
    with pytest.raises(Exception, match="429"):
        await agent.run(user_msg="hi")
    kind = "openai.RateLimitError"
    assert errors(traced)["chat error:429"] == kind
    assert set(errors(traced)) == {"invoke_agent Forecaster", "chat error:429"}


async def test_too_many_turns_fail_the_agent(traced: Recorder, forecaster: FunctionAgent) -> None:
    with pytest.raises(Exception, match="Max iterations"):
        await forecaster.run(user_msg=ASK, max_iterations=1)
    assert list(errors(traced)) == ["invoke_agent Forecaster"]


async def held_run(agent: FunctionAgent, provider: Provider) -> tuple[Any, threading.Event]:
    """Return the handler of a run whose model is silent."""
    held = threading.Event()
    provider.say(Reply("never", hold=held))
    handler = agent.run(user_msg=ASK)
    # The loop is needed for the request to be sent.
    await asyncio.to_thread(provider.wait, 1)
    return handler, held


async def test_a_run_that_its_caller_cancels_ends(
    traced: Recorder, forecaster: FunctionAgent, provider: Provider, settle: Callable[[], Any]
) -> None:
    handler, held = await held_run(forecaster, provider)
    await handler.cancel_run()
    with pytest.raises(WorkflowCancelledByUser):
        await handler
    held.set()
    await settle()
    assert traced.tree() == ["invoke_agent Forecaster", f"  {CHAT}"]
    assert "invoke_agent Forecaster" not in errors(traced)


async def test_a_run_whose_time_is_over_fails(
    traced: Recorder, llm: OpenAI, provider: Provider, settle: Callable[[], Any]
) -> None:
    agent = FunctionAgent(name="Forecaster", llm=llm, tools=[get_weather], timeout=0.2)
    handler, held = await held_run(agent, provider)
    with pytest.raises(WorkflowTimeoutError):
        await handler
    held.set()
    await settle()
    assert errors(traced)["invoke_agent Forecaster"].endswith("WorkflowTimeoutError")


async def test_events_that_nobody_reads_are_no_matter(traced: Recorder, forecaster: FunctionAgent) -> None:
    handler = forecaster.run(user_msg=ASK)
    async for _ in handler.stream_events():
        break
    await handler
    assert traced.tree() == ONE_TURN


async def test_runs_at_the_same_time_are_apart(traced: Recorder, llm: OpenAI) -> None:
    agents = [FunctionAgent(name=name, llm=llm, tools=[]) for name in ("One", "Two")]
    await asyncio.gather(*(agent.run(user_msg="hi") for agent in agents))
    assert sorted(traced.tree()) == [f"  {CHAT}", f"  {CHAT}", "invoke_agent One", "invoke_agent Two"]
    assert len({span.context.trace_id for span in traced.spans if span.context}) == 2


# --- the application is as it was --------------------------------------------------------------------------------


async def test_an_agent_made_before_is_traced(recorder: Recorder, forecaster: FunctionAgent) -> None:
    await forecaster.run(user_msg="hi")
    assert recorder.spans == []
    recorder.instrument(LlamaIndexInstrumentor())
    await forecaster.run(user_msg="hi")
    recorder.uninstrument()
    assert recorder.tree()[0] == "invoke_agent Forecaster"
    before = len(recorder.spans)
    await forecaster.run(user_msg="hi")
    assert len(recorder.spans) == before
    recorder.instrument(LlamaIndexInstrumentor())
    await forecaster.run(user_msg="hi")
    assert recorder.tree().count("invoke_agent Forecaster") == 2


async def test_a_run_returns_what_it_did_before(
    recorder: Recorder, forecaster: FunctionAgent, provider: Provider
) -> None:
    provider.say(Reply("Sunny."), Reply("Sunny."))
    bare = forecaster.run(user_msg="hi")
    answer = await bare
    recorder.instrument(LlamaIndexInstrumentor())
    handler = forecaster.run(chat_history=[ChatMessage(role="user", content="hi")])
    assert type(handler) is type(bare)
    assert type(await handler) is type(answer)


async def test_a_suppressed_run_is_not_traced(traced: Recorder, forecaster: FunctionAgent) -> None:
    with suppress_instrumentation():
        await forecaster.run(user_msg=ASK)
    assert traced.spans == []
