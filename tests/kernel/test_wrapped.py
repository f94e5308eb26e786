# SPDX-License-Identifier: Apache-2.0
"""A patched function is, to whoever looks at it, copies it or pickles it, the function that it was."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from spanwright.instrumentors._kernel.patching import PatchSet

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


def answer() -> str:
    return "answer"


async def aanswer() -> str:
    return "answer"


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


def test_a_method_of_a_class_that_names_another_module_is_pickled(
    library: Library, patches: PatchSet, patch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SDKs say of their classes, and copies of them in other packages."""
    acme = library("acme")
    patches.place([patch("Client.ask")])
    monkeypatch.setattr(acme.Client, "__module__", "published")
    pickled = pickle.dumps(acme.Client.ask)
    assert b"spanwright" not in pickled
    assert pickle.loads(pickled) == acme.Client.ask


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
