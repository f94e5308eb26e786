# SPDX-License-Identifier: Apache-2.0
"""Every way to call a model gives one chat span, which is current on the wire and nowhere else."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnableParallel
from opentelemetry import trace
from pydantic import BaseModel

from libraries.langchain.agents import http, since
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_openai import ChatOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider


class Weather(BaseModel):
    """The weather of a city."""

    city: str


def nothing_current() -> bool:
    return trace.get_current_span() is trace.INVALID_SPAN


async def _consume(stream: Any) -> None:
    async for _ in stream:
        assert nothing_current()


def _drain(stream: Any) -> None:
    for _ in stream:
        assert nothing_current()


PROMPT = ChatPromptTemplate.from_messages([("user", "{text}")])
SYNC: dict[str, Callable[[Any], Any]] = {
    "invoke": lambda m: m.invoke("hi"),
    "stream": lambda m: _drain(m.stream("hi")),
    "generate": lambda m: m.generate([[_user()]]),
    "structured": lambda m: m.with_structured_output(Weather).invoke("Lisbon"),
    "structured by function": lambda m: m.with_structured_output(Weather, method="function_calling").invoke(
        "Lisbon"
    ),
    "tools": lambda m: m.bind_tools([Weather]).invoke("hi"),
    "chain": lambda m: (PROMPT | m | StrOutputParser()).invoke({"text": "hi"}),
    "chain stream": lambda m: _drain((PROMPT | m | StrOutputParser()).stream({"text": "hi"})),
    "retry": lambda m: m.with_retry().invoke("hi"),
    "fallbacks": lambda m: m.with_fallbacks([m]).invoke("hi"),
    "configurable": lambda m: m.with_config(run_name="named", tags=["t"]).invoke("hi"),
    "batch of one": lambda m: m.batch(["hi"]),
    "events": lambda m: _drain(m.stream_events("hi", version="v3")),
}
ASYNC: dict[str, Callable[[Any], Any]] = {
    "ainvoke": lambda m: m.ainvoke("hi"),
    "astream": lambda m: _consume(m.astream("hi")),
    "agenerate": lambda m: m.agenerate([[_user()]]),
    "abatch of one": lambda m: m.abatch(["hi"]),
    "astream_events": lambda m: _consume(m.astream_events("hi", version="v2")),
    "astream_log": lambda m: _consume(m.astream_log("hi")),
    "chain": lambda m: (PROMPT | m | StrOutputParser()).ainvoke({"text": "hi"}),
    "chain astream": lambda m: _consume((PROMPT | m | StrOutputParser()).astream({"text": "hi"})),
    "chain astream_events": lambda m: _consume((PROMPT | m).astream_events({"text": "hi"}, version="v2")),
    "structured": lambda m: m.with_structured_output(Weather).ainvoke("Lisbon"),
    "fallbacks": lambda m: m.with_fallbacks([m]).ainvoke("hi"),
    "retry": lambda m: m.with_retry().ainvoke("hi"),
}


def _user() -> Any:
    from langchain_core.messages import HumanMessage

    return HumanMessage("hi")


IGNORED = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::langchain_core._api.LangChainBetaWarning"
)


@IGNORED
@pytest.mark.parametrize("mode", SYNC)
def test_a_sync_call_is_one_chat_span_with_its_request_inside(
    traced: Recorder, model: ChatOpenAI, wire: list[str], mode: str
) -> None:
    SYNC[mode](model)
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert wire == ["chat gpt-4o-mini"]
    assert nothing_current()


@IGNORED
@pytest.mark.parametrize("mode", ASYNC)
async def test_an_async_call_is_one_chat_span_with_its_request_inside(
    traced: Recorder, model: ChatOpenAI, wire: list[str], mode: str
) -> None:
    await ASYNC[mode](model)
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert wire == ["chat gpt-4o-mini"]
    assert nothing_current()


def test_a_batch_leaves_nothing_current_and_its_calls_are_siblings(
    traced: Recorder, model: ChatOpenAI, wire: list[str]
) -> None:
    (PROMPT | model).batch([{"text": str(number)} for number in range(4)])
    assert nothing_current()
    assert traced.tree() == ["chat gpt-4o-mini"] * 4
    assert wire == ["chat gpt-4o-mini"] * 4


async def test_an_async_batch_leaves_nothing_current(traced: Recorder, model: ChatOpenAI) -> None:
    await (PROMPT | model).abatch([{"text": str(number)} for number in range(4)])
    assert nothing_current()
    assert traced.tree() == ["chat gpt-4o-mini"] * 4


@pytest.mark.filterwarnings("ignore:Unexpected type for token usage")
def test_several_prompts_of_one_generate_keep_their_own_spans(
    traced: Recorder, model: ChatOpenAI, wire: list[str]
) -> None:
    model.generate([[_user()], [_user()]])
    assert traced.tree() == ["chat gpt-4o-mini"] * 2
    assert len({span.attributes["gen_ai.response.id"] for span in traced.spans}) == 2
    assert wire == ["chat gpt-4o-mini"] * 2


def test_a_parallel_map_nests_under_the_span_of_the_application(traced: Recorder, model: ChatOpenAI) -> None:
    tracer = traced.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("request"):
        RunnableParallel(a=model, b=model).invoke("hi")
    assert traced.tree() == ["request", "  chat gpt-4o-mini", "  chat gpt-4o-mini"]


def test_a_streamed_call_has_the_attributes_of_an_unstreamed_one(
    traced: Recorder, make: Callable[..., ChatOpenAI]
) -> None:
    model = make(stream_usage=True)
    model.invoke("hi")
    for _ in model.stream("hi"):
        pass
    plain, streamed = (set(span.attributes or {}) for span in traced.spans)
    assert streamed - plain == {"gen_ai.request.stream", "gen_ai.response.time_to_first_chunk"}
    assert plain - streamed == set()


def test_usage_is_counted_once_for_several_choices(traced: Recorder, make: Callable[..., ChatOpenAI]) -> None:
    make(n=3).invoke("hi")
    attributes = traced.attributes("chat")
    assert attributes["gen_ai.request.choice.count"] == 3
    assert attributes["gen_ai.response.finish_reasons"] == ["stop"] * 3
    points = {
        p.labels["gen_ai.token.type"]: (p.sum, p.count) for p in traced.points("gen_ai.client.token.usage")
    }
    assert points == {
        "input": (attributes["gen_ai.usage.input_tokens"], 1),
        "output": (attributes["gen_ai.usage.output_tokens"], 1),
    }


@since("0.3.30", "the id of an answer is not told yet")
def test_usage_comes_from_langchain_when_the_client_is_not_traced(
    recorder: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    from spanwright.instrumentors.langchain import LangChainInstrumentor

    recorder.instrument(LangChainInstrumentor())
    provider.say(
        Reply(
            text="hello",
            usage={
                "prompt_tokens": 100,
                "completion_tokens": 20,
                "total_tokens": 120,
                "prompt_tokens_details": {"cached_tokens": 60},
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
        )
    )
    model.bind(temperature=0.5, top_p=0.9, seed=7, stop=["x"], max_tokens=9).invoke("hi")
    found = recorder.attributes("chat")
    assert found.pop("gen_ai.response.id").startswith("chatcmpl")
    assert found.pop("server.port") > 0
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "server.address": "127.0.0.1",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["x"],
        "gen_ai.request.max_tokens": 9,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 60,
        "gen_ai.usage.reasoning.output_tokens": 5,
    }


@pytest.mark.parametrize(
    ("base", "provider"),
    [
        ("https://api.deepseek.com/v1", "deepseek"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://models.example.com/v1", "openai"),
    ],
)
def test_the_provider_is_the_one_that_is_asked(recorder: Recorder, base: str, provider: str) -> None:
    from langchain_openai import ChatOpenAI

    from spanwright.instrumentors.langchain import LangChainInstrumentor

    recorder.instrument(LangChainInstrumentor())

    class Refused(http.BaseTransport):
        def handle_request(self, request: Any) -> Any:
            raise http.ConnectError("refused")

    with http.Client(transport=Refused()) as client:
        model = ChatOpenAI(base_url=base, api_key="test", model="m", http_client=client, max_retries=0)
        with pytest.raises(Exception, match="Connection error"):
            model.invoke("hi")
    found = recorder.attributes("chat")
    assert found["gen_ai.provider.name"] == provider
    assert found["server.address"] == base.split("/")[2]
    assert found["server.port"] == 443


def test_a_streamed_call_without_a_traced_client_tells_model_and_reason(
    recorder: Recorder, model: ChatOpenAI
) -> None:
    from spanwright.instrumentors.langchain import LangChainInstrumentor

    recorder.instrument(LangChainInstrumentor())
    for _ in model.stream("hi"):
        pass
    found = recorder.attributes("chat")
    assert found["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert found["gen_ai.response.finish_reasons"] == ["stop"]
    assert found["gen_ai.request.stream"] is True


def test_the_first_model_of_fallbacks_says_its_error_and_the_second_is_asked(
    traced: Recorder, make: Callable[..., ChatOpenAI]
) -> None:
    make(model="error:500").with_fallbacks([make()]).invoke("hi")
    assert traced.tree() == ["chat error:500", "chat gpt-4o-mini"]
    assert traced.attributes("chat error")["error.type"].startswith(("openai.", "langchain_openai."))
    assert traced.one("chat gpt").status.is_unset


def test_each_retry_of_the_application_is_a_call_of_its_own(
    traced: Recorder, make: Callable[..., ChatOpenAI]
) -> None:
    make(model="flaky:500").with_retry(wait_exponential_jitter=False).invoke("hi")
    assert traced.tree() == ["chat flaky:500"] * 2
    assert [span.status.is_unset for span in traced.spans] == [False, True]


def test_retries_of_the_client_are_inside_of_one_span(
    traced: Recorder, make: Callable[..., ChatOpenAI], wire: list[str]
) -> None:
    make(model="flaky:500,429", max_retries=3).invoke("hi")
    assert traced.tree() == ["chat flaky:500,429"]
    assert wire == ["chat flaky:500,429"] * 3


async def test_twenty_concurrent_streams_keep_their_parents(traced: Recorder, model: ChatOpenAI) -> None:
    tracer = traced.tracer_provider.get_tracer("app")

    async def ask(number: int) -> None:
        with tracer.start_as_current_span(f"request {number}"):
            async for _ in model.astream(str(number)):
                await asyncio.sleep(0)
                for _ in range(random.randrange(4)):
                    await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(20)))
    requests = {span.context.span_id: span for span in traced.spans if span.name.startswith("request")}
    chats = [span for span in traced.spans if span.name.startswith("chat")]
    assert sorted(span.parent.span_id for span in chats) == sorted(requests)


def test_a_span_inside_of_a_lambda_is_the_parent_of_what_it_calls(
    traced: Recorder, model: ChatOpenAI
) -> None:
    tracer = traced.tracer_provider.get_tracer("app")

    def ask(text: str) -> Any:
        with tracer.start_as_current_span("inner"):
            return model.invoke(text)

    with tracer.start_as_current_span("outer"):
        RunnableLambda(ask).invoke("hi")
    assert traced.tree() == ["outer", "  inner", "    chat gpt-4o-mini"]


async def test_http_spans_nest_under_the_chat_span(traced: Recorder, model: ChatOpenAI) -> None:
    httpx = pytest.importorskip("spanwright.instrumentors.httpx")
    traced.instrument(httpx.HttpxInstrumentor())
    model.invoke("hi")
    for _ in model.stream("hi"):
        pass
    await model.ainvoke("hi")
    async for _ in model.astream("hi"):
        pass
    assert traced.tree() == ["chat gpt-4o-mini", "  POST"] * 4


def test_the_chat_span_starts_nothing_new_in_the_trace_of_the_caller(
    traced: Recorder, model: ChatOpenAI
) -> None:
    tracer = traced.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("request") as span:
        model.invoke("hi")
        assert trace.get_current_span() is span
    assert len({span.context.trace_id for span in traced.spans}) == 1


def test_a_tool_call_of_the_model_ends_with_that_reason(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    provider.say(Reply(tool_calls=[ToolCall("Weather", {"city": "Lisbon"})]))
    model.bind_tools([Weather]).invoke("hi")
    assert traced.attributes("chat")["gen_ai.response.finish_reasons"] == ["tool_call"]
