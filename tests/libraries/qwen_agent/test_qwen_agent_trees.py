# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dirty_equals import IsInt, IsPartialDict, IsStr
from opentelemetry import trace
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from qwen_agent.agents import Assistant, Router
from qwen_agent.llm import get_chat_model

from alike import weather
from alike.runs import calls_by_agent, content, judge_metrics, tokens
from asking import ANSWERED
from libraries.qwen_agent.conftest import Function, answer, ask, calls
from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.dashscope import DashScopeInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor
from wires.dashscope import WIRE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Recorder

TREE = weather.tree("forecaster")
RAW = {"generate_cfg": {"use_raw_api": True}}


def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Any, spoken: Provider, server: dict[str, Any]
) -> None:
    assert answer(forecaster.run(ask())) == "It is sunny."
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "forecaster",
        "gen_ai.agent.description": "Tells the weather.",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    assert traced.attributes("execute_tool") == {
        **weather.tool("forecaster"),
        # The framework counts what a model writes as a call.
        "gen_ai.tool.call.id": "1",
    }
    first, last = [dict(span.attributes or {}) for span in traced.spans if span.name.startswith("chat")]
    assert {**last, "gen_ai.response.finish_reasons": list(last["gen_ai.response.finish_reasons"])} == {
        **ANSWERED,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.request.seed": IsInt,
        "gen_ai.response.time_to_first_chunk": last["gen_ai.response.time_to_first_chunk"],
    }
    assert first["gen_ai.response.finish_reasons"] == ("tool_call",)
    del spoken


def test_a_run_is_counted_once(traced: Recorder, forecaster: Any, spoken: Provider) -> None:
    spoken.say(
        calls("get_weather", city="Lisbon"),
        Reply("It is sunny.", usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}),
    )
    forecaster.run_nonstream(ask())
    counted = {
        point.metric: (point.sum, point.count)
        for point in traced.points("gen_ai.")
        if point.metric.endswith("_calls")
    }
    assert counted == {
        "gen_ai.invoke_agent.inference_calls": (2, 1),
        "gen_ai.invoke_agent.tool_calls": (1, 1),
    }
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [2]


def test_a_model_that_is_asked_alone_and_not_streamed_counts_its_tokens(
    traced: Recorder, model: Callable[..., Any]
) -> None:
    assert model().chat(messages=ask(), stream=False)[0]["content"]
    found = traced.attributes("chat")
    assert found["gen_ai.usage.input_tokens"] == tokens(traced)["input"]
    assert found["gen_ai.usage.output_tokens"] == tokens(traced)["output"]
    assert "gen_ai.request.stream" not in found


def test_the_pieces_of_a_delta_stream_are_one_call(shown: Recorder, model: Callable[..., Any]) -> None:
    pieces = list(model().chat(messages=ask(), delta_stream=True))
    said = "".join(each[0]["content"] for each in pieces)
    assert content(shown, "chat")["output.messages"] == [
        {"role": "assistant", "parts": [{"type": "text", "content": said}], "finish_reason": "stop"}
    ]


def test_http_requests_are_beneath_the_models_call(
    recorder: Recorder, forecaster: Any, spoken: Provider
) -> None:
    recorder.instrument(QwenAgentInstrumentor(), HttpxInstrumentor())
    forecaster.run_nonstream(ask())
    requests = [line for line in recorder.tree() if "POST" in line]
    assert [len(line) - len(line.lstrip()) for line in requests] in ([4, 4], [])
    assert [line for line in recorder.tree() if "POST" not in line] == TREE
    del spoken


def test_an_agent_that_another_one_hands_over_to_is_inside_of_it(
    traced: Recorder, make: Callable[..., Any], provider: Provider
) -> None:
    inner = make("guide", description="Knows the way.")
    provider.say(Reply("Call: guide\nReply:"), Reply("To the left."))
    assert answer(make("host", kind=Router, agents=[inner]).run(ask())) == "To the left."
    assert traced.tree() == [
        "invoke_agent host",
        "  chat gpt-4o-mini",
        "  invoke_agent guide",
        "    chat gpt-4o-mini",
    ]
    assert calls_by_agent(traced) == {
        ("inference_calls", "host"): 1,
        ("tool_calls", "host"): 0,
        ("inference_calls", "guide"): 1,
        ("tool_calls", "guide"): 0,
    }


def test_agents_in_threads_are_siblings(traced: Recorder, make: Callable[..., Any]) -> None:
    agents = [make(f"agent {number}") for number in range(4)]
    tracer = traced.tracer_provider.get_tracer("application")
    ThreadingInstrumentor().instrument()
    try:
        with tracer.start_as_current_span("all"), ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda agent: agent.run_nonstream(ask()), agents))
    finally:
        ThreadingInstrumentor().uninstrument()
    lines = sorted(line for line in traced.tree() if "invoke_agent" in line)
    assert lines == [f"  invoke_agent agent {number}" for number in range(4)]


def test_a_search_in_files_is_a_retrieval(
    shown: Recorder, make: Callable[..., Any], tmp_path: Path, provider: Provider
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("The hall is to the left of the stairs.\n" * 3)
    provider.say(Reply('{"keywords_zh": [], "keywords_en": ["hall"], "text": "hall"}'))
    agent = make("reader", files=[str(notes)], rag_cfg={"rag_keygen_strategy": "none"})
    agent.run_nonstream(ask("Where is the hall?"))
    assert shown.tree() == ["invoke_agent reader", "  retrieval", "  chat gpt-4o-mini"]
    told = content(shown, "retrieval")
    assert told["retrieval.query.text"] == "Where is the hall?"
    (found,) = told["retrieval.documents"]
    assert "left of the stairs" in found["content"]


def test_native_calls_of_tools_have_their_ids(
    shown: Recorder, make: Callable[..., Any], model: Callable[..., Any], provider: Provider
) -> None:
    if not hasattr(model(), "use_raw_api"):
        pytest.skip("not yet: models that call tools natively")
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]), Reply("It is sunny."))
    make("forecaster", Function(weather.get_weather, "city"), llm=model(**RAW)).run_nonstream(ask())
    assert shown.tree() == TREE
    called = shown.attributes("execute_tool")["gen_ai.tool.call.id"]
    assert called == IsStr(regex="call_.+")
    told = content(shown, "chat", 1)["input.messages"]
    assert told[-2]["parts"] == [
        {"type": "tool_call", "name": "get_weather", "id": called, "arguments": {"city": "Lisbon"}}
    ]
    assert told[-1]["parts"] == [
        {"type": "tool_call_response", "id": called, "response": "It is sunny in Lisbon."}
    ]


@pytest.mark.parametrize("beneath", [True, False])
@pytest.mark.parametrize("settings", [{}, RAW])
def test_a_call_of_dashscope_is_counted_once_with_and_without_its_sdk_traced(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], beneath: bool
) -> None:
    recorder.instrument(QwenAgentInstrumentor(), *([DashScopeInstrumentor()] if beneath else []))
    with Provider(wires=[WIRE]) as provider:
        monkeypatch.setattr(dashscope, "base_http_api_url", f"{provider.url}/api/v1")
        model = get_chat_model(
            {"model": "qwen-max", "model_type": "qwen_dashscope", "api_key": "test", **settings}
        )
        Assistant(llm=model, name="helper").run_nonstream(ask())
    assert recorder.tree() == ["invoke_agent helper", "  chat qwen-max"]
    assert recorder.attributes("chat") == IsPartialDict(
        {
            "gen_ai.provider.name": "dashscope",
            "gen_ai.usage.input_tokens": tokens(recorder)["input"],
            "gen_ai.usage.output_tokens": tokens(recorder)["output"],
        }
    )


def test_a_stream_is_never_current_in_the_application(traced: Recorder, forecaster: Any) -> None:
    for _ in forecaster.run(ask()):
        assert trace.get_current_span() is trace.INVALID_SPAN
    assert traced.spans


def test_the_metrics_are_those_of_an_agent(traced: Recorder, forecaster: Any, provider: Provider) -> None:
    provider.say(calls("get_weather", city="Lisbon"), Reply("It is sunny."))
    forecaster.llm.generate_cfg["stream_options"] = {"include_usage": True}
    forecaster.run_nonstream(ask())
    judge_metrics(traced)
