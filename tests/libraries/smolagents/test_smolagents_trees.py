# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace as otel
from smolagents import ChatMessage, LiteLLMModel, Model, Tool, ToolCallingAgent, tool

from alike import weather
from alike.runs import calls_by_agent, tokens
from asking import ANSWERED
from libraries.smolagents.conftest import calls, get_weather, says, writes
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.smolagents import SmolagentsInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "How is the weather?"
TREE = weather.tree("forecaster")


def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"}, id="call_7")]), says("It is sunny.")
    )
    assert make(description="Knows the weather.").run(ASK) == "It is sunny."
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == weather.agent("forecaster")
    assert traced.attributes("execute_tool") == {
        **weather.tool("forecaster"),
        "gen_ai.tool.call.id": "call_7",
    }
    first = [span for span in traced.spans if span.name.startswith("chat")][0]
    told = dict(first.attributes or {})
    used = {key: value for key, value in told.items() if key.startswith("gen_ai.usage.")}
    assert used["gen_ai.usage.input_tokens"] > 0
    assert {key: value for key, value in told.items() if key not in used} == {
        **ANSWERED,
        "server.address": "127.0.0.1",
        "server.port": int(provider.url.rpartition(":")[2]),
        "gen_ai.request.stop_sequences": ("Observation:", "Calling tools:"),
        "gen_ai.response.finish_reasons": ("tool_call",),
    }


def test_http_requests_nest_under_the_model_call(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(SmolagentsInstrumentor(), HttpxInstrumentor())
    provider.say(says("Sunny."))
    make().run(ASK)
    assert recorder.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini", "    POST"]


def test_usage_is_counted_once(traced: Recorder, make: Callable[..., Any], spoken: Provider) -> None:
    used = make().run(ASK, return_full_result=True).token_usage
    assert tokens(traced) == {"input": used.input_tokens, "output": used.output_tokens}
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in traced.spans]
    assert sum(told) == used.input_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_whose_client_is_not_traced_tells_its_usage_itself(
    recorder: Recorder, make: Callable[..., Any], spoken: Provider, stream: bool
) -> None:
    recorder.instrument(SmolagentsInstrumentor())
    used = make(stream_outputs=stream).run(ASK, return_full_result=True).token_usage
    assert recorder.tree() == TREE
    told = [(span.attributes or {}).get("gen_ai.usage.input_tokens", 0) for span in recorder.spans]
    assert sum(told) == used.input_tokens


def test_a_model_by_litellm_is_one_inference(
    recorder: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    recorder.instrument(SmolagentsInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor())
    provider.say(says("Sunny."))
    routed = LiteLLMModel("openai/gpt-4o-mini", api_base=provider.base_url, api_key="test")
    make(model=routed).run(ASK)
    assert recorder.tree() == ["invoke_agent forecaster", "  chat gpt-4o-mini"]
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == 1
    assert recorder.attributes("chat")["gen_ai.usage.input_tokens"] > 0


def test_a_model_of_the_applications_own_class_is_traced(traced: Recorder) -> None:
    class Parrot(Model):
        def generate(self, messages: Any, **_: Any) -> ChatMessage:
            call = {
                "id": "1",
                "type": "function",
                "function": {"name": "final_answer", "arguments": {"answer": "Hi"}},
            }
            return ChatMessage.from_dict({"role": "assistant", "tool_calls": [call]})

    agent = ToolCallingAgent(tools=[], model=Parrot(model_id="parrot-1"), name="bird", verbosity_level=-1)
    assert agent.run(ASK) == "Hi"
    assert traced.tree() == ["invoke_agent bird", "  chat parrot-1"]
    traced.uninstrument()
    assert type(vars(Parrot)["generate"]).__name__ == "function"


def test_an_agent_counts_its_own_calls_alone(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    inner = make("forecaster", description="Knows the weather.")
    provider.say(
        calls("forecaster", task="Lisbon?"),
        calls("get_weather", city="Lisbon"),
        says("Sunny."),
        says("Sunny in Lisbon."),
    )
    make("boss", (), managed_agents=[inner]).run(ASK)
    assert calls_by_agent(traced) == {
        ("inference_calls", "boss"): 2,
        ("tool_calls", "boss"): 1,
        ("inference_calls", "forecaster"): 2,
        ("tool_calls", "forecaster"): 1,
    }


def test_an_agent_that_the_application_calls_is_no_tool(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    make()("How is it?")
    assert traced.tree() == TREE


def test_a_plan_is_an_inference_of_its_agent(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply("I will look."), says("Sunny."))
    make(planning_interval=1).run(ASK)
    assert traced.tree() == ["invoke_agent forecaster", *["  chat gpt-4o-mini"] * 2]


def test_parallel_tools_stay_siblings(traced: Recorder, make: Callable[..., Any], provider: Provider) -> None:
    both = threading.Barrier(2, timeout=30)

    @tool
    def first() -> str:
        """Do the first thing."""
        both.wait()
        return "one"

    @tool
    def second() -> str:
        """Do the second thing."""
        both.wait()
        return "two"

    provider.say(
        Reply(tool_calls=[ToolCall("first", id="call_1"), ToolCall("second", id="call_2")]), says("done")
    )
    make(tools=(first, second)).run("Go")
    assert sorted(traced.tree()[2:4]) == ["  execute_tool first", "  execute_tool second"]
    ids = {
        span.attributes["gen_ai.tool.name"]: span.attributes["gen_ai.tool.call.id"]
        for span in traced.spans
        if span.name.startswith("exec")
    }
    assert ids == {"first": "call_1", "second": "call_2"}


def test_two_calls_of_one_tool_have_their_own_ids(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    asked = [ToolCall("get_weather", {"city": city}, id=f"call_{city}") for city in ("Lisbon", "Porto")]
    provider.say(Reply(tool_calls=asked), says("done"))
    make().run("Go")
    ids = [span.attributes["gen_ai.tool.call.id"] for span in traced.spans if span.name.startswith("exec")]
    assert sorted(ids) == ["call_Lisbon", "call_Porto"]


def test_spans_of_a_tool_nest_under_it(
    traced: Recorder, coder: Callable[..., Any], provider: Provider
) -> None:
    seen: list[Any] = []

    class Weather(Tool):
        name = "get_weather"
        description = "Get the weather of a city."
        inputs = {"city": {"type": "string", "description": "The city."}}
        output_type = "string"

        def forward(self, city: str) -> str:
            seen.append(otel.get_current_span())
            return f"It is sunny in {city}."

    provider.say(writes('final_answer(get_weather(city="Lisbon"))'))
    assert coder(tools=(Weather(),)).run(ASK) == "It is sunny in Lisbon."
    assert seen[0].name == "execute_tool get_weather"
    assert otel.get_current_span() is otel.INVALID_SPAN
    assert traced.tree() == [
        "invoke_agent coder",
        "  chat gpt-4o-mini",
        "  execute_tool python_interpreter",
        "    execute_tool get_weather",
    ]


def test_a_streamed_run_keeps_its_spans_to_itself(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    for _ in make(stream_outputs=True).run(ASK, stream=True):
        assert otel.get_current_span() is otel.INVALID_SPAN
    assert traced.tree() == TREE
    chats = [span.attributes or {} for span in traced.spans if span.name.startswith("chat")]
    assert all(chat["gen_ai.request.stream"] for chat in chats)
    assert all("gen_ai.response.time_to_first_chunk" in chat for chat in chats)


def test_agents_side_by_side_keep_to_themselves(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    provider.say(*[says("Sunny.")] * 4)
    agents = [make(f"agent_{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda agent: agent.run(ASK), agents))
    assert sorted(traced.tree()) == sorted(
        line for number in range(4) for line in (f"invoke_agent agent_{number}", "  chat gpt-4o-mini")
    )


def test_a_span_of_the_application_is_the_parent_of_a_run(
    traced: Recorder, make: Callable[..., Any], spoken: Provider
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        make().run(ASK)
    assert traced.tree() == ["request", *(f"  {line}" for line in TREE)]


def test_a_tool_on_its_own_has_its_span(traced: Recorder) -> None:
    assert get_weather("Lisbon") == "It is sunny in Lisbon."
    assert traced.tree() == ["execute_tool get_weather"]
