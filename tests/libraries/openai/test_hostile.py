# SPDX-License-Identifier: Apache-2.0
"""Requests that hold objects of the application's own classes: untouched without content, harmless with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry.context import get_current

import hostile
from asking import HELLO
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.settings import DEFAULT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder

MODEL = "gpt-4o-mini"
CONTENT: dict[str, Callable[[openai.OpenAI, Any], Any]] = {
    "messages": lambda c, v: c.chat.completions.create(model=MODEL, messages=v),
    "message": lambda c, v: c.chat.completions.create(model=MODEL, messages=[v]),
    "text": lambda c, v: chat(c, messages=[{"role": "user", "content": v}]),
    "part": lambda c, v: chat(c, messages=[{"role": "user", "content": [v]}]),
    "part's text": lambda c, v: chat(
        c, messages=[{"role": "user", "content": [{"type": "text", "text": v}]}]
    ),
    "image": lambda c, v: chat(
        c, messages=[{"role": "user", "content": [{"type": "image_url", "image_url": v}]}]
    ),
    "tool's answer": lambda c, v: chat(c, messages=[{"role": "tool", "tool_call_id": "a", "content": v}]),
    "call": lambda c, v: chat(c, messages=[{"role": "assistant", "tool_calls": [v]}]),
    "arguments": lambda c, v: chat(
        c, messages=[{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": v}}]}]
    ),
    "tools": lambda c, v: chat(c, tools=v),
    "tool": lambda c, v: chat(c, tools=[v]),
    "tool's name": lambda c, v: chat(c, tools=[{"type": "function", "function": {"name": v}}]),
    "tool's parameters": lambda c, v: chat(
        c, tools=[{"type": "function", "function": {"name": "f", "parameters": v}}]
    ),
    "metadata": lambda c, v: chat(c, metadata=v),
    "user": lambda c, v: chat(c, user=v),
    "extra": lambda c, v: chat(c, extra_body={"custom": v}),
    "instructions": lambda c, v: c.responses.create(model=MODEL, input="Hello", instructions=v),
    "input": lambda c, v: c.responses.create(model=MODEL, input=v),
    "item": lambda c, v: c.responses.create(model=MODEL, input=[v]),
    "prompt": lambda c, v: c.completions.create(model=MODEL, prompt=v),
    "embedded": lambda c, v: c.embeddings.create(model=MODEL, input=v),
    "embedded item": lambda c, v: c.embeddings.create(model=MODEL, input=[v]),
}
FACTS: dict[str, Callable[[openai.OpenAI, Any], Any]] = {
    "model": lambda c, v: c.chat.completions.create(model=v, messages=HELLO),
    "stop": lambda c, v: chat(c, stop=v),
    "temperature": lambda c, v: chat(c, temperature=v),
    "limit": lambda c, v: chat(c, max_tokens=v),
    "form": lambda c, v: chat(c, response_format=v),
    "kind of form": lambda c, v: chat(c, response_format={"type": v}),
    "tier": lambda c, v: chat(c, service_tier=v),
    "reasoning": lambda c, v: c.responses.create(model=MODEL, input="Hello", reasoning=v),
    "conversation": lambda c, v: c.responses.create(model=MODEL, input="Hello", conversation=v),
    "encoding": lambda c, v: c.embeddings.create(model=MODEL, input="a", encoding_format=v),
}


def chat(client: openai.OpenAI, **given: Any) -> Any:
    """Ask for a chat."""
    return client.chat.completions.create(**{"model": MODEL, "messages": HELLO, **given})


@pytest.fixture(scope="module")
def sent() -> list[bytes]:
    """Return the bodies of the requests that were sent."""
    return []


@pytest.fixture(scope="module")
def quiet(http: Any, sent: list[bytes]) -> Iterator[openai.OpenAI]:
    """Return a client whose requests are answered within the process."""

    def answer(request: Any) -> Any:
        sent.append(request.content)
        return http.Response(200, json={"id": "c", "choices": [], "data": [], "output": []})

    sender = http.Client(verify=False, transport=http.MockTransport(answer))
    with openai.OpenAI(
        base_url="http://127.0.0.1:9/v1", api_key="test", max_retries=0, http_client=sender
    ) as made:
        yield made


@pytest.fixture
def outcome(quiet: openai.OpenAI, sent: list[bytes]) -> Callable[[Callable[..., Any], Any], list[Any]]:
    """Return what tells all that a caller sees, and what went over the wire."""

    def asked(ask: Callable[..., Any], value: Any) -> list[Any]:
        sent.clear()
        return [*hostile.told(lambda: ask(quiet, value)), *sent]

    return asked


@pytest.mark.parametrize("place", CONTENT)
def test_content_that_is_not_captured_is_not_touched(traced: Recorder, outcome: Any, place: str) -> None:
    assert hostile.touched(partial(outcome, CONTENT[place])) == hostile.UNTOUCHED


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@pytest.mark.parametrize("place", [*CONTENT, *FACTS])
def test_an_object_that_fails_when_it_is_touched_costs_nobody_anything(
    instrumentor: Any, outcome: Any, place: str, content: str
) -> None:
    """Each call has its span."""
    ask = partial(outcome, {**CONTENT, **FACTS}[place])
    if any(absent in str(ask(None)) for absent in ("has no attribute", "unexpected keyword argument")):
        pytest.skip("this version does not take it")
    bare = hostile.outcomes(ask)
    with hostile.unjudged(instrumentor(), content=content) as recorder:
        assert hostile.outcomes(ask) == bare
        assert len(recorder.spans) == len(bare)


def test_an_interrupt_that_comes_while_content_is_read_passes_and_leaves_nothing_open(
    both: Recorder, quiet: openai.OpenAI
) -> None:
    class Interrupting(dict[str, Any]):
        def items(self) -> Any:
            raise hostile.Stopped

    given: Any = Interrupting(type="object")
    tool: Any = {"role": "tool", "tool_call_id": "a", "content": [given]}
    before = get_current()
    with pytest.raises(hostile.Stopped):
        chat(quiet, messages=[tool, {"role": "user", "content": [given]}])
    assert not ending._open
    assert get_current() is before


ODD = {
    "50 MB": lambda: [{"role": "user", "content": "x" * 50_000_000}],
    "two thousand messages": lambda: HELLO * 2_000,
    "deep": lambda: [{"role": "user", "content": [nested(500)]}],
    "too deep": lambda: [{"role": "user", "content": [nested(100_000)]}],
    "a cycle": lambda: [{"role": "user", "content": [cycle()]}],
    "control characters": lambda: [{"role": "user", "content": "".join(map(chr, range(32)))}],
    "lone surrogates": lambda: [{"role": "user", "content": "\ud800 \udfff"}],
}


def nested(depth: int) -> Any:
    """Return data within data."""
    value: Any = "x"
    for _ in range(depth):
        value = {"type": "text", "text": value}
    return value


def cycle() -> Any:
    """Return data that holds itself."""
    value: dict[str, Any] = {"type": "text"}
    value["text"] = [value] * 10
    return value


@pytest.mark.parametrize("odd", ODD)
def test_a_prompt_that_is_too_much_is_sent_or_refused_as_without_us_and_told_in_part(
    both: Recorder, outcome: Any, odd: str
) -> None:
    given = ODD[odd]()
    ask = partial(outcome, CONTENT["messages"], given)
    seen = ask()
    (span,) = both.spans
    told = str((span.attributes or {}).get("gen_ai.input.messages", "[]"))
    assert len(told) <= DEFAULT_LIMIT
    assert told.encode()
    both.uninstrument()
    assert ask() == seen
