# SPDX-License-Identifier: Apache-2.0
"""Switched on and off: nothing is imported for it, everything comes back, and the application sees no difference."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from semantic_kernel.agents import ChatCompletionAgent

from libraries.semantic_kernel.test_semantic_kernel_trees import ASK, RUNS
from spanwright.instrumentors.semantic_kernel import SemanticKernelInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

START = """
import sys, warnings
warnings.simplefilter("ignore")
from spanwright.instrumentors.semantic_kernel import SemanticKernelInstrumentor
SemanticKernelInstrumentor().instrument()
assert not {"semantic_kernel", "openai"} & set(sys.modules)
import semantic_kernel
assert "semantic_kernel.agents.orchestration" not in sys.modules
from semantic_kernel.agents import ChatCompletionAgent
assert type(ChatCompletionAgent.__dict__["invoke"]).__name__ == "Wrapped"
"""


def test_nothing_is_imported_before_the_application_does_it() -> None:
    done = subprocess.run([sys.executable, "-c", START], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@RUNS
async def test_an_agent_that_was_made_before_is_traced(
    recorder: Recorder, make: Callable[..., ChatCompletionAgent], run: Any
) -> None:
    agent = make()
    recorder.instrument(SemanticKernelInstrumentor())
    await run(agent)
    assert recorder.tree() == ["invoke_agent forecaster"]


async def test_uninstrumenting_puts_all_back(
    recorder: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    before = ChatCompletionAgent.__dict__["invoke"]
    module: Any = sys.modules["semantic_kernel.functions.kernel_function"]
    tracer = module.tracer
    recorder.instrument(SemanticKernelInstrumentor())
    assert module.tracer is not tracer
    held = ChatCompletionAgent.get_response
    recorder.uninstrument()
    assert module.tracer is tracer
    assert ChatCompletionAgent.__dict__["invoke"] is before
    await make().get_response(ASK)
    await held(make(), ASK)
    assert recorder.spans == []


async def test_instrumenting_again_traces_once(
    recorder: Recorder, make: Callable[..., ChatCompletionAgent]
) -> None:
    for _ in range(2):
        recorder.instrument(SemanticKernelInstrumentor())
        recorder.uninstrument()
    recorder.instrument(SemanticKernelInstrumentor())
    recorder.instrument(SemanticKernelInstrumentor())
    await make().get_response(ASK)
    assert recorder.tree() == ["invoke_agent forecaster"]


@pytest.mark.usefixtures("traced")
def test_signatures_stay() -> None:
    assert inspect.iscoroutinefunction(ChatCompletionAgent.get_response)
    assert list(inspect.signature(ChatCompletionAgent.invoke).parameters)[:2] == ["self", "messages"]
    assert ChatCompletionAgent.invoke.__agent_diagnostics__


async def test_a_run_gives_what_it_gives_without_us(
    recorder: Recorder, make: Callable[..., ChatCompletionAgent], provider: Provider
) -> None:
    del provider
    plain = [str(item.message) async for item in make().invoke_stream("hi")]
    recorder.instrument(
        SemanticKernelInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true"
    )
    assert [str(item.message) async for item in make().invoke_stream("hi")] == plain


async def test_nothing_is_printed(
    traced: Recorder, forecaster: ChatCompletionAgent, capsys: pytest.CaptureFixture[str]
) -> None:
    await forecaster.get_response(ASK)
    assert traced.spans
    assert capsys.readouterr().out == ""
