# SPDX-License-Identifier: Apache-2.0
"""Patches leave no trace when they are removed, and what somebody else did to the same place stays."""

from __future__ import annotations

from typing import Any

import wrapt

from spanwright.instrumentors._kernel.patching import OnImport, PatchSet

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


PATHS = ["Client.ask", "Client.inherited", "Client.made", "Client.helped", "ask"]


def answer() -> str:
    return "answer"


async def aanswer() -> str:
    return "answer"


def snapshot(acme: Any) -> list[dict[str, Any]]:
    return [dict(vars(owner)) for owner in (acme, acme.Base, acme.Client, acme.Special)]


def test_removal_restores_every_descriptor(library: Library, patches: PatchSet, patch: Any) -> None:
    acme = library("acme")
    before = snapshot(acme)
    patches.place([patch(target) for target in (*PATHS, "Client.aask", "Special.ask", "Special.made")])
    assert snapshot(acme) != before
    patches.remove()
    after = snapshot(acme)
    assert all(left.keys() == right.keys() for left, right in zip(before, after, strict=True))
    assert all(
        left[name] is right[name]
        for left, right in zip(before, after, strict=True)
        for name in left
        if name not in {"__dict__", "__weakref__"}
    )


def test_removal_can_be_repeated(library: Library, patches: PatchSet, patch: Any) -> None:
    acme = library("acme")
    before = snapshot(acme)
    patches.place([patch("Client.ask")])
    patches.remove()
    patches.remove()
    assert snapshot(acme) == before


def test_removal_cancels_what_was_not_placed_yet(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place([patch("Client.ask")])
    patches.remove()
    library("acme").Client().ask(answer)
    assert calls == []


def test_removal_silences_a_method_that_somebody_holds(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    bound = acme.Client().ask
    patches.remove()
    assert (bound(answer), calls) == ("answer", [])


def test_removal_leaves_a_wrapper_of_somebody_else_and_silences_ours_below_it(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    wrapt.wrap_function_wrapper(acme, "Client.ask", lambda w, i, a, k: calls.append("theirs") or w(*a, **k))
    theirs = vars(acme.Client)["ask"]
    patches.remove()
    acme.Client().ask(answer)
    assert (vars(acme.Client)["ask"] is theirs, calls) == (True, ["theirs"])


def test_removal_runs_what_undoes_a_hook(library: Library, patches: PatchSet) -> None:
    undone: list[str] = []
    patches.place([OnImport("acme", lambda module: None, lambda: undone.append("undone"))])
    library("acme")
    patches.remove()
    assert undone == ["undone"]


def test_removal_undoes_no_hook_that_was_never_used(library: Library, patches: PatchSet) -> None:
    undone: list[str] = []
    patches.place([OnImport("acme", lambda module: None, lambda: undone.append("undone"))])
    patches.remove()
    assert undone == []


def test_removal_goes_on_after_a_step_that_fails(
    lax: None, library: Library, patches: PatchSet, patch: Any
) -> None:
    def fail() -> None:
        raise RuntimeError("a mistake of ours")

    acme = library("acme")
    before = snapshot(acme)
    patches.place([OnImport("acme", lambda module: None, fail), patch("Client.ask")])
    patches.remove()
    assert snapshot(acme) == before


def test_patches_can_be_placed_again_after_removal(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    for _ in range(3):
        patches.place([patch("Client.ask")])
        patches.remove()
    patches.place([patch("Client.ask")])
    acme.Client().ask(answer)
    assert calls == ["Client.ask"]


def test_a_set_placed_again_below_somebody_elses_wrapper_is_passed_once(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    wrapt.wrap_function_wrapper(acme, "Client.ask", lambda w, i, a, k: calls.append("theirs") or w(*a, **k))
    patches.remove()
    again = PatchSet("acme")
    again.place([patch("Client.ask")])
    acme.Client().ask(answer)
    again.remove()
    assert calls == ["Client.ask", "theirs"]
