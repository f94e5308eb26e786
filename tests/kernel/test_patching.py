# SPDX-License-Identifier: Apache-2.0
"""Patches are placed when the application imports the library, leave no trace when removed, and disturb nobody."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import wrapt

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.patching import OnImport, Patch, PatchSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


def answer() -> str:
    return "answer"


async def aanswer() -> str:
    return "answer"


@pytest.fixture
def calls() -> list[str]:
    """Return the names of the calls that passed a wrapper."""
    return []


@pytest.fixture
def patches() -> Iterator[PatchSet]:
    """Return a patch set, removed at the end."""
    found = PatchSet("acme")
    yield found
    found.remove()


@pytest.fixture
def patch(calls: list[str]) -> Callable[..., Patch]:
    """Return a maker of patches that note the calls."""

    def make(target: str, module: str = "acme", **options: Any) -> Patch:
        def wrapper(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            calls.append(target)
            return wrapped(*args, **kwargs)

        return Patch(module, target, wrapper, **options)

    return make


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


# --- classes, functions and what Python makes of them --------------------------------------------------------------------

PATHS = ["Client.ask", "Client.inherited", "Client.made", "Client.helped", "ask"]


@pytest.mark.parametrize("target", PATHS)
def test_every_kind_of_function_is_wrapped_and_works(
    target: str, library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch(target)])
    owner = acme.Client() if "." in target else acme
    found = getattr(owner, target.rpartition(".")[2])(answer)
    assert (calls, found) == ([target], (acme.Client, "answer") if target == "Client.made" else "answer")


def test_a_subclass_sees_the_patch_of_its_parent(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    patches.place([patch("Client.ask")])
    library("acme").Special().ask(answer)
    assert calls == ["Client.ask"]


def test_an_inherited_method_is_wrapped_on_the_subclass_alone(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.inherited")])
    acme.Base().inherited(answer)
    assert calls == []


@pytest.mark.parametrize("order", [("Client.ask", "Special.ask"), ("Special.ask", "Client.ask")])
def test_a_method_patched_on_parent_and_subclass_is_passed_once(
    order: tuple[str, str], library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch(target) for target in order])
    acme.Special().ask(answer)
    assert len(calls) == 1


def test_a_method_patched_twice_is_passed_once(
    library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask"), patch("Client.ask")])
    acme.Client().ask(answer)
    assert calls == ["Client.ask"]


@pytest.mark.parametrize("target", ["Client.ask", "Client.aask", "Client.made", "Client.helped", "ask"])
def test_a_patched_function_looks_like_itself(
    target: str, library: Library, patches: PatchSet, patch: Any
) -> None:
    acme = library("acme")

    def look() -> Any:
        found = acme
        for step in target.split("."):
            found = getattr(found, step)
        return (
            inspect.signature(found),
            found.__doc__,
            found.__name__,
            found.__qualname__,
            found.__module__,
            inspect.iscoroutinefunction(found),
            inspect.isfunction(found),
            inspect.ismethod(found),
            inspect.getsource(found),
        )

    before = look()
    patches.place([patch(target)])
    assert look() == before


@pytest.mark.parametrize("target", ["Client.ask", "Client.made", "Client.helped", "Special.ask", "ask"])
@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))]
)
def test_a_patched_function_is_copied_and_pickled_by_reference(
    copied: Any, target: str, library: Library, patches: PatchSet, patch: Any
) -> None:
    found = library("acme")
    patches.place([patch(target)])
    for step in target.split("."):
        found = getattr(found, step)
    assert copied(found) == found


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))])
@pytest.mark.parametrize("name", ["ask", "made"])
def test_a_bound_method_is_copied_with_its_instance(
    name: str, copied: Any, library: Library, patches: PatchSet, patch: Any, calls: list[str]
) -> None:
    acme = library("acme")
    patches.place([patch(f"Client.{name}")])
    client = acme.Client()
    client.name = "kept"
    twin = copied(getattr(client, name))
    if name == "ask":
        assert twin.__self__ is not client
        assert twin.__self__.name == "kept"
    twin(answer)
    assert calls == [f"Client.{name}"]


def test_a_shallow_copy_of_a_bound_method_has_the_same_instance(
    library: Library, patches: PatchSet, patch: Any
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask")])
    client = acme.Client()
    assert copy.copy(client.ask).__self__ is client


def test_what_was_pickled_is_read_where_nothing_is_patched(
    library: Library, patches: PatchSet, patch: Any
) -> None:
    acme = library("acme")
    patches.place([patch("Client.ask"), patch("ask")])
    pickled = pickle.dumps([acme.Client.ask, acme.Client().ask, acme.ask])
    assert b"spanwright" not in pickled
    patches.remove()
    plain, bound, function = pickle.loads(pickled)
    assert (plain, bound.__func__, function) == (acme.Client.ask, acme.Client.ask, acme.ask)


# --- removal -------------------------------------------------------------------------------------------------------------


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


def test_strictness_is_what_these_tests_run_with() -> None:
    assert settings.reload().strict
