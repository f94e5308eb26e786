# SPDX-License-Identifier: Apache-2.0
"""Extractions: one step each, whatever it takes, with the calls of the client as its attempts."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import instructor
import openai
import pytest
import tenacity
from dirty_equals import IsPartialDict
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import BaseModel, field_validator

from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.instructor import InstructorInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

INVALID = "pydantic_core._pydantic_core.ValidationError"


class Person(BaseModel):
    """What is extracted."""

    name: str
    age: int

    @field_validator("age")
    @classmethod
    def is_possible(cls, age: int) -> int:
        """Refuse what the provider is told to say first."""
        if age < 0:
            raise ValueError("SECRET is no age")
        return age


ASK: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Ann is 30"}],
    "response_model": Person,
}
GOOD = Reply(tool_calls=[ToolCall("Person", {"name": "Ann", "age": 30})])
BAD = Reply(tool_calls=[ToolCall("Person", {"name": "Ann", "age": -1})])
MANY = Reply(
    tool_calls=[ToolCall("IterablePerson", {"tasks": [{"name": "Ann", "age": 30}, {"name": "Bo", "age": 9}]})]
)
ONCE = ["extract Person", "  chat gpt-4o-mini"]
TWICE = [*ONCE, "  chat gpt-4o-mini"]


def ask(**more: Any) -> dict[str, Any]:
    """Return the arguments of a call; some versions add to the messages that they are given."""
    return {**ASK, "messages": [dict(each) for each in ASK["messages"]], **more}


def test_an_extraction_is_a_step_around_the_call(traced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(GOOD)
    assert client.chat.completions.create(**ask()).age == 30
    assert traced.tree() == ONCE
    assert traced.one("extract").kind is SpanKind.INTERNAL


async def test_an_asynchronous_extraction_is_a_step_around_the_call(
    traced: Recorder, provider: Provider, aclient: Any
) -> None:
    provider.say(GOOD)
    assert (await aclient.chat.completions.create(**ask())).age == 30
    assert traced.tree() == ONCE


def test_each_retry_is_an_attempt_in_the_same_step(traced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(BAD, GOOD)
    assert client.chat.completions.create(**ask(max_retries=3)).age == 30
    assert traced.tree() == TWICE
    assert traced.one("extract").status.status_code is StatusCode.UNSET


async def test_each_asynchronous_retry_is_an_attempt_in_the_same_step(
    traced: Recorder, provider: Provider, aclient: Any
) -> None:
    provider.say(BAD, GOOD)
    assert (await aclient.chat.completions.create(**ask(max_retries=3))).age == 30
    assert traced.tree() == TWICE


def test_the_reason_of_a_retry_is_told_by_its_class(
    traced: Recorder, provider: Provider, client: Any
) -> None:
    if not hasattr(client, "on"):
        pytest.skip("this version has no hooks yet")
    provider.say(BAD, GOOD)
    client.chat.completions.create(**ask(max_retries=3))
    assert traced.attributes("extract") == {"instructor.attempts": 2, "instructor.retry.reasons": [INVALID]}


def test_retries_by_tenacity_are_attempts_too(traced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(BAD, GOOD)
    client.chat.completions.create(**ask(max_retries=tenacity.Retrying(stop=tenacity.stop_after_attempt(2))))
    assert traced.tree() == TWICE


def test_usage_is_counted_by_the_attempts_alone(traced: Recorder, provider: Provider, client: Any) -> None:
    used = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    provider.say(
        Reply(tool_calls=BAD.tool_calls, usage=used),
        Reply(tool_calls=GOOD.tool_calls, usage=used),
    )
    client.chat.completions.create(**ask(max_retries=3))
    points = traced.points("gen_ai.client.token.usage")
    assert {point.labels["gen_ai.token.type"]: point.sum for point in points} == {"input": 20, "output": 10}


def test_a_step_fails_when_no_answer_is_valid(traced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(BAD, BAD, BAD)
    with pytest.raises(Exception) as raised:
        client.chat.completions.create(**ask(max_retries=2))
    kind = type(raised.value)
    assert traced.attributes("extract") == IsPartialDict(
        {"error.type": f"{kind.__module__}.{kind.__qualname__}"}
    )
    assert "SECRET" not in traced.everything()


def test_a_step_fails_with_the_clients_error(traced: Recorder, client: Any) -> None:
    with pytest.raises(Exception) as raised:
        client.chat.completions.create(**ask(model="error:500"))
    kind = type(raised.value)
    assert traced.attributes("extract")["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
    assert (traced.spans[-1].attributes or {})["error.type"] == "openai.InternalServerError"


def test_a_partial_answer_keeps_the_step_open_until_its_end(
    traced: Recorder, provider: Provider, client: Any
) -> None:
    provider.say(GOOD)
    pieces = client.chat.completions.create_partial(**ask())
    # Newer versions read the whole stream before they return.
    assert traced.tree() == [] or isinstance(pieces, list)
    assert list(pieces)[-1].age == 30
    assert [name.replace("Partial", "") for name in traced.tree()] == ONCE


async def test_an_asynchronous_partial_answer_keeps_the_step_open(
    traced: Recorder, provider: Provider, aclient: Any
) -> None:
    provider.say(GOOD)
    found = aclient.chat.completions.create_partial(**ask())
    pieces = [piece async for piece in (found if isinstance(found, AsyncIterator) else await found)]
    assert pieces[-1].age == 30
    assert [name.replace("Partial", "") for name in traced.tree()] == ONCE


async def test_a_partial_answer_left_early_ends_its_step(
    traced: Recorder, provider: Provider, aclient: Any
) -> None:
    provider.say(GOOD)
    found = aclient.chat.completions.create_partial(**ask())
    pieces = found if isinstance(found, AsyncIterator) else await found
    await pieces.__anext__()
    await pieces.aclose()
    del pieces, found
    # What the library has wrapped around it, the loop closes.
    while len(traced.spans) < 2:  # noqa: ASYNC110
        gc.collect()
        await asyncio.sleep(0)
    assert not [span for span in traced.spans if span.status.status_code is StatusCode.ERROR]


def test_several_answers_come_out_of_one_step(traced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(MANY)
    found = list(client.chat.completions.create_iterable(**ask()))
    assert [person.name for person in found] == ["Ann", "Bo"]
    assert [name.replace("Iterable", "") for name in traced.tree()] == ONCE


def test_a_patched_client_is_traced(traced: Recorder, provider: Provider, sdk: openai.OpenAI) -> None:
    provider.say(GOOD)
    patched: Any = instructor.patch(sdk)
    assert patched.chat.completions.create(**ask()).name == "Ann"
    assert traced.tree() == ONCE


def test_a_patched_function_is_traced(traced: Recorder, provider: Provider, sdk: openai.OpenAI) -> None:
    provider.say(GOOD)
    create: Any = instructor.patch(create=sdk.chat.completions.create)
    assert create(**ask()).name == "Ann"
    assert traced.tree() == ONCE


def test_a_client_by_name_is_traced(traced: Recorder, provider: Provider) -> None:
    provider.say(GOOD)
    client = instructor.from_provider("openai/gpt-4o-mini", base_url=provider.base_url, api_key="test")
    client.chat.completions.create(**{name: value for name, value in ask().items() if name != "model"})
    assert traced.tree() == ONCE


def test_a_client_of_anthropic_is_traced(recorder: Recorder) -> None:
    import anthropic

    from spanwright.instrumentors.anthropic import AnthropicInstrumentor
    from wires.anthropic import WIRE

    recorder.instrument(InstructorInstrumentor(), AnthropicInstrumentor())
    with (
        Provider(wires=[WIRE]) as provider,
        anthropic.Anthropic(base_url=provider.url, api_key="test", max_retries=0) as sdk,
    ):
        provider.say(GOOD)
        client: Any = instructor.from_anthropic(sdk)
        found = client.messages.create(**ask(model="claude-sonnet-4-5", max_tokens=100))
    assert found.name == "Ann"
    assert recorder.tree() == ["extract Person", "  chat claude-sonnet-4-5"]


def test_a_call_without_a_model_to_extract_is_no_step(traced: Recorder, client: Any) -> None:
    client.chat.completions.create(**ask(response_model=None))
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_client_made_before_is_traced(recorder: Recorder, provider: Provider, client: Any) -> None:
    create = client.chat.completions.create
    recorder.instrument(InstructorInstrumentor(), OpenAIInstrumentor())
    provider.say(GOOD)
    create(**ask())
    assert recorder.tree() == ONCE


def test_hooks_of_the_user_are_told_as_they_are_alone(
    recorder: Recorder, provider: Provider, client: Any
) -> None:
    told: list[Any] = []
    for name in ("completion:kwargs", "completion:response", "parse:error", "completion:error"):
        client.on(name, lambda *args, _name=name, **_: told.append((_name, [type(each) for each in args])))

    def run() -> list[Any]:
        told.clear()
        provider.say(BAD, GOOD)
        client.chat.completions.create(**ask(max_retries=3))
        return list(told)

    recorder.instrument(InstructorInstrumentor(), OpenAIInstrumentor())
    seen = run()
    recorder.uninstrument()
    assert run() == seen != []


def test_pieces_are_handed_over_as_they_are_alone(
    recorder: Recorder, provider: Provider, client: Any
) -> None:
    def kinds() -> Any:
        provider.say(GOOD)
        pieces = client.chat.completions.create_partial(**ask())
        told = (pieces.__class__, inspect.isgenerator(pieces), isinstance(pieces, Iterator))
        list(pieces)
        return told

    recorder.instrument(InstructorInstrumentor(), OpenAIInstrumentor())
    seen = kinds()
    recorder.uninstrument()
    assert kinds() == seen


def test_nothing_is_told_while_instrumentation_is_suppressed(
    traced: Recorder, provider: Provider, client: Any
) -> None:
    provider.say(GOOD)
    with suppress_instrumentation():
        client.chat.completions.create(**ask())
    assert traced.tree() == []


def test_uninstrumenting_is_complete_and_can_be_undone(
    recorder: Recorder, provider: Provider, client: Any
) -> None:
    for expected in (2, 2, 4):
        provider.say(GOOD)
        if expected != len(recorder.spans):
            recorder.instrument(InstructorInstrumentor(), OpenAIInstrumentor())
        client.chat.completions.create(**ask())
        recorder.uninstrument()
        assert len(recorder.spans) == expected


def test_content_goes_to_the_attempts_alone(recorder: Recorder, provider: Provider, client: Any) -> None:
    recorder.instrument(
        InstructorInstrumentor(),
        OpenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY",
    )
    provider.say(GOOD)
    client.chat.completions.create(**ask())
    assert "Ann is 30" in recorder.attributes("chat")["gen_ai.input.messages"]
    assert not any("messages" in key for key in recorder.attributes("extract"))
