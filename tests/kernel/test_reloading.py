# SPDX-License-Identifier: Apache-2.0
"""A module that is executed again has its patches placed again, and nothing else of it is disturbed."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

from spanwright.instrumentors._kernel import reloading
from spanwright.instrumentors._kernel.patching import OnImport, PatchSet

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


def answer() -> str:
    return "answer"


def test_a_reloaded_module_is_patched_again(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    importlib.reload(acme).Client().ask(answer)
    assert calls == ["Client.ask"]


def test_a_module_that_is_imported_anew_is_patched_again(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place([patch("Client.ask")])
    library("acme")
    del sys.modules["acme"]
    library("acme").Client().ask(answer)
    assert calls == ["Client.ask"]


def test_what_was_made_before_is_still_patched(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    client = acme.Client()
    importlib.reload(acme)
    client.ask(answer)
    assert calls == ["Client.ask"]


def test_removing_puts_back_what_was_there_before_and_after(
    library: Library, patches: PatchSet, patch: Any
) -> None:
    acme = library("acme")
    first = acme.Client
    originals = first.ask
    patches.place([patch("Client.ask")])
    second = importlib.reload(acme).Client
    patches.remove()
    assert first.ask is originals
    assert type(second.ask) is type(originals)


def test_after_removing_a_reloaded_module_is_left_alone(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    patches.remove()
    importlib.reload(acme).Client().ask(answer)
    assert calls == []
    assert "acme" not in reloading._watched


def test_a_module_keeps_the_loader_that_it_would_have(
    library: Library, patches: PatchSet, patch: Any
) -> None:
    acme = library("acme")
    loaders = type(acme.__loader__), type(acme.__spec__.loader)
    patches.place([patch("Client.ask")])
    importlib.reload(acme)
    assert (type(acme.__loader__), type(acme.__spec__.loader)) == loaders


def test_two_patch_sets_are_told_of_the_same_module(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    other = PatchSet("other")
    patches.place([patch("Client.ask")])
    other.place([patch("Client.ask")])
    importlib.reload(acme).Client().ask(answer)
    other.remove()
    acme.Client().ask(answer)
    assert calls == ["Client.ask"] * 3


def test_a_module_that_is_executed_again_and_is_gone_fails_as_ever(
    library: Library, patches: PatchSet, patch: Any, monkeypatch: Any
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModuleNotFoundError, match="spec not found for the module 'acme'"):
        importlib.reload(acme)


def test_a_registration_is_made_once_and_a_reload_is_one_warning(
    library: Library, patches: PatchSet, told: Told
) -> None:
    acme = library("acme")
    seen: list[Any] = []
    patches.place([OnImport("acme", seen.append)])
    importlib.reload(importlib.reload(acme))
    assert seen == [acme]
    assert [line.partition(",")[0] for line in told()] == ["acme: acme was loaded again"]
