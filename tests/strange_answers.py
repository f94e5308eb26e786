# SPDX-License-Identifier: Apache-2.0
"""Answers of any JSON in the places where a provider's stand: made by hypothesis, sent through a real client."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

# Under a fault a handful will do: each is a call.
_PROOF = "--proof" in sys.argv
MANY = settings(
    max_examples=5 if _PROOF else 40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""The same examples on every machine, however slow."""
FEW = settings(MANY, max_examples=5 if _PROOF else 25)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
ANY = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def odd_json(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return any JSON whose objects have a provider's names."""
    return st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=4),
        max_leaves=10,
    )


def odd(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return any plain data, which a framework's own objects may hold in the place of theirs, by its names."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.binary(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
        max_leaves=12,
    )


def _mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(usual, usual, usual, ANY)


def _thing(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return _mostly(
        st.fixed_dictionaries({}, optional={name: _mostly(each) for name, each in members.items()})
    )


_TEXT = st.text(max_size=8)
_PARTS = st.lists(
    _thing(
        type=st.sampled_from(["text", "thinking", "reference", "image_url"]),
        text=_TEXT,
        thinking=st.lists(_thing(type=st.just("text"), text=_TEXT), max_size=2),
    ),
    max_size=2,
)
_CALL = _thing(
    id=_TEXT, index=st.integers(0, 2), type=st.just("function"), function=_thing(name=_TEXT, arguments=_TEXT)
)
_SAID = _thing(
    role=st.just("assistant"), content=_TEXT | _PARTS, tool_calls=st.lists(_CALL, max_size=2), reasoning=_TEXT
)
_USAGE = _thing(
    prompt_tokens=st.integers(0, 9),
    completion_tokens=st.integers(0, 9),
    total_tokens=st.integers(0, 9),
    prompt_tokens_details=_thing(cached_tokens=st.integers(0, 9)),
    cost=st.floats(0, 1),
)
_FINISH = st.sampled_from(["stop", "length", "tool_calls", "error", None])


def _completion(kind: str, member: str) -> st.SearchStrategy[Any]:
    choice = _thing(index=st.integers(0, 2), finish_reason=_FINISH, **{member: _SAID})
    return _thing(
        id=_TEXT,
        object=st.just(kind),
        created=st.integers(0, 9),
        model=_TEXT,
        usage=_USAGE,
        choices=st.lists(choice, max_size=2),
        provider=_TEXT,
        error=_thing(code=st.integers(400, 599), message=_TEXT),
    )


ANSWER = _completion("chat.completion", "message")
CHUNKS = st.lists(_completion("chat.completion.chunk", "delta"), max_size=4)


def transport(httpx: Any, answer: Any, *, stream: bool) -> Any:
    """Return a transport that answers every request with this, as JSON or as a stream of events."""

    def given(request: Any) -> Any:
        del request
        if not stream:
            return httpx.Response(200, json=answer)
        text = "".join(f"data: {json.dumps(each)}\n\n" for each in answer) + "data: [DONE]\n\n"
        return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})

    return httpx.MockTransport(given)


def outcome(ask: Callable[[], Any], *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    try:
        answer = ask()
        if stream:
            for each in answer:
                found.append(repr(each))
        else:
            found.append(repr(answer))
    except Exception as error:
        found += [type(error), str(error), type(error.__cause__)]
    return found


def compare(recorder: Recorder, instrumentor: Instrumentor, content: str, ask: Callable[[], Any]) -> None:
    """Ask instrumented and then alone: the caller sees the same, and there is one span."""
    recorder.instrument(instrumentor, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=content)
    seen = ask()
    assert recorder.tree() == ["chat m"]
    recorder.uninstrument()
    assert ask() == seen
