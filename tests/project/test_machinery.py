# SPDX-License-Identifier: Apache-2.0
"""What judges the pack sees harm where there is some: the journal of differential runs, and the report of moved names."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import moved
from proof.differential import _difference, _lacking, _steady
from proof.faces import chain, described, face
from proof.journal import Journal
from proof.witness import Witness

ROOT = Path(__file__).parents[2]


def raised(cause: Exception | None) -> Exception:
    try:
        raise ValueError("no") from cause
    except ValueError as error:
        return error


def test_an_exception_with_another_cause_is_told_apart() -> None:
    assert chain(raised(None)) != chain(raised(KeyError("x")))


def test_a_value_that_can_no_longer_be_copied_is_told_apart() -> None:
    class Answer:
        def __repr__(self) -> str:
            return "Answer"

    class Uncopied(Answer):
        def __deepcopy__(self, memo: Any) -> Any:
            raise TypeError

    Uncopied.__qualname__ = Answer.__qualname__
    assert copy.deepcopy(Answer()) is not None
    assert described(Answer()) != described(Uncopied())


@pytest.mark.parametrize("change", ["value", "arguments", "error"])
def test_the_journal_of_a_harmful_wrapper_is_another_one(change: str) -> None:
    def library(given: dict[str, int]) -> list[int]:
        return list(given.values())

    def harmful(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        value = wrapped(*args, **kwargs)
        if change == "arguments":
            args[0]["more"] = 1
        if change == "error":
            raise ValueError
        return (*value,) if change == "value" else value

    def told(wrapper: Any) -> list[Any]:
        journal = Journal()
        try:
            journal.watched("library", wrapper)(library, None, ({"a": 1},), {})
        except ValueError:
            pass
        return journal.events

    assert told(None) != told(harmful)


def test_a_function_that_looks_otherwise_is_told_apart() -> None:
    def ask(prompt: str) -> str:
        return prompt

    async def asked(prompt: str) -> str:
        return prompt

    asked.__name__, asked.__qualname__ = ask.__name__, ask.__qualname__
    assert face(ask) != face(asked)


def test_what_happens_in_another_order_is_no_loss_and_what_does_not_happen_is_one() -> None:
    bare = [("sent", "a"), ("sent", "b")]
    assert _difference(bare, bare[::-1]) is not None
    assert _lacking(bare, bare[::-1]) is None
    assert _lacking(bare, [("sent", "a"), ("sent", "a")]) is not None


@pytest.mark.parametrize("replaces", [True, False])
def test_the_librarys_work_is_asked_for_and_its_own_telemetry_need_not_be(replaces: bool) -> None:  # noqa: FBT001 - by pytest
    witness = Witness()
    seam = witness.watched("library.span", lambda *_: "ours", replaces=replaces)
    seam(lambda: "theirs", None, (), {})
    assert bool(witness.violations) is not replaces


def test_words_that_differ_between_two_bare_runs_are_not_compared() -> None:
    bare, again = [("returned", "took 0.1 s, said yes")], [("returned", "took 0.2 s, said yes")]
    assert _difference(*_steady(bare, again, [("returned", "took 0.3 s, said yes")])) is None
    assert _difference(*_steady(bare, again, [("returned", "took 0.3 s, said no")])) is not None


TOLD = {
    "library": "acme",
    "supports": ["acme < 2"],
    "installed": {"acme": "2.0b1"},
    "patches": [
        {"module": "acme", "target": "Client.send", "optional": False, "lost": "no calls", "state": "found"},
        {
            "module": "acme",
            "target": "Client.ask",
            "optional": False,
            "lost": "no questions",
            "state": "gone",
        },
        {"module": "acme", "target": "Old.ask", "optional": True, "lost": "nothing", "state": "gone"},
    ],
}


def test_a_moved_name_is_told_with_what_is_lost() -> None:
    lines, well = moved.verdict(TOLD)
    assert not well
    assert "  MOVED acme.Client.ask: no questions" in lines
    assert "  not there, and needed by some versions only: acme.Old.ask" in lines


def test_a_library_that_is_not_installed_is_not_well() -> None:
    assert not moved.verdict({**TOLD, "installed": {}, "patches": []})[1]


def test_an_installed_library_is_reported() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "moved.py"), "openai"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("openai: openai ")
