# SPDX-License-Identifier: Apache-2.0
"""The demo: an ordinary agent, run as anyone would run it, with its trace shown as a tree."""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console.cli import refuse

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_NEEDED = {
    "opentelemetry.distro": "opentelemetry-distro",
    "rich": "rich",
    "httpx": "httpx",
    "openai": "openai",
    "langchain": "langchain",
    "langchain_openai": "langchain-openai",
    "langgraph": "langgraph",
    "numpy": "numpy",
}
_TELEMETRY = {
    "OTEL_SERVICE_NAME": "garden-assistant",
    "OTEL_TRACES_EXPORTER": "spanwright_tree",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
}
_NEXT = """
The agent holds no telemetry code. To send what your own does to any OTLP endpoint:
  pip install "spanwright[all]"
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 OTEL_SERVICE_NAME=my-agent
  opentelemetry-instrument python my_agent.py"""


def demo(*, live: bool, content: bool) -> int:
    """Run the example agent and pass its exit code on."""
    if missing := [package for module, package in _NEEDED.items() if not _is_installed(module)]:
        return refuse(f'the demo needs {", ".join(missing)}: pip install "spanwright[demo]"')
    if live and not os.environ.get("OPENAI_API_KEY"):
        return refuse("--live talks to the real OpenAI endpoint: set OPENAI_API_KEY")
    from spanwright.console.provider import Provider

    # Even a live agent asks this server for the weather: that call should cost nobody anything either.
    with Provider() as provider, _agent() as agent:
        added = {**_TELEMETRY, "WEATHER_URL": f"{provider.url}/weather"}
        if content:
            added["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"
        if not live:
            added |= {"OPENAI_BASE_URL": provider.base_url, "OPENAI_API_KEY": "demo"}
        code = _run(agent, added)
    if code == 0:
        print(_NEXT)
    return code


def _run(agent: Path, added: Mapping[str, str]) -> int:
    for name, value in added.items():
        print(f"  {name}={shlex.quote(value)}")
    print(f"$ opentelemetry-instrument python {shlex.quote(_shown(agent))}\n", flush=True)
    environment = {**os.environ, **added, "NO_PROXY": _without_proxy(os.environ.get("NO_PROXY", ""))}
    command = [_instrument(), sys.executable, str(agent)]
    done = subprocess.run(command, env=environment, check=False)
    # A child ended by a signal reports it as a negative number, which no exit code can be.
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@contextmanager
def _agent() -> Generator[Path, None, None]:
    packaged = files("spanwright.console") / "examples" / "agent.py"
    if packaged.is_file():
        with as_file(packaged) as path:
            yield path
    else:  # a checkout, where the examples lie beside the sources
        yield Path(__file__).parents[3] / "examples" / "agent.py"


def _instrument() -> str:
    """Find the command of this very environment, whichever one PATH names."""
    beside = shutil.which("opentelemetry-instrument", path=str(Path(sys.executable).parent))
    return beside or "opentelemetry-instrument"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _without_proxy(hosts: str) -> str:
    """Keep a configured proxy out of the way between two programs on one machine."""
    return ",".join([*filter(None, [hosts]), "127.0.0.1"])
