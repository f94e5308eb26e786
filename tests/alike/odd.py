# SPDX-License-Identifier: Apache-2.0
"""Odd answers to SDKs that speak OpenAI's protocol: the caller gets exactly what the SDK alone gives."""

from __future__ import annotations

import gc
import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.console.provider import Provider, Reply
from strange_answers import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from alike.sdk import SDK
    from harness import Recorder

ODD = [
    *("choices-null", "choices-empty", "no-usage", "usage-null-details", "cumulative-usage", "no-finish"),
    *("only-done", "empty-body", "not-json", "html", "mid-stream-error", "mid-stream-cut", "content-filter"),
    *("unknown-part", "model-only-in-second-chunk", "tool-delta-no-index", "tool-delta-null-arguments"),
    "tool-delta-same-index-two-ids",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def shaped(**members: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these members, each in its right form, or as anything at all."""
    return st.fixed_dictionaries({}, optional={name: form | ANYTHING for name, form in members.items()})


USAGE = shaped(prompt_tokens=st.integers(0, 99), completion_tokens=st.integers(0, 99))
MESSAGE = shaped(
    role=st.just("assistant"),
    content=st.text(max_size=5),
    reasoning=st.text(max_size=5),
    tool_calls=st.lists(
        shaped(index=st.integers(0, 2), id=st.just("a"), function=shaped(name=st.just("f"))), max_size=2
    ),
    executed_tools=st.lists(shaped(index=st.just(0), type=st.just("search"), output=st.text()), max_size=2),
)
CHOICE = shaped(index=st.integers(0, 2), message=MESSAGE, delta=MESSAGE, finish_reason=st.just("stop"))
CHAT = shaped(
    id=st.just("c"),
    model=st.just("m"),
    choices=st.lists(CHOICE, max_size=3),
    usage=USAGE,
    x_groq=shaped(usage=USAGE, error=st.text(max_size=5)),
)


def told(value: Any) -> Any:
    """Return an answer as plain data, to be compared."""
    return value.to_dict(mode="json", warnings=False) if hasattr(value, "to_dict") else repr(value)


def outcome(ask: Callable[[], Any], *, stream: bool) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = ask()
            if stream:
                found.extend(told(chunk) for chunk in answer)
            else:
                found.append(told(answer))
        except Exception as error:
            found += [type(error), str(error), type(error.__cause__), type(error.__context__)]
    return found


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("model", ODD)
def test_the_caller_gets_what_the_sdk_alone_gives(
    sdk: SDK, both: Recorder, making: Callable[..., Any], model: str, stream: bool
) -> None:
    def ask() -> list[Any]:
        with Provider(wires=[sdk.wire]) as fresh, making(base_url=f"{fresh.url}{sdk.path}") as client:
            return outcome(lambda: sdk.chat(client, model=f"odd:{model}", stream=stream), stream=stream)

    seen = ask()
    gc.collect()
    assert both.tree() == [f"chat odd:{model}"]
    both.uninstrument()
    assert ask() == seen


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_of_any_form_is_handed_over_as_it_is(
    sdk: SDK, both: Recorder, client: Any, provider: Provider, stream: bool
) -> None:
    seen: list[tuple[Any, list[Any]]] = []

    def ask(reply: Reply) -> list[Any]:
        provider.say(reply)
        return outcome(lambda: sdk.chat(client, stream=stream), stream=stream)

    @FEW
    @given(st.lists(CHAT | ANYTHING, max_size=4) if stream else CHAT | ANYTHING)
    def any_answer(value: Any) -> None:
        if stream:
            reply = Reply(events=[f"data: {json.dumps(each)}" for each in value])
        else:
            reply = Reply(body=json.dumps(value))
        seen.append((reply, ask(reply)))

    any_answer()
    gc.collect()
    assert len(both.spans) == len(seen)
    both.uninstrument()
    for reply, before in seen:
        assert ask(reply) == before
