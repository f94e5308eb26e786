# SPDX-License-Identifier: Apache-2.0
"""Guards that refuse, fail, are left early or are cancelled; content is never told with it."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import openai
import pytest

from alike.runs import errors
from libraries.guardrails_ai.conftest import ASK, aguarded, guarded
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_a_validation_that_does_not_pass_is_no_error(traced: Recorder) -> None:
    assert not guarded(most=3, on_fail="noop").parse("Lisbon").validation_passed
    assert errors(traced) == {}
    assert traced.attributes("guard") == {"guardrails.validation_passed": False}
    assert traced.attributes("validate") == {
        "guardrails.validator.on_fail": "noop",
        "guardrails.validator.outcome": "fail",
    }


def test_a_validation_that_raises_fails_its_guard(traced: Recorder) -> None:
    with pytest.raises(Exception, match="too long"):
        guarded(most=3, on_fail="exception").parse("Lisbon")
    assert errors(traced) == {"guard brief": "guardrails.errors.ValidationError"}
    assert "Lisbon" not in traced.everything()


def test_a_validator_that_breaks_fails_with_its_guard(traced: Recorder) -> None:
    def broken(value: str) -> None:
        raise LookupError(value)

    with pytest.raises(LookupError):
        guarded(ask=broken).parse("Lisbon")
    assert errors(traced) == {"guard brief": "LookupError", "validate test/short-enough": "LookupError"}
    assert "Lisbon" not in traced.everything()


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_an_error_of_the_provider_fails_call_and_guard(
    traced: Recorder, at: dict[str, Any], status: int
) -> None:
    with pytest.raises(Exception, match=r".+"):
        guarded()(**{**at, "model": f"openai/error:{status}"})
    assert set(errors(traced)) == {"guard brief", f"chat error:{status}"}


@pytest.mark.parametrize("way", ["close", "drop"])
def test_a_stream_that_is_left_ends_its_guard(traced: Recorder, provider: Provider, way: str) -> None:
    with openai.OpenAI(api_key="test", base_url=provider.base_url) as client:

        def ask(*, messages: Any, **_: Any) -> Iterator[str]:
            with client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True) as told:
                for chunk in told:
                    yield chunk.choices[0].delta.content or "" if chunk.choices else ""

        stream = guarded()(ask, messages=ASK, stream=True)
        next(stream)
        assert "guard brief" not in traced.tree()
        if way == "close":
            stream.close()
        del stream
        gc.collect()
    assert traced.tree() == ["guard brief", "  chat gpt-4o-mini"]
    assert errors(traced) == {}


def test_a_stream_that_is_cut_fails_its_guard(
    traced: Recorder, provider: Provider, at: dict[str, Any]
) -> None:
    provider.say(Reply("Hello there. How are you? I am fine.", cut_after=2))
    with pytest.raises(Exception, match=r".+"):
        list(guarded()(**at, stream=True))
    assert set(errors(traced)) == {"guard brief", "chat gpt-4o-mini"}


async def test_a_guard_that_is_cancelled_ends(traced: Recorder) -> None:
    begun = asyncio.Event()

    async def ask(**_: Any) -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    task = asyncio.create_task(aguarded()(ask, messages=[{"role": "user", "content": "hi"}]))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert errors(traced) == {"guard brief": "cancelled"}
