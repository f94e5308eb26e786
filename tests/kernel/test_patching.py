# SPDX-License-Identifier: Apache-2.0
"""Patches are placed when the application imports the library, leave no trace when removed, and disturb nobody."""

from __future__ import annotations

import sys
import threading
from typing import Any

from spanwright.instrumentors._kernel.patching import OnImport, PatchSet

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


def answer() -> str:
    return "answer"


async def aanswer() -> str:
    return "answer"


# --- when they are placed ------------------------------------------------------------------------------------------------


def test_placing_imports_nothing(library: Library, patches: PatchSet, patch: Any) -> None:
    patches.place([patch("Client.ask")])
    assert "acme" not in sys.modules


def test_a_patch_is_placed_when_the_library_is_imported(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place([patch("Client.ask")])
    library("acme").Client().ask(answer)
    assert calls == ["Client.ask"]


def test_a_patch_is_placed_at_once_if_the_library_is_imported(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    acme.Client().ask(answer)
    assert calls == ["Client.ask"]


def test_a_client_made_before_is_traced(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    client = library("acme").Client()
    patches.place([patch("Client.ask")])
    client.ask(answer)
    assert calls == ["Client.ask"]


def test_patches_are_not_asked_for_before_a_watched_module_is_imported(
    library: Library, patches: PatchSet
) -> None:
    asked: list[str] = []
    patches.place_when(["acme", "acme_broken"], lambda: asked.append("asked") or [])
    assert asked == []


def test_patches_are_asked_for_once_when_a_watched_module_is_imported(
    library: Library, patches: PatchSet
) -> None:
    asked: list[str] = []
    patches.place_when(["acme", "acme_broken"], lambda: asked.append("asked") or [])
    library("acme")
    library("acme_broken")
    assert asked == ["asked"]


def test_a_hook_that_a_library_publishes_is_used_when_it_is_imported(
    library: Library, patches: PatchSet
) -> None:
    used: list[Any] = []
    patches.place([OnImport("acme", used.append)])
    assert used == [library("acme")]


def test_a_module_imported_in_two_threads_is_patched_once(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place([patch("Client.ask")])
    start = threading.Barrier(2)
    found: list[Any] = []

    def load() -> None:
        start.wait(5)
        found.append(library("acme"))

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    found[0].Client().ask(answer)
    assert calls == ["Client.ask"]


# --- what is missing -----------------------------------------------------------------------------------------------------


def test_a_missing_target_is_one_warning_that_says_what_is_lost(
    library: Library, patches: PatchSet, patch: Any, told: Told
) -> None:
    patches.place([patch("Client.request", module="acme_broken", lost="chat is not traced")])
    library("acme_broken")
    (message,) = told()
    assert message.startswith(
        "acme: acme_broken.Client.request is not found in the installed version; chat is not traced"
    )


def test_a_missing_optional_target_is_silence(
    library: Library, patches: PatchSet, patch: Any, told: Told
) -> None:
    patches.place([patch("Client.request", module="acme_broken", optional=True)])
    library("acme_broken")
    assert told() == []


def test_a_missing_target_does_not_stop_the_others(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place(
        [patch("Client.ask", module="acme_broken"), patch("Customer.request", module="acme_broken")]
    )
    library("acme_broken").Customer().request()
    assert calls == ["Customer.request"]


def test_a_hook_that_fails_does_not_break_the_import(lax: None, library: Library, patches: PatchSet) -> None:
    def fail(module: Any) -> None:
        raise RuntimeError("a mistake of ours")

    patches.place([OnImport("acme", fail)])
    assert library("acme").Client().ask(answer) == "answer"


def test_a_hook_that_fails_does_not_stop_the_others(
    lax: None, library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    def fail(module: Any) -> None:
        raise RuntimeError("a mistake of ours")

    patches.place([OnImport("acme", fail), patch("Client.ask")])
    library("acme").Client().ask(answer)
    assert calls == ["Client.ask"]


def test_a_table_that_fails_does_not_break_the_import(lax: None, library: Library, patches: PatchSet) -> None:
    def table() -> Any:
        raise RuntimeError("a mistake of ours")

    patches.place_when(["acme"], table)
    assert library("acme").Client().ask(answer) == "answer"
