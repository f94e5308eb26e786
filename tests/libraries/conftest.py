# SPDX-License-Identifier: Apache-2.0
"""What the tests of every library share; a library is tested where it is installed: in its lanes of the matrix."""

from __future__ import annotations

import asyncio
import gc
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# pytest imports a package whose name a folder of tests has before that folder's own conftest.
import unheard  # noqa: F401, I001 - first of all
from cassette import LINE, scrub
from matrix import told
from present import found, installed, named
from spanwright.console.provider import Provider, Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from harness import Recorder
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

_HERE = Path(__file__).parent
_CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_left_out: set[str] = set()


@cache
def _installed(library: str) -> bool:
    """Tell whether a library is there, and what its lanes add to it."""
    return installed(library) and all(map(found, told(library).get("with", ())))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the folder of a library that is not installed."""
    if collection_path.parent != _HERE or not collection_path.is_dir() or _installed(collection_path.name):
        return None
    _left_out.add(collection_path.name)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which libraries were not tested here."""
    if _left_out:
        names = ", ".join(sorted(_left_out - {"__pycache__"}))
        if names:
            terminalreporter.write_line(f"not installed here, tested in lanes of their own: {names}")


@pytest.fixture
def instrumentor(request: pytest.FixtureRequest) -> type[Instrumentor]:
    """Return the class of the instrumentor of the library whose folder the test is in."""
    kind = named(request.path.parent.name)
    assert kind
    return kind


@pytest.fixture
def traced(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with the library instrumented, content off."""
    recorder.instrument(instrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with the library instrumented, content on spans."""
    recorder.instrument(instrumentor(), **{_CAPTURE: "SPAN_ONLY"})
    return recorder


@pytest.fixture
def both(recorder: Recorder, instrumentor: type[Instrumentor]) -> Recorder:
    """Return the recorder with the library instrumented and content everywhere, so that everything is read."""
    recorder.instrument(instrumentor(), **{_CAPTURE: "SPAN_AND_EVENT"})
    return recorder


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks beside OpenAI's API; a library's folder brings its own."""
    return []


@pytest.fixture
def provider(wires: list[Wire]) -> Iterator[Provider]:
    """Return the reference provider, which speaks the library's wire, on 127.0.0.1."""
    with Provider(wires=wires) as provider:
        yield provider


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}


@pytest.fixture
def settle() -> Callable[[], Awaitable[None]]:
    """Return what lets the loop close the asynchronous generators that nobody holds, one inside the other."""

    async def settled() -> None:
        gc.collect()
        await asyncio.sleep(0)
        while closing := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(closing)
            gc.collect()
            await asyncio.sleep(0)

    return settled


@pytest.fixture
def vcr_config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return how requests are matched and what is kept of them.

    Where versions of an SDK differ in the bodies that they write, its module says `MATCH_ON = LINE`.
    """
    matched = getattr(request.module, "MATCH_ON", (*LINE, "body"))
    return {"match_on": matched, "before_record_request": scrub, "before_record_response": scrub}


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """Return the folder of the library's cassettes."""
    return str(_HERE.parent / "cassettes" / request.path.parent.name)


@pytest.fixture
def behind(record_mode: str, wires: list[Wire]) -> Iterator[Provider | None]:
    """Return the provider that answers while recording, and none while replaying."""
    if record_mode == "none":
        yield None
    else:
        with Provider(wires=wires) as provider:
            yield provider


@pytest.fixture
def proxy(behind: Provider | None) -> str | None:
    """Return the address of that provider.

    A client that reaches the provider as its proxy asks for the same fixed address as in a replay.
    """
    return None if behind is None else behind.url
