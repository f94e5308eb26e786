# SPDX-License-Identifier: Apache-2.0
"""Notebooks: a kernel under `opentelemetry-instrument`, or one whose first cell sets tracing up."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

pytest.importorskip("ipykernel")
pytest.importorskip("nbclient")
TOOL = str(Path(sys.executable).with_name("opentelemetry-instrument"))
SETTING_UP = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if not isinstance(trace.get_tracer_provider(), TracerProvider):
    trace.set_tracer_provider(TracerProvider())
    trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument()
"""
CELLS = (
    CLIENT,
    "print(ask('plain').choices[0].message.role)",
    "stream = ask('held over cells', stream=True); print(next(stream).object)",
    "print(sum(1 for _ in stream) > 1)",
    """
import asyncio
later = openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)
words = [{"role": "user", "content": "Hello there"}]
print((await later.chat.completions.create(model="awaited", messages=words)).choices[0].message.role)
""",
    """
async def read(model):
    stream = await later.chat.completions.create(model=model, messages=words, stream=True)
    return sum([1 async for _ in stream]) > 1

print(await asyncio.gather(read("together 1"), read("together 2")))
""",
    "left = await later.chat.completions.create(model='left', messages=words, stream=True); print((await anext(left)).object)",
    "ask('error:404')",
    "from opentelemetry import trace; print(trace.get_current_span().get_span_context().is_valid)",
)
OUTPUT = [
    "assistant\n",
    "chat.completion.chunk\n",
    "True\n",
    "assistant\n",
    "[True, True]\n",
    "chat.completion.chunk\n",
    "False\n",
]
# The client of the notebook is a program as any other; only the kernel is traced.
EXECUTING = """
import json, sys
import nbformat
from nbclient import NotebookClient

cells = [nbformat.v4.new_code_cell(cell) for cell in json.load(open("cells.json"))]
book = nbformat.v4.new_notebook(cells=cells)
NotebookClient(book, kernel_name="traced", timeout=180, allow_errors=True).execute()
outputs = [output for cell in book.cells for output in cell.outputs]
print(json.dumps([[each.get("name"), each.get("text"), each.get("ename")] for each in outputs]))
"""


@pytest.mark.parametrize(
    ("command", "first"),
    [([TOOL], ()), ([], (SETTING_UP, SETTING_UP))],
    ids=["by the kernel's command", "by a cell that is run twice"],
)
def test_each_call_of_a_cell_is_one_span(
    command: list[str], first: tuple[str, ...], run: Any, receiver: Receiver, tmp_path: Path
) -> None:
    kernel = tmp_path / "data" / "kernels" / "traced"
    kernel.mkdir(parents=True)
    argv = [*command, sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "traced", "language": "python"})
    )
    (tmp_path / "cells.json").write_text(json.dumps([*first, *CELLS]))
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    found = run(EXECUTING, instrumented=False, IPYTHONDIR=str(tmp_path / "ipython"), **places)
    assert found.returncode == 0, found.stderr
    outputs = json.loads(found.stdout)
    assert [text for name, text, _ in outputs if name is not None] == OUTPUT
    assert [error for *_, error in outputs if error is not None] == ["NotFoundError"]
    asked = ["awaited", "error:404", "held over cells", "left", "plain", "together 1", "together 2"]
    assert sorted(span.name for span in receiver.chats()) == [f"chat {each}" for each in asked]
    assert {span.parent for span in receiver.chats()} == {b""}
