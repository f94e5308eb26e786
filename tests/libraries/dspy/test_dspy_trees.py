# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import dspy
import pytest
from dirty_equals import IsStr
from opentelemetry import trace

from alike import weather
from alike.runs import calls_by_agent, tokens
from libraries.dspy.conftest import OWN_ENGINE, calls, said
from libraries.dspy.programs import ASK, SAID, SCRIPT, TREE, WAYS, Forecaster, Writer, forecaster
from spanwright.instrumentors.dspy import DSPyInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

COLOUR = "Which colour has the sky?"
_OPENAI = {
    "openai.api.type": "chat_completions",
    "openai.response.service_tier": "default",
    "openai.response.system_fingerprint": IsStr(),
}


def test_a_prediction_is_one_model_call(
    traced: Recorder, make: Callable[..., dspy.LM], provider: Provider, server: dict[str, Any]
) -> None:
    provider.say(said(answer="Blue."))
    model = make(temperature=0.5, max_tokens=200, top_p=0.9)
    with dspy.context(lm=model):
        assert dspy.Predict("question -> answer")(question=COLOUR).answer == "Blue."
    assert traced.tree() == ["chat gpt-4o-mini"]
    used = model.history[-1]["usage"]
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        **server,
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 200,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
        "gen_ai.response.model": IsStr(regex="gpt-4o-mini.*"),
        "gen_ai.usage.input_tokens": used["prompt_tokens"],
        "gen_ai.usage.output_tokens": used["completion_tokens"],
        **({} if OWN_ENGINE else _OPENAI),
    }


@WAYS
async def test_an_agent_has_its_model_calls_and_its_tool(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    assert (await way(forecaster())).answer == SAID
    assert traced.tree() == TREE
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Forecaster",
    }
    assert traced.attributes("execute_tool") == weather.tool()


@WAYS
async def test_a_program_is_a_workflow_and_a_program_inside_it_a_step(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(said(reasoning="So.", answer="Rain."), said(answer="Rain, I fear."))
    await way(Writer())
    assert traced.tree() == [
        "invoke_workflow Writer",
        "  module Drafts",
        "    chat gpt-4o-mini",
        "  chat gpt-4o-mini",
    ]
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Writer",
    }
    assert dict(traced.one("module").attributes or {}) == {}


def test_an_agent_is_called_as_its_class_or_its_signature_and_else_not_at_all(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    class Clerk(dspy.ReAct):
        pass

    for made in (Clerk("question -> answer", []), dspy.ReAct("question -> answer", []), forecaster()):
        provider.say(said(reasoning="So.", answer="Yes."))
        made(question="?", max_iters=0)
    assert [span.name for span in traced.spans if "agent" in span.name] == [
        "invoke_agent Clerk",
        "invoke_agent",
        "invoke_agent Forecaster",
    ]


@pytest.mark.skipif(not hasattr(dspy, "ReActV2"), reason="not yet: agents that call tools natively")
def test_an_agent_that_calls_tools_natively_has_the_same_spans(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    from spanwright.console.provider import Reply, ToolCall

    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]),
        Reply(tool_calls=[ToolCall("submit", {"answer": SAID})]),
    )
    from libraries.dspy.programs import get_weather

    with dspy.context(adapter=dspy.ChatAdapter(use_native_function_calling=True)):
        assert dspy.ReActV2(Forecaster, tools=[get_weather])(question=ASK).answer == SAID
    assert traced.tree() == TREE[:-1]


@WAYS
async def test_usage_is_counted_once(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None, way: Callable[[Any], Awaitable[Any]]
) -> None:
    provider.say(*SCRIPT)
    with dspy.context(track_usage=True):
        await way(forecaster())
    used = [entry["usage"] for entry in lm.history]
    assert tokens(traced) == {
        "input": sum(each["prompt_tokens"] for each in used),
        "output": sum(each["completion_tokens"] for each in used),
    }


def test_an_agent_counts_its_calls_and_its_tools(traced: Recorder, lm: dspy.LM, provider: Provider) -> None:
    provider.say(*SCRIPT)
    forecaster()(question=ASK)
    assert calls_by_agent(traced) == {("inference_calls", "Forecaster"): 3, ("tool_calls", "Forecaster"): 1}


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_answer_from_the_cache_is_no_model_call(
    traced: Recorder, make: Callable[..., dspy.LM], provider: Provider, asynchronous: bool
) -> None:
    predict = dspy.Predict("question -> answer")
    asked = f"Is this kept, {'later' if asynchronous else 'now'}?"
    with dspy.context(lm=make(cache=True)):
        for _ in range(3):
            provider.say(said(answer="Blue."))
            answer = await predict.acall(question=asked) if asynchronous else predict(question=asked)
            assert answer.answer == "Blue."
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert len(provider.requests) == 1


def test_what_was_kept_before_instrumenting_is_found_after(
    recorder: Recorder, make: Callable[..., dspy.LM], provider: Provider
) -> None:
    with dspy.context(lm=make(cache=True)):
        for _ in range(2):
            provider.say(said(answer="Blue."))
            dspy.Predict("question -> answer")(question="Was this kept before?")
            recorder.instrument(DSPyInstrumentor())
    assert recorder.spans == []


def test_three_layers_and_http_are_one_model_call(
    recorder: Recorder, make: Callable[..., dspy.LM], provider: Provider
) -> None:
    recorder.instrument(DSPyInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    provider.say(said(answer="Blue."))
    model = make(**({"engine": "litellm"} if OWN_ENGINE else {}))
    with dspy.context(lm=model):
        dspy.Predict("question -> answer")(question=COLOUR)
    assert recorder.tree() == ["chat gpt-4o-mini", "  POST"]
    used = recorder.attributes("chat")["gen_ai.usage.input_tokens"]
    assert used == model.history[-1]["usage"]["prompt_tokens"]


@pytest.mark.parametrize("kind", ["text", "responses"])
def test_the_other_kinds_of_models_are_traced_too(
    traced: Recorder, make: Callable[..., dspy.LM], kind: str
) -> None:
    make(model_type=kind)("Say something.")
    operation = "text_completion" if kind == "text" else "chat"
    assert traced.tree() == [f"{operation} gpt-4o-mini"]
    assert traced.attributes()["gen_ai.usage.output_tokens"] > 0


def test_programs_in_threads_are_siblings_under_the_span_around_them(
    traced: Recorder, lm: dspy.LM, provider: Provider, threads: None
) -> None:
    provider.say(*[said(answer=str(at)) for at in range(4)])
    predict = dspy.Predict("question -> answer")
    pairs = [(predict, dspy.Example(question=f"{at}?").with_inputs("question")) for at in range(4)]
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
        dspy.Parallel(num_threads=2, disable_progress_bar=True)(pairs)
    assert traced.tree() == ["request", *["  chat gpt-4o-mini"] * 4]


async def test_programs_side_by_side_keep_to_themselves(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    provider.say(*[said(reasoning="So.", answer="Yes.")] * 4)
    made = [dspy.ReAct(type(f"A{at}", (Forecaster,), {}), []) for at in range(4)]
    await asyncio.gather(*(each.acall(question="?", max_iters=0) for each in made))
    assert sorted(traced.tree()) == sorted(
        [f"invoke_agent A{at}" for at in range(4)] + ["  chat gpt-4o-mini"] * 4
    )


def test_spans_of_a_tool_nest_under_it(traced: Recorder, lm: dspy.LM, provider: Provider) -> None:
    seen: list[Any] = []

    def look() -> str:
        """Look."""
        seen.append(trace.get_current_span())
        return "seen"

    provider.say(calls("look"), calls("finish"), said(reasoning="So.", answer="Yes."))
    dspy.ReAct("question -> answer", [look])(question="?")
    assert [span.name for span in seen] == ["execute_tool look"]
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_search_is_told_by_what_it_looks_for(traced: Recorder) -> None:
    def find(query: str, k: int) -> list[Any]:
        return [dspy.Example(long_text="The hall is to the left.")] * k

    with dspy.context(rm=find):
        assert len(dspy.Retrieve(k=2)("Where is the hall?").passages) == 2
    assert traced.tree() == ["retrieval"]
    assert traced.attributes() == {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.top_k": 2}


def test_a_search_in_embeddings_is_one_too(traced: Recorder) -> None:
    assert embeddings()("Where is the hall?").passages == ["The hall is to the left."]
    assert traced.tree() == ["retrieval"]


def embeddings() -> Any:
    """Return a search whose embeddings are the application's own."""
    import numpy as np

    def embed(texts: Any) -> Any:
        return np.array([[1.0, float("hall" in text)] for text in texts], dtype=np.float32)

    return dspy.retrievers.Embeddings(
        corpus=["The hall is to the left.", "A word."], embedder=dspy.Embedder(embed), k=1
    )


def test_the_callbacks_of_the_application_hear_all_and_stay_alone(
    traced: Recorder, lm: dspy.LM, provider: Provider
) -> None:
    heard: list[str] = []

    class Listening(dspy.utils.callback.BaseCallback):
        def on_lm_start(self, call_id: str, instance: Any, inputs: Any) -> None:
            heard.append("lm")

        def on_tool_end(self, call_id: str, outputs: Any, exception: Any = None) -> None:
            heard.append("tool")

    provider.say(*SCRIPT)
    theirs = [Listening()]
    with dspy.context(callbacks=theirs):
        forecaster()(question=ASK)
        assert dspy.settings.callbacks == theirs
    assert heard == ["lm", "tool", "lm", "tool", "lm"]
