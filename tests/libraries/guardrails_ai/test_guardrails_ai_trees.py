# SPDX-License-Identifier: Apache-2.0
"""Guards, validators and the models that they ask, as trees."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry import trace

from alike.runs import tokens, used
from libraries.guardrails_ai.conftest import ASK, aguarded, guarded
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

TREE = ["guard brief", "  chat gpt-4o-mini", "  validate test/short-enough"]


def test_a_guard_is_a_step_around_its_model_and_its_validators(traced: Recorder, at: dict[str, Any]) -> None:
    assert guarded(on_fail="noop")(**at).validation_passed
    assert traced.tree() == TREE
    assert traced.attributes("guard") == {"guardrails.validation_passed": True}
    assert traced.attributes("validate") == {
        "guardrails.validator.on_fail": "noop",
        "guardrails.validator.outcome": "pass",
    }


async def test_an_asynchronous_guard_has_the_same_tree(traced: Recorder, at: dict[str, Any]) -> None:
    assert (await aguarded()(**at)).validation_passed
    assert traced.tree() == TREE


def test_a_model_is_counted_once(traced: Recorder, at: dict[str, Any]) -> None:
    guarded()(**at)
    assert sum(tokens(traced).values()) == sum(sum(each[1:]) for each in used(traced))
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


def test_a_callable_of_the_applications_own_is_told_by_its_client(
    traced: Recorder, provider: Provider
) -> None:
    with openai.OpenAI(api_key="test", base_url=provider.base_url) as client:

        def ask(*, messages: Any, **_: Any) -> str:
            answer = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
            return answer.choices[0].message.content or ""

        guarded()(ask, messages=ASK)
    assert traced.tree() == TREE


def test_an_answer_that_is_known_is_validated_alone(traced: Recorder) -> None:
    guarded().parse("fine")
    assert traced.tree() == ["guard brief", "  validate test/short-enough"]


def test_a_guard_without_a_name_is_told_without_its_id(traced: Recorder) -> None:
    guarded(name=None).parse("fine")
    assert traced.tree() == ["guard", "  validate test/short-enough"]


def test_a_model_is_asked_again_inside_the_same_guard(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    provider.say(Reply("far too long an answer"), Reply("short"))
    outcome = guarded(most=8, on_fail="reask")(**at, num_reasks=1)
    assert outcome.validation_passed
    assert traced.tree() == [*TREE, *TREE[1:]]


def test_a_stream_is_a_step_until_its_end(traced: Recorder, at: dict[str, Any]) -> None:
    pieces = list(guarded()(**at, stream=True))
    assert all(each.validation_passed for each in pieces)
    assert traced.tree() == TREE[:2]
    assert traced.attributes("guard") == {"guardrails.validation_passed": True}


async def test_an_asynchronous_stream_is_a_step_until_its_end(traced: Recorder, at: dict[str, Any]) -> None:
    pieces = [each async for each in await aguarded()(**at, stream=True)]
    assert pieces
    assert traced.tree() == TREE[:2]


def test_nothing_of_ours_is_current_between_the_pieces_of_a_stream(
    traced: Recorder, at: dict[str, Any]
) -> None:
    before = trace.get_current_span()
    for _ in guarded()(**at, stream=True):
        assert trace.get_current_span() is before
    assert traced.spans


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_a_validator_does_on_its_thread_is_inside_its_step(
    traced: Recorder, provider: Provider, kind: str
) -> None:
    with openai.OpenAI(api_key="test", base_url=provider.base_url) as client:

        def ask(value: str) -> None:
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": value}])

        if kind == "sync":
            guarded(ask=ask).parse("fine")
        else:
            asyncio.run(aguarded(ask=ask).parse("fine"))
    assert traced.tree() == ["guard brief", "  validate test/short-enough", "    chat gpt-4o"]


async def test_guards_at_once_are_siblings(traced: Recorder, at: dict[str, Any]) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("morning"):
        await asyncio.gather(aguarded()(**at), aguarded()(**at))
    assert sorted(traced.tree()) == sorted(["morning", *[f"  {line}" for line in TREE * 2]])
