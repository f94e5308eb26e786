# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from beeai_framework.adapters.openai import OpenAIEmbeddingModel
from beeai_framework.agents.react import ReActAgent
from beeai_framework.agents.tool_calling import ToolCallingAgent
from beeai_framework.backend import UserMessage
from beeai_framework.cache import SlidingCache
from beeai_framework.memory import UnconstrainedMemory
from beeai_framework.tools import StringToolOutput, tool
from beeai_framework.tools.handoff import HandoffTool
from beeai_framework.workflows import Workflow
from dirty_equals import IsPartialDict, IsStr
from pydantic import BaseModel

from alike import weather
from alike.runs import calls_by_agent, judge_metrics, tokens
from libraries.beeai.conftest import ASK, calls, get_weather, says
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.beeai import BeeAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = weather.tree("forecaster")


async def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Any, spoken: Provider, server: dict[str, Any]
) -> None:
    assert (await forecaster.run(ASK)).last_message.text == "It is sunny."
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == weather.agent("forecaster")
    assert traced.attributes("execute_tool") == {
        **weather.tool("forecaster"),
        "gen_ai.tool.call.id": IsStr(regex="call_.+"),
    }
    chat = dict([span for span in traced.spans if span.name.startswith("chat")][0].attributes or {})
    assert chat == IsPartialDict(
        {
            **server,
            "gen_ai.provider.name": "openai",
            "gen_ai.request.temperature": 0,
            "gen_ai.response.finish_reasons": ("tool_call",),
            "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
        }
    )
    del spoken


@pytest.mark.parametrize("inside", [True, False])
async def test_a_run_is_counted_once_whoever_else_sees_it(
    recorder: Recorder, forecaster: Any, spoken: Provider, inside: bool
) -> None:
    recorder.instrument(BeeAIInstrumentor(), *([LiteLLMInstrumentor()] if inside else []))
    await forecaster.run(ASK)
    assert recorder.tree() == TREE
    judge_metrics(recorder)
    del spoken


async def test_http_requests_are_beneath_the_models_call(
    recorder: Recorder, forecaster: Any, spoken: Provider
) -> None:
    recorder.instrument(BeeAIInstrumentor(), HttpxInstrumentor())
    await forecaster.run(ASK)
    lines = [line for line in recorder.tree() if "POST" in line]
    assert [len(line) - len(line.lstrip()) for line in lines] in ([4, 4], [])
    assert [line for line in recorder.tree() if "POST" not in line] == TREE
    del spoken


async def test_tools_that_a_model_calls_at_once_are_siblings_with_ids_of_their_own(
    traced: Recorder, make: Callable[..., Any], model: Callable[..., Any], provider: Provider
) -> None:
    asked = [ToolCall("get_weather", {"city": city}) for city in ("Lisbon", "Oslo")]
    provider.say(Reply(tool_calls=asked), says("It is sunny."))
    agent = make("forecaster", get_weather, llm=model(allow_parallel_tool_calls=True))
    await agent.run(ASK)
    ran = [span for span in traced.spans if span.name.startswith("execute_tool")]
    above = [span for span in traced.spans if span.name.startswith("invoke_agent")]
    assert {span.parent.span_id for span in ran if span.parent} == {above[0].context.span_id}
    assert len({(span.attributes or {})["gen_ai.tool.call.id"] for span in ran}) == 2


async def test_an_agent_that_is_handed_a_task_counts_for_itself(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(calls("guide", task="Where?"), says("To the left."), says("Left."))
    await make("host", HandoffTool(make("guide"))).run(ASK)
    assert traced.tree() == [
        "invoke_agent host",
        "  chat gpt-4o-mini",
        "  execute_tool guide",
        "    invoke_agent guide",
        "      chat gpt-4o-mini",
        "  chat gpt-4o-mini",
    ]
    assert calls_by_agent(traced) == {
        ("inference_calls", "host"): 2,
        ("tool_calls", "host"): 1,
        ("inference_calls", "guide"): 1,
        ("tool_calls", "guide"): 0,
    }


@pytest.mark.parametrize("kind", [ReActAgent, ToolCallingAgent])
async def test_agents_of_older_kinds_are_agents(
    traced: Recorder, model: Callable[..., Any], provider: Provider, kind: Any
) -> None:
    provider.say(
        Reply("Thought: I know.\nFinal Answer: It is sunny.") if kind is ReActAgent else says("It is sunny.")
    )
    agent = kind(llm=model(), tools=[get_weather], memory=UnconstrainedMemory())
    await agent.run(ASK)
    assert traced.tree()[:2] == [f"invoke_agent {agent.meta.name}", "  chat gpt-4o-mini"]
    # The one of them says by a function of its own that it is done.
    assert traced.tree()[2:] in ([], ["  execute_tool final_answer"])


async def test_a_workflow_holds_what_its_steps_run(
    traced: Recorder, forecaster: Any, spoken: Provider
) -> None:
    class State(BaseModel):
        """What the steps hand on."""

        said: str = ""

    async def look(state: State) -> str:
        state.said = (await forecaster.run(ASK)).last_message.text
        return Workflow.END

    workflow = Workflow(State, name="newsroom")
    workflow.add_step("look", look)
    assert (await workflow.run(State())).state.said == "It is sunny."
    assert traced.tree() == ["invoke_workflow newsroom", *("  " + line for line in TREE)]
    del spoken


async def test_agents_that_run_at_once_are_siblings(traced: Recorder, make: Callable[..., Any]) -> None:
    agents = [make(f"agent {number}") for number in range(4)]
    for agent in agents:
        agent._llm.parameters.max_tokens = 9
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("all"):
        await asyncio.gather(*(agent._llm.run([UserMessage("hi")]) for agent in agents))
    assert traced.tree() == ["all", *["  chat gpt-4o-mini"] * 4]


async def test_a_model_that_is_asked_alone_tells_its_tokens(
    recorder: Recorder, model: Callable[..., Any]
) -> None:
    recorder.instrument(BeeAIInstrumentor())
    answer = await model().run([UserMessage("hi")])
    assert tokens(recorder) == {"input": answer.usage.prompt_tokens, "output": answer.usage.completion_tokens}


async def test_what_comes_from_a_cache_is_left_to_the_client(
    traced: Recorder, model: Callable[..., Any]
) -> None:
    asked = model(cache=SlidingCache(size=9))
    for _ in range(2):
        await asked.run([UserMessage("hi")])
    assert traced.tree() == ["chat gpt-4o-mini"]


async def test_embeddings_are_one_call(traced: Recorder, provider: Provider) -> None:
    model = OpenAIEmbeddingModel(
        "text-embedding-3-small", settings={"base_url": provider.base_url, "api_key": "test"}
    )
    made = await model.create(["hi", "ho"])
    assert traced.tree() == ["embeddings text-embedding-3-small"]
    assert traced.attributes("embeddings") == IsPartialDict(
        {
            "gen_ai.provider.name": "openai",
            "gen_ai.usage.input_tokens": made.usage.prompt_tokens,
        }
    )


async def test_a_tool_that_is_run_alone_is_a_tool(traced: Recorder) -> None:
    @tool
    def add(a: int, b: int) -> StringToolOutput:
        """Add."""
        return StringToolOutput(str(a + b))

    await add.run({"a": 1, "b": 2})
    assert traced.tree() == ["execute_tool add"]
    assert "gen_ai.tool.call.id" not in traced.attributes("execute_tool")
