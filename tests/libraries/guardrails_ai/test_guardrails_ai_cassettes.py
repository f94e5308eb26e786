# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import litellm
import pytest

from alike.replayed import *  # noqa: F403 - the provider
from alike.runs import errors, used
from cassette import LINE
from libraries.guardrails_ai.conftest import aguarded, guarded
from spanwright.console.provider import Reply

if TYPE_CHECKING:
    from alike.replayed import There
    from harness import Recorder

pytestmark = pytest.mark.vcr
# Bodies differ from version to version.
MATCH_ON = LINE
GUARD, VALIDATOR = ("guard brief", 0, 0), ("validate test/short-enough", 0, 0)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """Let no client that LiteLLM keeps reach the provider of another test."""
    litellm.in_memory_llm_clients_cache.flush_cache()


@pytest.mark.default_cassette("guard.yaml")
def test_a_recorded_guard(traced: Recorder, at: dict[str, Any]) -> None:
    assert guarded()(**at).validation_passed
    assert used(traced) == [GUARD, ("chat gpt-4o-mini", 15, 33), VALIDATOR]


@pytest.mark.default_cassette("guard.yaml")
async def test_the_same_guard_asynchronously(traced: Recorder, at: dict[str, Any]) -> None:
    assert (await aguarded()(**at)).validation_passed
    assert used(traced) == [GUARD, ("chat gpt-4o-mini", 15, 33), VALIDATOR]


@pytest.mark.default_cassette("guard_streamed.yaml")
def test_a_recorded_stream(traced: Recorder, at: dict[str, Any]) -> None:
    assert all(each.validation_passed for each in guarded()(**at, stream=True))
    assert traced.tree() == ["guard brief", "  chat gpt-4o-mini"]


@pytest.mark.default_cassette("reask.yaml")
def test_a_recorded_guard_that_asks_again(traced: Recorder, provider: There, at: dict[str, Any]) -> None:
    provider.say(Reply("far too long an answer"), Reply("short"))
    assert guarded(most=8, on_fail="reask")(**at, num_reasks=1).validation_passed
    assert used(traced) == [
        GUARD,
        ("chat gpt-4o-mini", 15, 5),
        VALIDATOR,
        ("chat gpt-4o-mini", 109, 1),
        VALIDATOR,
    ]


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, at: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="Incorrect API key"):
        guarded()(**{**at, "model": "openai/error:401"})
    assert errors(traced) == {
        "guard brief": "guardrails.classes.llm.prompt_callable.PromptCallableException",
        "chat error:401": "litellm.exceptions.AuthenticationError",
    }
