# SPDX-License-Identifier: Apache-2.0
"""Model calls: every way to make one is one span, which is current on the wire and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM, MockLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.prompts import PromptTemplate
from llama_index.llms.openai import OpenAI
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from pydantic import BaseModel

from asking import ANSWERED
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

HI = [ChatMessage(role="user", content="hi")]
CHAT = "chat gpt-4o-mini"
PROMPT = PromptTemplate("{text}")


class Weather(BaseModel):
    """The weather of a city."""

    city: str


def nothing_current() -> bool:
    return trace.get_current_span() is trace.INVALID_SPAN


def drain(stream: Any) -> Any:
    last = None
    for last in stream:
        assert nothing_current()
    return last


async def consume(stream: Any) -> Any:
    last = None
    async for last in await stream:
        assert nothing_current()
    return last


SYNC: dict[str, Callable[[OpenAI], Any]] = {
    "chat": lambda m: m.chat(HI),
    "stream_chat": lambda m: drain(m.stream_chat(HI)),
    "complete": lambda m: m.complete("hi"),
    "stream_complete": lambda m: drain(m.stream_complete("hi")),
    "predict": lambda m: m.predict(PROMPT, text="hi"),
    "stream": lambda m: drain(m.stream(PROMPT, text="hi")),
    "chat_with_tools": lambda m: m.chat_with_tools([], "hi"),
    "structured_predict": lambda m: m.structured_predict(Weather, PROMPT, text="Lisbon"),
    "as_structured_llm": lambda m: m.as_structured_llm(Weather).chat(HI),
}
ASYNC: dict[str, Callable[[OpenAI], Any]] = {
    "achat": lambda m: m.achat(HI),
    "astream_chat": lambda m: consume(m.astream_chat(HI)),
    "acomplete": lambda m: m.acomplete("hi"),
    "astream_complete": lambda m: consume(m.astream_complete("hi")),
    "apredict": lambda m: m.apredict(PROMPT, text="hi"),
    "astructured_predict": lambda m: m.astructured_predict(Weather, PROMPT, text="Lisbon"),
}


@pytest.mark.parametrize("mode", SYNC)
def test_a_sync_call_is_one_span_with_its_request_inside(recorder: Recorder, llm: OpenAI, mode: str) -> None:
    recorder.instrument(LlamaIndexInstrumentor(), HttpxInstrumentor())
    SYNC[mode](llm)
    assert recorder.tree() == [CHAT, "  POST"]
    assert nothing_current()


@pytest.mark.parametrize("mode", ASYNC)
async def test_an_async_call_is_one_span_with_its_request_inside(
    recorder: Recorder, llm: OpenAI, mode: str
) -> None:
    recorder.instrument(LlamaIndexInstrumentor(), HttpxInstrumentor())
    await ASYNC[mode](llm)
    assert recorder.tree() == [CHAT, "  POST"]
    assert nothing_current()


@pytest.mark.parametrize("mode", SYNC)
def test_a_sync_call_is_counted_once_with_its_client(traced: Recorder, llm: OpenAI, mode: str) -> None:
    SYNC[mode](llm)
    assert traced.tree() == [CHAT]
    assert {point.count for point in traced.points("gen_ai.client.operation.duration")} == {1}


@pytest.mark.parametrize("mode", ASYNC)
async def test_an_async_call_is_counted_once_with_its_client(
    traced: Recorder, llm: OpenAI, mode: str
) -> None:
    await ASYNC[mode](llm)
    assert traced.tree() == [CHAT]
    assert {point.count for point in traced.points("gen_ai.client.operation.duration")} == {1}


def test_a_call_tells_what_was_asked_and_answered(traced: Recorder, llm: OpenAI, server: Any) -> None:
    llm.chat(HI, max_tokens=50, seed=7)
    assert traced.attributes() == {
        **ANSWERED,
        **server,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.seed": 7,
        "gen_ai.request.temperature": 0.1,
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 26,
    }


def test_without_its_client_a_call_tells_what_llama_index_knows(
    alone: Recorder, llm: OpenAI, server: Any
) -> None:
    llm.chat(HI)
    assert alone.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0.1,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": IsStr,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 26,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
        "gen_ai.output.messages": IsStr(regex=r'\[{"role":"assistant".*"finish_reason":"stop"}\]'),
    }


def test_without_its_client_a_stream_tells_the_same(alone: Recorder, llm: OpenAI, server: Any) -> None:
    drain(llm.stream_chat(HI, stream_options={"include_usage": True}))
    assert alone.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.temperature": 0.1,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.id": IsStr,
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 8,
        "gen_ai.usage.output_tokens": 26,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
        "gen_ai.output.messages": IsStr(regex=r'\[{"role":"assistant".*"finish_reason":"stop"}\]'),
    }


def test_no_content_is_captured_unless_asked_for(traced: Recorder, llm: OpenAI) -> None:
    llm.chat([ChatMessage(role="user", content="SECRETPII")])
    drain(llm.stream_complete("SECRETPII"))
    assert "SECRETPII" not in traced.everything()


def test_tools_and_their_results_are_content(shown: Recorder, llm: OpenAI, provider: Provider) -> None:
    provider.say(
        Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"}, id="call_1")]), Reply("Sunny.")
    )
    spec = {
        "type": "function",
        "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}},
    }
    asked = llm.chat(HI, tools=[spec])
    told = ChatMessage(role="tool", content='{"sky": "clear"}', additional_kwargs={"tool_call_id": "call_1"})
    llm.chat([*HI, asked.message, told])
    first, second = (span.attributes or {} for span in shown.spans)
    call = '{"type":"tool_call","id":"call_1","name":"get_weather","arguments":{"city":"Lisbon"}}'
    assert first["gen_ai.tool.definitions"] == '[{"type":"function","name":"get_weather"}]'
    assert call in str(first["gen_ai.output.messages"])
    assert call in str(second["gen_ai.input.messages"])
    answer = '{"type":"tool_call_response","response":{"sky":"clear"},"id":"call_1"}'
    assert answer in str(second["gen_ai.input.messages"])


# --- how a call may end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_an_error_of_the_provider_is_the_spans(traced: Recorder, named: Any, status: int) -> None:
    with pytest.raises(Exception, match=str(status)) as caught:
        named(f"error:{status}").chat(HI)
    kind = type(caught.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__name__}"
    assert traced.one().status.is_unset is False


def test_an_error_in_a_stream_is_the_spans(traced: Recorder, named: Any) -> None:
    with pytest.raises(Exception, match=".") as caught:
        drain(named("odd:mid-stream-error").stream_chat(HI))
    kind = type(caught.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__name__}"


async def test_a_connection_that_is_cut_is_the_spans_error(traced: Recorder, named: Any) -> None:
    with pytest.raises(Exception, match=".") as caught:
        await consume(named("odd:mid-stream-cut").astream_chat(HI))
    kind = type(caught.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__name__}"


def test_a_stream_that_is_closed_ends_its_span(traced: Recorder, llm: OpenAI) -> None:
    stream = llm.stream_chat(HI)
    next(stream)
    stream.close()
    assert "error.type" not in traced.attributes(CHAT)


def test_a_stream_that_is_dropped_ends_its_span(traced: Recorder, llm: OpenAI) -> None:
    stream = llm.stream_chat(HI)
    next(stream)
    del stream
    gc.collect()
    assert "error.type" not in traced.attributes(CHAT)


def test_a_stream_that_is_never_read_ends_its_span(traced: Recorder, llm: OpenAI) -> None:
    llm.stream_chat(HI)
    gc.collect()
    assert traced.tree() == [CHAT]


async def test_an_async_stream_that_is_left_ends_its_span(
    traced: Recorder, llm: OpenAI, settle: Callable[[], Any]
) -> None:
    stream = await llm.astream_chat(HI)
    async for _ in stream:
        break
    del stream
    await settle()
    assert "error.type" not in traced.attributes(CHAT)


async def test_a_cancelled_call_ends_its_span(traced: Recorder, llm: OpenAI, provider: Provider) -> None:
    held = threading.Event()
    provider.say(Reply("never", hold=held))
    task = asyncio.create_task(llm.achat(HI))
    await asyncio.to_thread(provider.wait, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.set()
    assert traced.attributes(CHAT)["error.type"] == "cancelled"


# --- the application is as it was --------------------------------------------------------------------------------


def test_what_is_returned_is_of_the_bare_kind(traced: Recorder, llm: OpenAI) -> None:
    assert isinstance(llm.chat(HI), ChatResponse)
    assert type(llm.complete("hi")) is CompletionResponse
    stream = llm.stream_chat(HI)
    assert isinstance(stream, Generator)
    assert inspect.isgenerator(stream)
    drain(stream)


async def test_an_async_stream_is_of_the_bare_kind(traced: Recorder, llm: OpenAI) -> None:
    stream = await llm.astream_chat(HI)
    assert isinstance(stream, AsyncGenerator)
    async for _ in stream:
        pass


def test_methods_look_as_before(recorder: Recorder) -> None:
    before = inspect.signature(OpenAI.chat), inspect.iscoroutinefunction(OpenAI.achat), OpenAI.chat.__doc__
    recorder.instrument(LlamaIndexInstrumentor())
    after = inspect.signature(OpenAI.chat), inspect.iscoroutinefunction(OpenAI.achat), OpenAI.chat.__doc__
    assert after == before


def test_messages_and_arguments_are_left_alone(shown: Recorder, llm: OpenAI) -> None:
    given = [ChatMessage(role="user", content="hi")]
    before = [each.model_dump() for each in given]
    llm.chat(given)
    assert [each.model_dump() for each in given] == before


def test_a_method_that_was_bound_before_is_traced(recorder: Recorder, llm: OpenAI) -> None:
    recorder.instrument(LlamaIndexInstrumentor())
    bound = llm.chat
    recorder.uninstrument()
    bound(HI)
    assert recorder.spans == []
    recorder.instrument(LlamaIndexInstrumentor())
    llm.chat(HI)
    assert recorder.tree() == [CHAT]


def test_uninstrumented_classes_are_as_before(recorder: Recorder, llm: OpenAI) -> None:
    before = {name: vars(OpenAI).get(name) for name in ("chat", "stream_chat", "achat", "complete")}
    recorder.instrument(LlamaIndexInstrumentor())
    assert vars(OpenAI)["chat"] is not before["chat"]
    recorder.uninstrument()
    assert {name: vars(OpenAI).get(name) for name in before} == before
    llm.chat(HI)
    assert recorder.spans == []


def test_suppression_suppresses(traced: Recorder, llm: OpenAI) -> None:
    with suppress_instrumentation():
        llm.chat(HI)
        drain(llm.stream_chat(HI))
    assert traced.spans == []
    assert traced.points("gen_ai") == []


# --- models of the application -----------------------------------------------------------------------------------


def local() -> type[CustomLLM]:
    """Return a class of a model in this process."""

    class Local(CustomLLM):
        model: str = "tiny"

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(model_name=self.model)

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
            return CompletionResponse(text=prompt.upper())

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            def answer() -> Any:
                for end in range(1, len(prompt) + 1):
                    yield CompletionResponse(text=prompt[:end].upper(), delta=prompt[end - 1])

            return answer()

    return Local


@pytest.mark.parametrize("early", [True, False])
def test_a_class_of_the_application_is_traced_whenever_it_was_made(
    recorder: Recorder, *, early: bool
) -> None:
    kind = local() if early else None
    recorder.instrument(LlamaIndexInstrumentor())
    model = (kind or local())()
    assert model.complete("hi").text == "HI"
    assert drain(model.stream_complete("hi")).text == "HI"
    assert "HI" in str(model.chat(HI).message.content)
    assert recorder.tree() == ["text_completion tiny", "text_completion tiny", "chat tiny"]
    assert recorder.spans[0].attributes["gen_ai.provider.name"] == "local"


def test_a_class_that_is_made_while_uninstrumented_stays_bare(recorder: Recorder) -> None:
    recorder.instrument(LlamaIndexInstrumentor())
    recorder.uninstrument()
    local()().complete("hi")
    assert recorder.spans == []


def test_a_model_around_a_model_is_one_call(traced: Recorder, llm: OpenAI) -> None:
    class Around(MockLLM):
        @llm_chat_callback()
        def chat(self, messages: Any, **kwargs: Any) -> Any:
            return llm.chat(messages, **kwargs)

    Around().chat(HI)
    assert traced.tree() == [CHAT]
    assert {point.count for point in traced.points("gen_ai.client.token.usage")} == {1}


def test_a_model_whose_description_fails_is_traced(recorder: Recorder, options: Any) -> None:
    recorder.instrument(LlamaIndexInstrumentor())
    with pytest.raises(ValueError, match="Unknown model"):
        OpenAI(model="nobody-knows", **options).complete("hi")
    assert recorder.attributes()["error.type"] == "ValueError"
