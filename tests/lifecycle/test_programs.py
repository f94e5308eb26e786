# SPDX-License-Identifier: Apache-2.0
"""Programs of other shapes: packages, processes of a forkserver, subinterpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from pathlib import Path

    from lifecycle.conftest import Receiver

PACKAGE = f"""{CLIENT}
if __name__ == "__main__":
    list(ask(stream=True))
    print(__spec__.name, len(sys.argv))
"""


def test_a_package_that_is_run_by_its_name_is_traced(run: Any, receiver: Receiver, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("import openai")
    (package / "__main__.py").write_text(PACKAGE)
    found = run("", "-m", "package", "argument")
    assert (found.stdout, found.stderr, found.returncode) == ("package.__main__ 2\n", "", 0)
    assert [span.name for span in receiver.chats()] == ["chat gpt-4o-mini"]


FORKSERVER = f"""{CLIENT}
import multiprocessing
from opentelemetry import trace

def work():
    ask("childs-model")
    list(ask("childs-stream", stream=True))
    # Such a process ends without its exit handlers.
    trace.get_tracer_provider().force_flush()

if __name__ == "__main__":
    # The server has the library loaded: its processes are forked with what is placed by then.
    multiprocessing.set_forkserver_preload(PRELOADED)
    process = multiprocessing.get_context("forkserver").Process(target=work)
    process.start()
    process.join()
    ask("parents-model")
    sys.exit(process.exitcode)
"""


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="there is no fork")
@pytest.mark.parametrize("preloaded", ["[]", "['openai']"])
def test_a_process_of_a_forkserver_is_traced(preloaded: str, run: Any, receiver: Receiver) -> None:
    found = run(FORKSERVER.replace("PRELOADED", preloaded))
    assert (found.returncode, found.stdout) == (0, ""), found.stderr
    names = sorted(span.name for span in receiver.chats())
    assert names == ["chat childs-model", "chat childs-stream", "chat parents-model"]


# `opentelemetry-instrument` sets the SDK up in each interpreter, or logs that it starts no threads there: not of ours.
SUBINTERPRETER = f"""
from opentelemetry.instrumentation.auto_instrumentation import initialize

initialize()
{CLIENT}
try:
    import _interpreters as interpreters
except ModuleNotFoundError:
    import _xxsubinterpreters as interpreters

stream = ask("first", stream=True)
next(stream)
inner = interpreters.create()
placing = "from spanwright.instrumentors.openai import OpenAIInstrumentor as it; it().instrument(); it().uninstrument()"
failed = interpreters.run_string(inner, placing)
interpreters.destroy(inner)
list(stream)
ask("second")
print(failed)
"""


@pytest.mark.skipif("__import__('sys').version_info < (3, 11)", reason="they are young")
def test_a_subinterpreter_is_unharmed_and_harms_nothing(run: Any, receiver: Receiver) -> None:
    found = run(SUBINTERPRETER, instrumented=False)
    assert (found.stdout, found.stderr, found.returncode) == ("None\n", "", 0)
    assert [span.name for span in receiver.chats()] == ["chat first", "chat second"]
