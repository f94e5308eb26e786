# SPDX-License-Identifier: Apache-2.0
"""How calls and streams end: refused, left early, broken off; and that the caller gets what the bare SDK gives."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from hypothesis import given, settings
from hypothesis import strategies as st
from ibm_watsonx_ai.foundation_models import Embeddings, Rerank
from ibm_watsonx_ai.foundation_models.inference.fm_model_inference import FMModelInference
from ibm_watsonx_ai.wml_client_error import WMLClientError
from opentelemetry import trace
from opentelemetry.trace import StatusCode

from harness import recording
from spanwright.console.provider import Reply
from spanwright.console.provider.shape import dump
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.ibm_watsonx_ai import WatsonxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibm_watsonx_ai import APIClient
    from ibm_watsonx_ai.foundation_models import ModelInference

    from harness import Recorder
    from spanwright.console.provider import Provider

GRANITE = "ibm/granite-3-3-8b-instruct"
HELLO: list[Any] = [{"role": "user", "content": "Hello SECRET"}]
EVERYTHING = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
ERROR = IsStr(regex=r"ibm_watsonx_ai\.wml_client_error\..+")
CALLS: dict[str, Callable[[Any], Any]] = {
    "chat": lambda model: model.chat(messages=HELLO),
    "text": lambda model: model.generate("Hello SECRET"),
    "chat-stream": lambda model: list(model.chat_stream(messages=HELLO)),
    "text-stream": lambda model: list(model.generate_text_stream("Hello SECRET")),
}
STREAMS: dict[str, Callable[[Any], Any]] = {
    "chat": lambda model: model.chat_stream(messages=HELLO),
    "texts": lambda model: model.generate_text_stream("Hello SECRET"),
    "events": lambda model: model.generate_text_stream("Hello SECRET", raw_response=True),
}


def current() -> str:
    """Return the name of the span that is current here."""
    return getattr(trace.get_current_span(), "name", "")


@pytest.mark.parametrize("status", [401, 404, 429, 500])
@pytest.mark.parametrize("name", CALLS)
def test_a_refused_call_is_an_error(
    traced: Recorder, named: Callable[..., ModelInference], server: dict[str, Any], name: str, status: int
) -> None:
    with pytest.raises(WMLClientError):
        CALLS[name](named(f"error:{status}"))
    told = traced.attributes()
    told.pop("gen_ai.request.stream", None)
    assert told == {
        **server,
        "error.type": ERROR,
        "gen_ai.operation.name": "chat" if name.startswith("chat") else "text_completion",
        "gen_ai.provider.name": "ibm.watsonx.ai",
        "gen_ai.request.model": f"error:{status}",
    }
    assert traced.one().status.status_code is StatusCode.ERROR


@pytest.mark.parametrize("name", ["achat", "agenerate"])
async def test_a_refused_call_that_is_awaited_is_an_error(
    traced: Recorder, amodel: ModelInference, name: str
) -> None:
    amodel._inference.model_id = "error:404"  # noqa: SLF001 - not every version has a public setter
    with pytest.raises(WMLClientError):
        await getattr(amodel, name)(HELLO if name == "achat" else "Hello")
    assert traced.attributes()["error.type"] == ERROR


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_left_is_closed_and_no_error(
    traced: Recorder, model: ModelInference, name: str
) -> None:
    stream = STREAMS[name](model)
    next(stream)
    stream.close()
    assert traced.one().status.status_code is StatusCode.UNSET
    assert "gen_ai.response.finish_reasons" not in traced.attributes()


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_dropped_ends_its_span(traced: Recorder, model: ModelInference, name: str) -> None:
    stream = STREAMS[name](model)
    next(stream)
    del stream
    gc.collect()
    assert len(traced.spans) == 1


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_never_begun_is_no_call(traced: Recorder, model: ModelInference, name: str) -> None:
    STREAMS[name](model).close()
    assert traced.tree() == []


@pytest.mark.parametrize("name", STREAMS)
def test_a_consumer_of_a_stream_is_outside_of_its_span(
    traced: Recorder, model: ModelInference, name: str
) -> None:
    assert {current() for _ in STREAMS[name](model)} == {""}
    assert len(traced.spans) == 1


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_breaks_off_is_an_error(
    traced: Recorder, model: ModelInference, provider: Provider, name: str
) -> None:
    provider.say(Reply(text="one two three four", cut_after=2))
    with pytest.raises(Exception):  # noqa: B017 - of the HTTP library
        list(STREAMS[name](model))
    assert traced.one().status.status_code is StatusCode.ERROR


@pytest.mark.parametrize("name", STREAMS)
def test_an_error_within_a_stream_is_one_of_its_span(
    traced: Recorder, named: Callable[..., ModelInference], name: str
) -> None:
    # The oldest versions hand such an event to the consumer, or leave it out.
    raised: list[str] = []
    try:
        list(STREAMS[name](named("odd:mid-stream-error")))
    except WMLClientError as error:
        raised.append(type(error).__name__)
    told = traced.attributes().get("error.type")
    if raised:
        assert told == ERROR
    else:
        assert told == ("internal_error" if name == "chat" else None)


async def test_a_cancelled_chat_ends_as_cancelled(
    traced: Recorder, amodel: ModelInference, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(text="late", hold=held))
    task = asyncio.create_task(amodel.achat(messages=HELLO))
    await asyncio.to_thread(provider.wait, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    held.set()
    assert traced.attributes()["error.type"] == "cancelled"


@pytest.mark.parametrize("name", ["chat", "text"])
async def test_an_asynchronous_stream_that_is_left_ends_its_span(
    traced: Recorder, amodel: ModelInference, name: str
) -> None:
    asked = amodel.achat_stream(HELLO) if name == "chat" else amodel.agenerate_stream("Hello")
    stream = await asked
    await anext(stream)
    await stream.aclose()
    assert traced.one().status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("name", CALLS)
def test_the_spans_of_the_requests_nest(traced: Recorder, model: ModelInference, name: str) -> None:
    traced.instrument(HttpxInstrumentor())
    with traced.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        CALLS[name](model)
    operation = "chat" if name.startswith("chat") else "text_completion"
    assert traced.tree() == ["ask", f"  {operation} {GRANITE}", "    POST"]


def test_streams_that_are_read_in_turns_keep_their_tokens(
    traced: Recorder, model: ModelInference, provider: Provider
) -> None:
    provider.say(Reply(text="one two", usage={"input": 1, "generated": 2}))
    provider.say(Reply(text="one two", usage={"input": 3, "generated": 4}))
    pairs = zip(*(model.generate_text_stream("Hello") for _ in range(2)), strict=True)
    assert len(list(pairs)) == 3
    gc.collect()
    told = [dict(span.attributes or {})["gen_ai.usage.input_tokens"] for span in traced.spans]
    assert sorted(told) == [1, 3]


def test_types_and_signatures_stay(recorder: Recorder, model: ModelInference) -> None:
    names = ("chat", "achat", "chat_stream", "achat_stream", "generate", "generate_text_stream")
    before = [inspect.signature(getattr(FMModelInference, name)) for name in names]
    recorder.instrument(WatsonxInstrumentor())
    assert [inspect.signature(getattr(FMModelInference, name)) for name in names] == before
    assert inspect.iscoroutinefunction(FMModelInference.achat)
    stream = model.chat_stream(messages=HELLO)
    assert inspect.isgenerator(stream)
    stream.close()


def test_what_the_caller_gave_is_left_as_it_was(shown: Recorder, model: ModelInference) -> None:
    messages, params = [{"role": "user", "content": "Hello"}], {"temperature": 0.5}
    model.chat(messages=messages, params=params)
    assert (messages, params) == ([{"role": "user", "content": "Hello"}], {"temperature": 0.5})
    assert len(shown.spans) == 1


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False)
NAMES = st.sampled_from(
    [
        *("results", "generated_text", "generated_token_count", "input_token_count", "stop_reason"),
        *("choices", "message", "delta", "content", "index", "finish_reason", "usage", "prompt_tokens"),
        *("model_id", "model", "errors", "code", "tool_calls", "embedding", "score"),
    ]
)
ODD = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
RESULTS = st.lists(st.dictionaries(NAMES, ODD, max_size=4) | ODD, max_size=2)
ANSWERS = ODD | st.fixed_dictionaries({"results": RESULTS}, optional={"model_id": ODD, "usage": ODD})
WAYS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: lambda model, api, call=call: call(model) for name, call in CALLS.items()},
    "prompts": lambda model, api: model.generate_text(["SECRET"]),
    "vectors": lambda model, api: Embeddings(model_id="m", api_client=api).embed_query("SECRET"),
    "ranking": lambda model, api: Rerank("m", api_client=api).generate(query="SECRET", inputs=["SECRET"]),
}


def outcome(call: Callable[[], Any]) -> list[Any]:
    """Return what a caller sees: what came, and how it ended."""
    try:
        return [repr(call())]
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]


@pytest.mark.parametrize("name", WAYS)
def test_the_caller_gets_what_the_sdk_alone_gives(
    provider: Provider, model: ModelInference, api: APIClient, name: str
) -> None:
    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(ANSWERS)
    def any_answer(body: Any) -> None:
        def call() -> list[Any]:
            if name.endswith("stream"):
                provider.say(Reply(events=[f"event: message\ndata: {dump(body)}"] * 2))
            else:
                provider.say(Reply(body=dump(body)))
            return outcome(lambda: WAYS[name](model, api))

        bare = call()
        with recording() as recorder:
            recorder.instrument(WatsonxInstrumentor(), **EVERYTHING)
            assert call() == bare
            assert len(recorder.spans) == 1

    any_answer()
