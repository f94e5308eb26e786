# SPDX-License-Identifier: Apache-2.0
"""A caller, an agent behind HTTP, and a tool's server on standard output that asks a model: three processes, one trace."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from spanwright.console.provider import Provider
from spanwright.instrumentors.httpx import HttpxInstrumentor

AGENT = Path(__file__).with_name("agent_process.py")
http = import_module("httpx2" if importlib.util.find_spec("httpx2") else "httpx")


def test_three_processes_write_one_trace(recorder, tmp_path):
    file = tmp_path / "spans"
    recorder.instrument(HttpxInstrumentor())
    with Provider() as provider:
        environ = {**os.environ, "SPANS": str(file), "PROVIDER": provider.base_url}
        agent = subprocess.Popen([sys.executable, str(AGENT)], stdout=subprocess.PIPE, text=True, env=environ)
        with agent, recorder.tracer_provider.get_tracer("app").start_as_current_span("question"):
            port = int(agent.stdout.readline())
            answer = http.get(f"http://127.0.0.1:{port}/ask", timeout=60)
            agent.wait(60)
    assert answer.text
    own = {span.name: span.context for span in recorder.spans}
    found = {}
    for line in file.read_text().splitlines():
        span = json.loads(line)
        ids = span["context"]
        found[ids["span_id"]] = (span["name"], span["parent_id"], ids["trace_id"])
    assert {trace for *_, trace in found.values()} == {f"0x{own['question'].trace_id:032x}"}
    chat = next(each for each, (name, *_) in found.items() if name.startswith("chat"))
    road = []
    while chat in found:
        name, above, _ = found[chat]
        road.append(name)
        chat = above
    assert road == ["chat gpt-4o-mini", "tools/call consult", "tools/call consult", "GET /ask"]
    assert chat == f"0x{own['GET'].span_id:016x}"
