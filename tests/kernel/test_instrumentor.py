# SPDX-License-Identifier: Apache-2.0
"""An instrumentor never raises, says once what a user must know, and can be switched on and off for ever."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TYPE_CHECKING, Any

import pytest

from kernel.fake import AcmeInstrumentor
from spanwright.instrumentors._families.hierarchies import Hierarchies
from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import PatchSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

Library = "Callable[[str], Any]"
Told = "Callable[[], list[str]]"


def answer() -> dict[str, Any]:
    return {"text": "answer"}


def made(**fields: Any) -> AcmeInstrumentor:
    """Return an instrumentor of a class of its own, as each library has."""
    return type("AcmeInstrumentor", (AcmeInstrumentor,), {"__module__": "instruments.acme", **fields})()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is installed in version 3.1."""
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "3.1" if name == "acme" else real(name))


def test_a_library_that_is_not_installed_is_silence(recorder: Recorder, told: Told) -> None:
    recorder.instrument(made(targets=("Client.ask",), supports=("acme >= 1",)))
    assert told() == []


def test_nothing_is_imported_by_instrumenting(library: Library, recorder: Recorder) -> None:
    recorder.instrument(made(targets=("Client.ask",), watches=("acme",)))
    assert "acme" not in sys.modules


def test_a_tested_version_is_silence(
    library: Library, recorder: Recorder, installed: None, told: Told
) -> None:
    recorder.instrument(made(targets=("Client.ask",), supports=("acme >= 3, < 4",)))
    library("acme")
    assert told() == []


def test_an_untested_version_is_one_warning(
    library: Library, recorder: Recorder, installed: None, told: Told
) -> None:
    recorder.instrument(made(targets=("Client.ask", "ask"), supports=("acme >= 1, < 3", "other >= 1")))
    library("acme")
    assert told() == [
        "acme 3.1 is outside of the tested range (acme >= 1, < 3); it is instrumented all the same"
    ]


def test_an_untested_version_is_instrumented(library: Library, recorder: Recorder, installed: None) -> None:
    recorder.instrument(made(targets=("Client.ask",), supports=("acme < 3",)))
    library("acme").Client().ask(answer)
    assert recorder.tree() == ["chat m1"]


def test_a_version_that_cannot_be_read_does_not_stop_anything(
    lax: None, library: Library, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "a local build")
    instrumentor = made(targets=("Client.ask",), supports=("acme < 3",))
    instrumentor.instrument(**recorder.providers)
    library("acme").Client().ask(answer)
    instrumentor.uninstrument()
    assert recorder.tree() == ["chat m1"]


def test_a_repeated_instrument_is_a_silent_no_op(
    library: Library, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    instrumentor = made(targets=("Client.ask",))
    recorder.instrument(instrumentor, instrumentor)
    instrumentor.instrument()
    library("acme").Client().ask(answer)
    assert (recorder.tree(), caplog.records) == (["chat m1"], [])


def test_a_repeated_uninstrument_is_a_silent_no_op(caplog: pytest.LogCaptureFixture) -> None:
    instrumentor = made()
    instrumentor.uninstrument()
    instrumentor.instrument()
    instrumentor.uninstrument()
    instrumentor.uninstrument()
    assert caplog.records == []


def test_instrumenting_again_after_uninstrumenting_gives_one_span(
    library: Library, recorder: Recorder
) -> None:
    instrumentor = made(targets=("Client.ask",))
    acme = library("acme")
    for _ in range(3):
        instrumentor.instrument(**recorder.providers)
        instrumentor.uninstrument()
    recorder.instrument(instrumentor)
    acme.Client().ask(answer)
    assert recorder.tree() == ["chat m1"]


def test_after_uninstrumenting_nothing_is_traced(library: Library, recorder: Recorder) -> None:
    instrumentor = made(targets=("Client.ask",))
    recorder.instrument(instrumentor)
    acme = library("acme")
    recorder.uninstrument()
    acme.Client().ask(answer)
    assert recorder.tree() == []


@pytest.mark.parametrize("place", ["patches", "stands_aside", "_check_version", "_telemetry", "_instrument"])
def test_a_failing_instrumentor_raises_nothing(place: str, lax: None, library: Library) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a mistake of ours")

    instrumentor = made(**{place: fail})
    instrumentor.instrument()
    found = library("acme").Client().ask(answer)
    instrumentor.uninstrument()
    assert found == {"text": "answer"}


def test_a_table_that_fails_half_way_leaves_no_half_behind(lax: None, library: Library) -> None:
    def patches(self: Any, telemetry: Any) -> Any:
        yield from AcmeInstrumentor.patches(self, telemetry)
        raise RuntimeError("a mistake of ours")

    acme = library("acme")
    before = dict(vars(acme.Client))
    instrumentor = made(targets=("Client.ask",), patches=patches)
    instrumentor.instrument()
    instrumentor.uninstrument()
    assert vars(acme.Client) == before


@pytest.fixture
def stuck(lax: None, library: Library, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An instrumentor whose patches could not be removed, and the library."""
    instrumentor = made(targets=("Client.ask",))
    acme = library("acme")
    instrumentor.instrument(**recorder.providers)
    left = instrumentor._patch_set
    with monkeypatch.context() as failing:
        failing.setattr(PatchSet, "remove", lambda self: self.missing)
        instrumentor.uninstrument()
    yield instrumentor, acme
    assert left is not None
    left.remove()


def test_patches_that_cannot_be_removed_are_silent(stuck: Any, recorder: Recorder) -> None:
    _, acme = stuck
    acme.Client().ask(answer)
    assert recorder.tree() == []


def test_after_a_removal_that_failed_it_can_be_instrumented_again(stuck: Any, recorder: Recorder) -> None:
    instrumentor, acme = stuck
    recorder.instrument(instrumentor)
    acme.Client().ask(answer)
    assert recorder.tree() == ["chat m1"]


def test_a_class_below_a_root_is_wrapped_again_over_what_could_not_be_removed(library: Library) -> None:
    def answers(word: str) -> Any:
        return lambda wrapped, instance, args, kwargs: word

    acme = library("acme")
    first, second = PatchSet("acme"), PatchSet("acme")
    first.place([Hierarchies("acme").below("acme", "Client", {"ask": answers("left")})])
    acme.Client.__dict__["ask"]._self_patches.active = False
    second.place([Hierarchies("acme").below("acme", "Client", {"ask": answers("new")})])
    assert acme.Client().ask(answer) == "new"
    second.remove()
    first.remove()


def test_an_instrumentor_that_stands_aside_patches_nothing(library: Library, recorder: Recorder) -> None:
    recorder.instrument(made(targets=("Client.ask",), stands_aside=lambda self: "the library traces itself"))
    library("acme").Client().ask(answer)
    assert recorder.tree() == []


def test_it_names_its_library_by_its_folder() -> None:
    assert made().library == "acme"


def test_it_asks_the_loader_for_no_check_of_dependencies() -> None:
    assert made().instrumentation_dependencies() == ()


def test_a_table_is_what_an_instrumentor_must_have() -> None:
    with pytest.raises(NotImplementedError):
        list(Instrumentor.patches(made(), None))  # type: ignore[arg-type]
