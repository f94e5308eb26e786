# SPDX-License-Identifier: Apache-2.0
"""Starting a process with the whole pack costs nothing, says nothing and breaks nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

LIBRARIES = ["openai", "httpx", "httpx2", "langchain_core", "langgraph", "langchain", "anthropic"]
HEAVY = [*LIBRARIES, "pydantic", "yaml", "rich", "requests", "numpy", "asyncio", "http.client"]
LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
NOTHING = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
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


def test_no_library_and_nothing_heavy_is_loaded(run: Any) -> None:
    loaded = json.loads(run(LOADED, **NOTHING).stdout)
    bare = json.loads(run(LOADED, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="*", **NOTHING).stdout)
    assert [name for name in HEAVY if name in set(loaded) - set(bare)] == []


def test_no_library_is_loaded_by_the_loader_either(run: Any) -> None:
    assert set(json.loads(run(LOADED, **NOTHING).stdout)).isdisjoint(LIBRARIES)


def test_the_machinery_is_not_loaded_before_a_library_is(run: Any) -> None:
    loaded = json.loads(run(LOADED, **NOTHING).stdout)
    ours = [name for name in loaded if name.startswith("spanwright")]
    assert not [name for name in ours if "semconv" in name or "_dialects" in name or "operation" in name]


def test_importing_the_namespace_loads_nothing(run: Any) -> None:
    script = "import spanwright.instrumentors, json, sys; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(run(script, instrumented=False).stdout)
    assert not [
        name for name in loaded if name.startswith(("opentelemetry", "wrapt", "spanwright.instrumentors._"))
    ]


def test_an_empty_program_prints_nothing(run: Any) -> None:
    found = run("pass", **NOTHING)
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


def test_a_program_prints_what_it_prints(run: Any, receiver: Receiver) -> None:
    """A server that speaks over its standard output is broken by one line of ours."""
    found = run(
        CLIENT + "list(ask(stream=True)); print('done')",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    assert (found.stdout, found.stderr) == ("done\n", "")
    assert len(receiver.chats()) == 1


def test_without_any_library_nothing_is_logged_above_debug(run: Any) -> None:
    found = run(HIDDEN, instrumented=False, **NOTHING)
    assert found.returncode == 0
    assert [line for line in found.stderr.splitlines() if not line.startswith("DEBUG")] == []


def test_without_any_library_every_instrumentor_is_loaded(run: Any) -> None:
    found = run(HIDDEN, instrumented=False, **NOTHING)
    for library in ("openai", "httpx", "langchain"):
        assert f"Instrumented spanwright_{library}" in found.stderr


BROKEN = """
import sys, types

broken = types.ModuleType("openai")
broken.__version__ = "99.0"
sys.modules["openai"] = broken

from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()

from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor

print(HttpxInstrumentor().is_instrumented_by_opentelemetry, LangChainInstrumentor().is_instrumented_by_opentelemetry)
"""


def test_a_library_without_what_is_patched_stops_no_other_instrumentor(run: Any) -> None:
    found = run(BROKEN, instrumented=False, **NOTHING)
    assert (found.stdout, found.returncode) == ("True True\n", 0)


def test_a_library_without_what_is_patched_is_one_warning_a_target(run: Any) -> None:
    lines = run(BROKEN, instrumented=False, **NOTHING).stderr.splitlines()
    assert [line.partition(" is not found")[0] for line in lines] == [
        "openai: openai.OpenAI.request",
        "openai: openai.AsyncOpenAI.request",
    ]


FAILING = """
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
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.semconv")):
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
