# SPDX-License-Identifier: Apache-2.0
"""Routers and fallbacks: one step around the attempts, each of which is an inference of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import litellm
import pytest
from opentelemetry.trace import SpanKind, StatusCode

from asking import HELLO
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

REFUSED = {"api_key": "invalid-key"}


@pytest.fixture
def router(at: dict[str, Any]) -> litellm.Router:
    """Return a router whose first group is refused, whose second answers."""
    return litellm.Router(
        model_list=[
            {"model_name": "first", "litellm_params": {"model": "openai/gpt-4o", **at, **REFUSED}},
            {"model_name": "second", "litellm_params": {"model": "openai/gpt-4o-mini", **at}},
        ],
        fallbacks=[{"first": ["second"]}],
        num_retries=0,
    )


FELL_BACK = [
    "route first",
    "  chat gpt-4o",
    "  route second",
    "    chat gpt-4o-mini",
]


def test_a_routers_call_is_a_step_around_its_attempt(traced: Recorder, router: litellm.Router) -> None:
    router.completion(model="second", messages=HELLO)
    assert traced.tree() == ["route second", "  chat gpt-4o-mini"]
    assert traced.one("route").kind is SpanKind.INTERNAL


def test_a_fallback_is_a_step_inside_the_first(traced: Recorder, router: litellm.Router) -> None:
    router.completion(model="first", messages=HELLO)
    assert traced.tree() == FELL_BACK


async def test_an_asynchronous_fallback_is_a_step_inside_the_first(
    traced: Recorder, router: litellm.Router
) -> None:
    await router.acompletion(model="first", messages=HELLO)
    assert traced.tree() == FELL_BACK


def test_only_the_attempt_that_failed_has_an_error(traced: Recorder, router: litellm.Router) -> None:
    router.completion(model="first", messages=HELLO)
    assert [span.name for span in traced.spans if span.status.status_code is StatusCode.ERROR] == [
        "chat gpt-4o"
    ]


def test_only_attempts_count_tokens(traced: Recorder, router: litellm.Router) -> None:
    answer = router.completion(model="first", messages=HELLO)
    points = traced.points("gen_ai.client.token.usage")
    assert {point.labels["gen_ai.token.type"]: point.sum for point in points} == {
        "input": answer.usage.prompt_tokens,
        "output": answer.usage.completion_tokens,
    }
    assert dict(traced.one("route first").attributes or {}) == {}


def test_a_retry_of_the_router_is_an_attempt(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    router = litellm.Router(
        model_list=[{"model_name": "group", "litellm_params": {"model": "openai/gpt-4o-mini", **at}}],
        num_retries=1,
        retry_after=0,
    )
    provider.say(Reply(error=500))
    router.completion(model="group", messages=HELLO)
    assert traced.tree() == ["route group", "  chat gpt-4o-mini", "  chat gpt-4o-mini"]


def test_a_step_fails_when_every_attempt_does(traced: Recorder, at: dict[str, Any]) -> None:
    router = litellm.Router(
        model_list=[
            {"model_name": "group", "litellm_params": {"model": "openai/gpt-4o-mini", **at, **REFUSED}}
        ],
        num_retries=0,
    )
    with pytest.raises(litellm.AuthenticationError):
        router.completion(model="group", messages=HELLO)
    assert traced.attributes("route") == {"error.type": "litellm.exceptions.AuthenticationError"}


def test_a_streamed_attempt_lasts_longer_than_its_step(traced: Recorder, router: litellm.Router) -> None:
    stream = router.completion(model="second", messages=HELLO, stream=True)
    assert [span.name for span in traced.spans] == ["route second"]
    assert list(stream)
    assert traced.tree() == ["route second", "  chat gpt-4o-mini"]


async def test_an_asynchronous_streamed_attempt_is_told(traced: Recorder, router: litellm.Router) -> None:
    async for _ in await router.acompletion(model="first", messages=HELLO, stream=True):
        pass
    assert traced.tree() == FELL_BACK


async def test_a_routers_stream_left_early_ends_its_span(
    traced: Recorder, router: litellm.Router, collect: Callable[[], None]
) -> None:
    stream = await router.acompletion(model="second", messages=HELLO, stream=True)
    await stream.__anext__()
    del stream
    # The router's stream is a generator around the library's, and the loop closes it.
    while len(traced.spans) < 2:  # noqa: ASYNC110
        collect()
        await asyncio.sleep(0)
    assert traced.tree() == ["route second", "  chat gpt-4o-mini"]


def test_a_router_made_before_is_traced(recorder: Recorder, router: litellm.Router) -> None:
    from spanwright.instrumentors.litellm import LiteLLMInstrumentor

    complete = router.completion
    recorder.instrument(LiteLLMInstrumentor())
    complete(model="second", messages=HELLO)
    assert recorder.tree() == ["route second", "  chat gpt-4o-mini"]


def test_a_routers_embedding_is_told(traced: Recorder, at: dict[str, Any]) -> None:
    router = litellm.Router(
        model_list=[
            {"model_name": "group", "litellm_params": {"model": "openai/text-embedding-3-small", **at}}
        ],
        num_retries=0,
    )
    router.embedding(model="group", input=["Hello"])
    assert traced.tree() == ["route group", "  embeddings text-embedding-3-small"]


async def test_fallbacks_of_one_call_are_attempts(traced: Recorder, at: dict[str, Any]) -> None:
    await litellm.acompletion(
        model="openai/error:400", messages=HELLO, fallbacks=["openai/gpt-4o-mini"], **at
    )
    assert traced.tree() == ["route openai/error:400", "  chat error:400", "  chat gpt-4o-mini"]


def test_fallbacks_of_one_synchronous_call_are_attempts(traced: Recorder, at: dict[str, Any]) -> None:
    litellm.completion(model="openai/error:400", messages=HELLO, fallbacks=["openai/gpt-4o-mini"], **at)
    assert traced.tree() == ["route openai/error:400", "  chat error:400", "  chat gpt-4o-mini"]
