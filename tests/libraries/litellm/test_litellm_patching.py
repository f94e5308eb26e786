# SPDX-License-Identifier: Apache-2.0
"""When and what is patched: functions taken before, the way back, and others who wrap as well."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import litellm
import pytest
from litellm import acompletion, completion

from asking import HELLO
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.litellm.closures import Closures

if TYPE_CHECKING:
    from harness import Recorder

MODEL = "openai/gpt-4o-mini"


def cell() -> Any:
    """Return the cell that holds what a completion runs."""
    function: Any = litellm.completion
    while "original_function" not in function.__code__.co_freevars:
        function = function.__wrapped__
    return function.__closure__[function.__code__.co_freevars.index("original_function")]


def test_a_function_taken_before_is_traced(recorder: Recorder, at: dict[str, Any]) -> None:
    taken = completion
    recorder.instrument(LiteLLMInstrumentor())
    taken(model=MODEL, messages=HELLO, **at)
    assert recorder.tree() == ["chat gpt-4o-mini"]


async def test_an_asynchronous_function_taken_before_is_traced(
    recorder: Recorder, at: dict[str, Any]
) -> None:
    taken = acompletion
    recorder.instrument(LiteLLMInstrumentor())
    await taken(model=MODEL, messages=HELLO, **at)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_the_public_functions_stay_what_they_are(recorder: Recorder) -> None:
    before = (litellm.completion, inspect.signature(litellm.completion), litellm.acompletion)
    recorder.instrument(LiteLLMInstrumentor())
    assert (litellm.completion, inspect.signature(litellm.completion), litellm.acompletion) == before
    assert inspect.iscoroutinefunction(litellm.acompletion)
    assert pickle.loads(pickle.dumps(litellm.completion)) is litellm.completion


def test_uninstrumenting_puts_everything_back(recorder: Recorder, at: dict[str, Any]) -> None:
    before = cell().cell_contents
    recorder.instrument(LiteLLMInstrumentor())
    assert cell().cell_contents is not before
    recorder.uninstrument()
    assert cell().cell_contents is before
    litellm.completion(model=MODEL, messages=HELLO, **at)
    assert recorder.tree() == []


def test_instrumenting_again_traces_again(recorder: Recorder, at: dict[str, Any]) -> None:
    recorder.instrument(LiteLLMInstrumentor())
    recorder.uninstrument()
    recorder.instrument(LiteLLMInstrumentor())
    litellm.completion(model=MODEL, messages=HELLO, **at)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_a_stream_open_at_the_way_back_stays_readable(recorder: Recorder, at: dict[str, Any]) -> None:
    recorder.instrument(LiteLLMInstrumentor())
    stream = litellm.completion(model=MODEL, messages=HELLO, stream=True, **at)
    next(stream)
    recorder.uninstrument()
    assert list(stream)


def test_what_somebody_else_put_in_its_place_stays(recorder: Recorder, at: dict[str, Any]) -> None:
    held, calls = cell(), []
    original = held.cell_contents
    recorder.instrument(LiteLLMInstrumentor())
    ours = held.cell_contents

    def completion(*args: Any, **kwargs: Any) -> Any:
        calls.append(kwargs["model"])
        return ours(*args, **kwargs)

    held.cell_contents = completion
    try:
        recorder.uninstrument()
        assert held.cell_contents is completion
        litellm.completion(model=MODEL, messages=HELLO, **at)
        assert (calls, recorder.tree()) == ([MODEL], [])
    finally:
        held.cell_contents = original


def test_a_function_without_the_cell_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    module = ModuleType("litellm.elsewhere")
    vars(module)["completion"] = lambda: None
    closures = Closures("litellm.elsewhere", ("completion", "absent"), lambda name, original: None)  # type: ignore[arg-type,return-value]
    closures._place(module)
    (record,) = [each for each in caplog.records if "elsewhere" in each.getMessage()]
    assert "the application is unaffected" in record.getMessage()


def test_the_library_is_not_imported_for_it() -> None:
    program = (
        "import sys\n"
        "from spanwright.instrumentors.litellm import LiteLLMInstrumentor\n"
        "LiteLLMInstrumentor().instrument()\n"
        "assert not [name for name in sys.modules if name.partition('.')[0] in ('litellm', 'openai')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_librarys_own_callbacks_are_left_alone(recorder: Recorder, at: dict[str, Any]) -> None:
    before = (list(litellm.callbacks), list(litellm.success_callback), list(litellm.failure_callback))
    recorder.instrument(LiteLLMInstrumentor())
    litellm.completion(model=MODEL, messages=HELLO, **at)
    assert (list(litellm.callbacks), list(litellm.success_callback), list(litellm.failure_callback)) == before
