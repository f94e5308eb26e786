# SPDX-License-Identifier: Apache-2.0
"""Streams of the asynchronous engine: read to their end, left early, cancelled, dropped."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from dirty_equals import IsFloat
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.async_llm import AsyncLLM

from libraries.vllm.conftest import SMALL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

pytestmark = pytest.mark.asyncio(loop_scope="module")
KINDS = [RequestOutputKind.CUMULATIVE, RequestOutputKind.DELTA]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(folder: str) -> AsyncIterator[Any]:
    """Return an engine, started before anything is instrumented."""
    engine = AsyncLLM.from_engine_args(AsyncEngineArgs(model=folder, enable_prefix_caching=False, **SMALL))
    yield engine
    engine.shutdown()


def greedy(**options: Any) -> SamplingParams:
    return SamplingParams(**{"temperature": 0.0, "max_tokens": 5, **options})


def streamed(folder: str, **more: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "vllm",
        "gen_ai.request.model": folder,
        "gen_ai.request.max_tokens": 5,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.finish_reasons": ["length"],
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 5,
        **more,
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_is_one_internal_span(traced: Recorder, engine: Any, folder: str, kind: Any) -> None:
    async for _ in engine.generate("hello", greedy(output_kind=kind), f"a-{kind}"):
        assert not trace.get_current_span().is_recording()
    assert traced.attributes() == streamed(folder)
    assert traced.one().kind is SpanKind.INTERNAL


@pytest.mark.parametrize("kind", KINDS)
async def test_the_text_of_a_stream_is_shown_once(shown: Recorder, engine: Any, kind: Any) -> None:
    pieces = [
        piece.outputs[0].text
        async for piece in engine.generate("hello", greedy(output_kind=kind), f"b-{kind}")
    ]
    text = pieces[-1] if kind is RequestOutputKind.CUMULATIVE else "".join(pieces)
    found = shown.attributes()
    assert json.loads(found["gen_ai.output.messages"])[0]["parts"][0]["content"] == text
    assert json.loads(found["gen_ai.input.messages"])[0]["parts"][0]["content"] == "hello"


async def test_a_whole_answer_is_no_stream(traced: Recorder, engine: Any) -> None:
    params = greedy(output_kind=RequestOutputKind.FINAL_ONLY)
    (_,) = [piece async for piece in engine.generate("hello", params, "c")]
    found = traced.attributes()
    assert "gen_ai.request.stream" not in found
    assert found["gen_ai.usage.output_tokens"] == 5


async def test_a_stream_that_is_closed_early_ends_without_an_error(traced: Recorder, engine: Any) -> None:
    stream = engine.generate("hello", greedy(max_tokens=100), "d")
    async for _ in stream:
        break
    await stream.aclose()
    assert traced.one().status.status_code is StatusCode.UNSET
    assert 1 <= traced.attributes()["gen_ai.usage.output_tokens"] < 100


async def test_a_stream_that_is_dropped_ends_its_span(traced: Recorder, engine: Any) -> None:
    stream = engine.generate("hello", greedy(max_tokens=100), "e")
    await stream.__anext__()
    del stream
    gc.collect()
    await asyncio.sleep(0)
    assert len(traced.spans) == 1


async def test_a_stream_that_is_never_iterated_is_no_call(traced: Recorder, engine: Any) -> None:
    await engine.generate("hello", greedy(), "f").aclose()
    assert traced.spans == []


async def test_a_stream_that_is_cancelled_ends_with_the_cancellation(traced: Recorder, engine: Any) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async for _ in engine.generate("hello", greedy(max_tokens=100, ignore_eos=True), "g"):
            started.set()

    task = asyncio.create_task(read())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()
    assert len(traced.spans) == 1


async def test_an_error_reaches_the_caller_and_ends_the_span(traced: Recorder, engine: Any) -> None:
    with pytest.raises(Exception, match="maximum context length"):
        async for _ in engine.generate("x" * 300, greedy(), "h"):
            pass
    assert traced.one().status.status_code is StatusCode.ERROR


async def test_streams_at_once_are_spans_of_their_own(traced: Recorder, engine: Any) -> None:
    async def read(name: str) -> int:
        return len([piece async for piece in engine.generate("hello", greedy(), name)])

    await asyncio.gather(read("i"), read("j"))
    assert [span.parent for span in traced.spans] == [None, None]


async def test_the_generator_is_one(traced: Recorder, engine: Any) -> None:
    stream = engine.generate("hello", greedy(), "k")
    assert hasattr(stream, "__anext__")
    assert hasattr(stream, "asend")
    assert inspect.isasyncgenfunction(AsyncLLM.generate)
    await stream.aclose()
