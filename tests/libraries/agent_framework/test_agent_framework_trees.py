# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_framework import Agent, AgentSession, WorkflowBuilder
from dirty_equals import IsInt, IsStr
from opentelemetry import trace

from alike import agents as alike
from alike import weather
from alike.trees import *  # noqa: F403 - the tests that such frameworks have alike
from alike.trees import OWN, TREE, current
from alike.weather import ASK
from asking import ANSWERED
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.agent_framework import AgentFrameworkInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    import openai

    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Agent, provider: Provider
) -> None:
    result = await forecaster.run(ASK)
    assert result.text == "Here is what I found: It is sunny in Lisbon."
    assert traced.tree() == weather.tree()
    assert traced.attributes("invoke_agent") == weather.agent()
    assert traced.attributes("execute_tool") == {
        **weather.tool(),
        "gen_ai.tool.call.id": IsStr(regex="call_.+"),
    }
    first = [span for span in traced.spans if span.name.startswith("chat")][0]
    assert dict(first.attributes or {}) == {
        **ANSWERED,
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
        "gen_ai.response.finish_reasons": ("tool_call",),
        "gen_ai.usage.input_tokens": IsInt(gt=0),
        "gen_ai.usage.output_tokens": 11,
    }


async def test_without_the_clients_layer_a_call_says_nearly_the_same(
    alone: Recorder, make: Callable[..., Agent]
) -> None:
    await make().run("hi", options={"max_tokens": 50, "temperature": 0.5})
    found = alone.attributes("chat")
    assert found["gen_ai.provider.name"] == "openai"
    assert found["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert found["gen_ai.usage.input_tokens"] > 0


async def test_usage_is_counted_once(traced: Recorder, forecaster: Agent) -> None:
    result = await forecaster.run(ASK)
    used: Any = result.usage_details
    assert {
        point.labels["gen_ai.token.type"]: point.sum for point in traced.points("gen_ai.client.token")
    } == {"input": used["input_token_count"], "output": used["output_token_count"]}
    on_spans = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(on_spans) == used["input_token_count"]


async def test_a_streamed_run_has_the_same_tree(traced: Recorder, boss: Agent) -> None:
    async for _ in boss.run(ASK, stream=True):
        assert current() is None
    assert traced.tree() == TREE
    streamed = [span.name for span in traced.spans if (span.attributes or {}).get("gen_ai.request.stream")]
    assert len(streamed) >= 2


async def test_a_model_that_the_application_asks_in_between_is_another_call(
    traced: Recorder, make: Callable[..., Agent], client: openai.AsyncOpenAI
) -> None:
    asked = False
    async for _ in make().run("hi", stream=True):
        if not asked:
            asked = True
            await client.chat.completions.create(**OWN)
    assert sorted(traced.tree()) == ["  chat gpt-4o-mini", "chat own", "invoke_agent Forecaster"]


async def test_an_agent_without_a_name_has_none(traced: Recorder, make: Callable[..., Agent]) -> None:
    await make(None).run("hi")
    assert traced.tree() == ["invoke_agent", "  chat gpt-4o-mini"]


async def test_a_session_is_the_conversation_of_all_that_runs_in_it(
    traced: Recorder, forecaster: Agent
) -> None:
    session = AgentSession(session_id="thread-1")
    await forecaster.run(ASK, session=session)
    await forecaster.run("hi")
    told = [(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans]
    assert told == ["thread-1"] * 4 + [None] * 2


async def test_a_streamed_session_is_the_conversation(traced: Recorder, forecaster: Agent) -> None:
    async for _ in forecaster.run(ASK, session=AgentSession(session_id="thread-1"), stream=True):
        pass
    assert {(span.attributes or {}).get("gen_ai.conversation.id") for span in traced.spans} == {"thread-1"}


async def test_spans_and_attributes_of_a_tool_are_the_tools(
    traced: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    tracer = traced.tracer_provider.get_tracer("application")

    def look() -> str:
        """Look."""
        trace.get_current_span().set_attribute("app.room", "hall")
        with tracer.start_as_current_span("look up"):
            return "seen"

    provider.say(Reply(tool_calls=[ToolCall("look")]), Reply("Seen."))
    await make(tools=[look]).run("Look.")
    assert traced.tree()[2:4] == ["  execute_tool look", "    look up"]
    assert traced.attributes("execute_tool")["app.room"] == "hall"


async def test_a_workflow_has_its_executors_and_their_agents(
    traced: Recorder, make: Callable[..., Agent]
) -> None:
    writer, reviewer = make("Writer"), make("Reviewer")
    workflow = (
        WorkflowBuilder(start_executor=writer, name="Essay", output_from="all")
        .add_edge(writer, reviewer)
        .build()
    )
    await workflow.run("hi")
    shown = [line for line in traced.tree() if not line.strip().startswith("executor Output")]
    assert shown == [
        "invoke_workflow Essay",
        "  executor Writer",
        "    invoke_agent Writer",
        "      chat gpt-4o-mini",
        "  executor Reviewer",
        "    invoke_agent Reviewer",
        "      chat gpt-4o-mini",
    ]


async def test_a_streamed_workflow_has_the_same_tree(traced: Recorder, make: Callable[..., Agent]) -> None:
    writer = make("Writer")
    workflow = WorkflowBuilder(start_executor=writer, name="Essay", output_from="all").build()
    async for _ in workflow.run("hi", stream=True):
        pass
    assert [line.strip() for line in traced.tree()][:4] == [
        "invoke_workflow Essay",
        "executor Writer",
        "invoke_agent Writer",
        "chat gpt-4o-mini",
    ]


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, make: Callable[..., Agent], provider: Provider
) -> None:
    inner = make(alike.GUIDE)
    guide = inner.as_tool(name=alike.GUIDE, arg_name="input")
    host = make(alike.HOST, tools=[alike.thermometer, guide])
    provider.say(*alike.script())
    recorder.instrument(AgentFrameworkInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    texts = [update.text async for update in host.run(alike.ASK, stream=True)]
    assert alike.ANSWER in "".join(texts)
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
