# SPDX-License-Identifier: Apache-2.0
"""Mistakes of ours are reported once and never raised, but under the tests' own switch."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.guard import guard, logger, warn_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Raising(logging.Handler):
    """An application's handler that fails."""

    def emit(self, record: logging.LogRecord) -> None:
        raise RuntimeError("the disk is full")

    handle = emit  # type: ignore[assignment]


@pytest.fixture
def raising() -> Iterator[None]:
    handler = Raising()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def mistaken() -> None:
    raise LookupError("a mistake of ours")


def test_it_returns_what_our_code_returns() -> None:
    assert guard(divmod, 7, 2) == (3, 1)


def test_a_mistake_is_raised_under_the_strict_switch() -> None:
    settings.reload({settings.STRICT: "1"})
    with pytest.raises(LookupError):
        guard(mistaken)


def test_a_mistake_is_none_otherwise(lax: None) -> None:
    assert guard(mistaken) is None


def test_a_mistake_is_one_warning_that_says_the_application_is_unaffected(
    lax: None, told: Callable[[], list[str]]
) -> None:
    guard(mistaken)
    (message,) = told()
    assert "mistaken failed with LookupError" in message
    assert "the application is unaffected" in message


def test_a_repeated_mistake_is_told_at_debug_level(lax: None, told: Callable[[], list[str]]) -> None:
    for _ in range(3):
        guard(mistaken)
    assert len(told()) == 1


def test_a_mistake_at_another_place_is_another_warning(lax: None, told: Callable[[], list[str]]) -> None:
    guard(mistaken)
    guard(int, "no number")
    assert len(told()) == 2


def test_the_text_of_the_error_stays_out_of_the_warning(lax: None, told: Callable[[], list[str]]) -> None:
    guard(int, "a prompt of a user")
    assert "prompt" not in "".join(told())


def test_a_log_handler_that_raises_is_no_concern_of_the_application(lax: None, raising: None) -> None:
    assert guard(mistaken) is None


def test_a_log_handler_that_raises_does_not_break_a_warning(raising: None) -> None:
    warn_once("key", "message")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_mistake_passes(lax: None, error: type[BaseException]) -> None:
    def interrupted() -> None:
        raise error

    with pytest.raises(error):
        guard(interrupted)


def test_a_guarded_mistake_leaves_the_error_that_is_being_handled_alone(lax: None) -> None:
    failure = ValueError("theirs")
    with pytest.raises(ValueError, match="theirs") as caught:
        try:
            raise failure
        except ValueError:
            guard(mistaken)
            raise
    assert caught.value is failure
    assert failure.__context__ is None
