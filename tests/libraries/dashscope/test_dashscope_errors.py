# SPDX-License-Identifier: Apache-2.0
"""Errors, which come as answers, and odd answers: the caller gets what the bare SDK gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dashscope
import pytest
from dashscope import Generation, MultiModalConversation
from dashscope.aigc.generation import AioGeneration
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import StatusCode

from harness import recording
from spanwright.console.provider import Provider, Reply
from spanwright.console.provider.shape import dump
from spanwright.instrumentors.dashscope import DashScopeInstrumentor
from strange_answers import MANY, odd_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.usefixtures("provider")
SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
EVERYTHING = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
CODES = [
    (401, "InvalidApiKey"),
    (404, "ModelNotFound"),
    (429, "Throttling.RateQuota"),
    (500, "InternalError"),
]


@pytest.mark.parametrize(("status", "code"), CODES)
def test_a_refused_call_has_the_code_of_its_answer(
    traced: Recorder, server: dict[str, Any], status: int, code: str
) -> None:
    answer = Generation.call(model=f"error:{status}", messages=SECRET)
    assert (answer.status_code, answer.code) == (status, code)
    assert traced.one().status.status_code is StatusCode.ERROR
    told = traced.attributes()
    told.pop("gen_ai.response.id", None)
    assert told == {
        **server,
        "error.type": code,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "dashscope",
        "gen_ai.request.model": f"error:{status}",
    }


@pytest.mark.usefixtures("asynchronous")
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_a_refused_call_that_is_awaited_has_it_too(traced: Recorder, stream: bool) -> None:
    answer = await AioGeneration.call(model="error:429", messages=SECRET, stream=stream)
    if stream:
        (answer,) = [chunk async for chunk in answer]
    assert answer.status_code == 429
    assert traced.attributes()["error.type"] == "Throttling.RateQuota"


def test_a_refused_stream_has_it_too(traced: Recorder) -> None:
    (answer,) = Generation.call(model="error:404", messages=SECRET, stream=True)
    assert answer.status_code == 404
    assert traced.attributes()["error.type"] == "ModelNotFound"


def test_refused_vectors_have_it_too(traced: Recorder) -> None:
    assert dashscope.TextEmbedding.call(model="error:401", input="Hello").status_code == 401
    assert traced.attributes()["error.type"] == "InvalidApiKey"


def test_a_failure_without_a_code_has_its_status(traced: Recorder, provider: Provider) -> None:
    provider.say(Reply(body="{}", http_status=502))
    assert Generation.call(model="qwen-plus", messages=SECRET).status_code == 502
    assert traced.attributes()["error.type"] == "502"


def test_a_refused_call_is_counted_as_one_that_failed(traced: Recorder) -> None:
    Generation.call(model="error:404", messages=SECRET)
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert duration.labels["error.type"] == "ModelNotFound"


def test_a_server_that_is_not_there_is_an_error(traced: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with Provider() as gone:
        pass
    monkeypatch.setattr(dashscope, "base_http_api_url", f"{gone.url}/api/v1")
    with pytest.raises(Exception) as raised:  # noqa: B017 - of the HTTP library
        Generation.call(model="qwen-plus", messages=SECRET)
    assert traced.attributes()["error.type"].endswith(type(raised.value).__name__)
    assert "SECRET" not in traced.everything()


def test_a_request_that_the_sdk_refuses_is_no_call(traced: Recorder) -> None:
    with pytest.raises(Exception):  # noqa: B017 - the SDK's own
        Generation.call(model="qwen-plus")
    assert traced.tree() == []


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False)
NAMES = st.sampled_from(
    [
        *("output", "choices", "message", "role", "content", "text", "tool_calls", "index", "usage"),
        *("finish_reason", "input_tokens", "output_tokens", "request_id", "reasoning_content", "function"),
        *("prompt_tokens_details", "cached_tokens", "name", "arguments", "embeddings", "results"),
    ]
)
ODD = odd_json(NAMES)
CHOICES = st.lists(
    st.fixed_dictionaries(
        {"message": st.fixed_dictionaries({"role": st.just("assistant")}, optional={"content": ODD})},
        optional={"finish_reason": ODD, "index": ODD},
    ),
    max_size=2,
)
ANSWERS = ODD | st.fixed_dictionaries(
    {"output": st.fixed_dictionaries({}, optional={"choices": CHOICES, "text": ODD})},
    optional={"usage": st.dictionaries(NAMES, ODD, max_size=3), "request_id": ODD},
)
CALLS: dict[str, Callable[[], Any]] = {
    "generation": lambda: Generation.call(model="qwen-plus", messages=SECRET),
    "media": lambda: MultiModalConversation.call(
        model="qwen-plus", messages=[{"role": "user", "content": [{"text": "SECRET"}]}]
    ),
    "vectors": lambda: dashscope.TextEmbedding.call(model="qwen-plus", input="SECRET"),
    "ranking": lambda: dashscope.TextReRank.call(model="qwen-plus", query="SECRET", documents=["SECRET"]),
}
STREAMS: dict[str, Callable[[], Any]] = {
    "as-it-is": lambda: Generation.call(model="qwen-plus", messages=SECRET, stream=True),
    "pieces": lambda: Generation.call(
        model="qwen-plus", messages=SECRET, stream=True, incremental_output=True
    ),
    "growing": lambda: Generation.call(
        model="qwen-plus", messages=SECRET, stream=True, incremental_output=False
    ),
}


def outcome(call: Callable[[], Any]) -> list[Any]:
    """Return what a caller sees: what came, and how it ended."""
    try:
        answer = call()
        return [repr(each) for each in answer] if hasattr(answer, "__next__") else [repr(answer)]
    except Exception as error:
        return [type(error), str(error), type(error.__cause__), type(error.__context__)]


@pytest.mark.parametrize("name", CALLS)
def test_the_caller_gets_what_the_sdk_alone_gives(provider: Provider, name: str) -> None:
    @MANY
    @given(ANSWERS)
    def any_answer(body: Any) -> None:
        def call() -> list[Any]:
            provider.say(Reply(body=dump(body)))
            return outcome(CALLS[name])

        bare = call()
        with recording() as recorder:
            recorder.instrument(DashScopeInstrumentor(), **EVERYTHING)
            assert call() == bare
            assert len(recorder.spans) == 1

    any_answer()


@pytest.mark.parametrize("name", STREAMS)
def test_the_caller_gets_the_stream_that_the_sdk_alone_gives(provider: Provider, name: str) -> None:
    @MANY
    @given(st.lists(ANSWERS, max_size=3))
    def any_stream(events: list[Any]) -> None:
        def call() -> list[Any]:
            provider.say(Reply(events=[f"event:result\ndata:{dump(event)}" for event in events]))
            return outcome(STREAMS[name])

        bare = call()
        with recording() as recorder:
            recorder.instrument(DashScopeInstrumentor(), **EVERYTHING)
            assert call() == bare
            assert len(recorder.spans) == 1

    any_stream()
