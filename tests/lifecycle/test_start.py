# SPDX-License-Identifier: Apache-2.0
"""Starting a process with the whole pack costs nothing, says nothing and breaks nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT, execute

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from lifecycle.conftest import Receiver

LIBRARIES = ["openai", "httpx", "httpx2", "langchain_core", "langgraph", "langchain", "anthropic"]
HEAVY = [*LIBRARIES, "pydantic", "yaml", "rich", "requests", "numpy", "asyncio", "http.client"]
LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
# Libraries are hidden before anything else runs; all that is logged is written to standard error.
HIDDEN = f"""
import importlib.abc, importlib.metadata, logging, sys

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LIBRARIES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

real = importlib.metadata.version

def version(name):
    if name.replace("-", "_") in {LIBRARIES!r}:
        raise importlib.metadata.PackageNotFoundError(name)
    return real(name)

importlib.metadata.version = version
sys.meta_path.insert(0, Hidden())
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for the scripts of this module."""
    return tmp_path_factory.mktemp("applications")


@pytest.fixture(scope="module")
def empty(folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what an empty program says under the pack: the names of what is loaded."""
    return execute(folder, LOADED)


@pytest.fixture(scope="module")
def hidden(folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what a program says in whose environment no library is installed."""
    return execute(folder, HIDDEN, instrumented=False)


@pytest.fixture(scope="module")
def broken(folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what a program says whose library has nothing of what is patched."""
    return execute(folder, BROKEN, instrumented=False)


def test_no_library_is_loaded(empty: Any) -> None:
    assert set(json.loads(empty.stdout)).isdisjoint(LIBRARIES)


def test_nothing_heavy_is_loaded(empty: Any, folder: Path) -> None:
    bare = execute(folder, LOADED, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="*")
    added = set(json.loads(empty.stdout)) - set(json.loads(bare.stdout))
    assert added.isdisjoint(HEAVY)


def test_the_machinery_is_not_loaded_before_a_library_is(empty: Any) -> None:
    ours = [name for name in json.loads(empty.stdout) if name.startswith("spanwright")]
    assert not [name for name in ours if "semconv" in name or "_dialects" in name or "operation" in name]


def test_an_empty_program_says_nothing(empty: Any) -> None:
    assert (empty.stderr, empty.returncode) == ("", 0)


def test_importing_the_namespace_loads_nothing(folder: Path) -> None:
    found = execute(folder, "import spanwright.instrumentors\n" + LOADED, instrumented=False)
    ours = ("opentelemetry", "wrapt", "spanwright.instrumentors._")
    assert not [name for name in json.loads(found.stdout) if name.startswith(ours)]


def test_a_program_prints_what_it_prints(run: Any, receiver: Receiver) -> None:
    """A server that speaks over its standard output is broken by one line of ours."""
    found = run(
        CLIENT + "list(ask(stream=True)); print('done')",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    assert (found.stdout, found.stderr) == ("done\n", "")
    assert len(receiver.chats()) == 1


def test_without_any_library_nothing_is_logged_above_debug(hidden: Any) -> None:
    assert [line for line in hidden.stderr.splitlines() if not line.startswith("DEBUG")] == []


@pytest.mark.parametrize("library", ["openai", "httpx", "langchain"])
def test_without_any_library_every_instrumentor_is_loaded(library: str, hidden: Any) -> None:
    assert f"Instrumented spanwright_{library}" in hidden.stderr


BROKEN = """
import logging, sys, types

logging.basicConfig(format="%(message)s")
broken = types.ModuleType("openai")
broken.__version__ = "99.0"
sys.modules["openai"] = broken

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()

from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor

print(HttpxInstrumentor().is_instrumented_by_opentelemetry, LangChainInstrumentor().is_instrumented_by_opentelemetry)
"""


def test_a_library_without_what_is_patched_stops_no_other_instrumentor(broken: Any) -> None:
    assert (broken.stdout, broken.returncode) == ("True True\n", 0)


def test_a_library_without_what_is_patched_is_one_warning_a_target(broken: Any) -> None:
    assert [line.partition(" is not found")[0] for line in broken.stderr.splitlines()] == [
        "openai: openai.OpenAI.request",
        "openai: openai.AsyncOpenAI.request",
    ]


FAILING = """
import logging

logging.basicConfig(format="%(message)s")

from spanwright.instrumentors.httpx import HttpxInstrumentor

def fail(self, **kwargs):
    raise RuntimeError("a mistake of ours")

HttpxInstrumentor._instrument = fail

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()
"""


def test_an_instrumentor_that_fails_stops_no_other_one(run: Any, receiver: Receiver) -> None:
    found = run(FAILING + CLIENT + "ask()", instrumented=False)
    assert found.returncode == 0
    assert found.stderr.count("the application is unaffected") == 1
    assert len(receiver.chats()) == 1


def test_with_the_sdk_disabled_nothing_is_exported_and_all_works(run: Any, receiver: Receiver) -> None:
    found = run(CLIENT + "print(ask().choices[0].message.role)", OTEL_SDK_DISABLED="true")
    assert (found.stdout, found.stderr, receiver.received) == ("assistant\n", "", [])


WITHOUT_SDK = """
import importlib.abc, sys

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
from spanwright.instrumentors.openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument()
"""


@pytest.mark.parametrize("mode", ["NO_CONTENT", "SPAN_AND_EVENT"])
def test_without_an_sdk_all_works(mode: str, run: Any) -> None:
    found = run(
        WITHOUT_SDK + CLIENT + "print(ask().choices[0].message.role, len(list(ask(stream=True))) > 1)",
        instrumented=False,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode,
        SPANWRIGHT_STRICT="1",
    )
    assert (found.stdout, found.stderr) == ("assistant True\n", "")
