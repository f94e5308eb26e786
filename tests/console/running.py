# SPDX-License-Identifier: Apache-2.0
"""Programs under `spanwright run`, in processes of their own, and what is kept of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 60
SPANWRIGHT = str(Path(sys.executable).with_name("spanwright"))
# What a script begins with that asks the model something.
CLIENT = """
import os, signal, subprocess, sys, time
import openai

client = openai.OpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)

def ask(words="Hello there"):
    messages = [{"role": "user", "content": words}]
    return client.chat.completions.create(model="gpt-4o-mini", messages=messages)
"""


@dataclass(frozen=True)
class Kept:
    """The spans, metrics and log records of a file, with the name of each span's parent."""

    path: Path
    spans: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    metrics: list[str] = field(default_factory=list[str])
    logs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    services: set[str] = field(default_factory=set[str])

    @property
    def names(self) -> list[str]:
        return [span["name"] for span in self.spans]

    def parent(self, name: str) -> str | None:
        by_id = {span["spanId"]: span["name"] for span in self.spans}
        (found,) = {by_id.get(span.get("parentSpanId")) for span in self.spans if span["name"] == name}
        return found


def read(path: Path) -> Kept:
    """Read a file strictly: each line is one whole document of one signal."""
    kept = Kept(path)
    for line in path.read_text("utf-8").splitlines():
        ((key, (of_resource,)),) = json.loads(line).items()
        for attribute in of_resource["resource"]["attributes"]:
            if attribute["key"] == "service.name":
                kept.services.add(attribute["value"]["stringValue"])
        scopes = of_resource[key.replace("resource", "scope")]
        kept.spans.extend(span for scope in scopes for span in scope.get("spans", ()))
        kept.logs.extend(record for scope in scopes for record in scope.get("logRecords", ()))
        kept.metrics.extend(metric["name"] for scope in scopes for metric in scope.get("metrics", ()))
    return kept


@dataclass(frozen=True)
class Runs:
    """Starts programs in a folder of their own."""

    folder: Path
    provider: str

    def script(self, text: str, name: str = "agent.py") -> str:
        (self.folder / name).write_text(textwrap.dedent(text))
        return name

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a command line after `spanwright run`, with streams to read from, in a group of its own."""
        return self.popen(SPANWRIGHT, "run", *arguments, **environ)

    def popen(self, *command: str, **environ: str) -> subprocess.Popen[str]:
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SPANWRIGHT_"))
        }
        kept |= {"PROVIDER": self.provider, "NO_PROXY": "127.0.0.1", "SPANWRIGHT_STRICT": "1"}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=kept | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.finish(self.start(*arguments, **environ))

    @staticmethod
    def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
        with process:
            try:
                out, error = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    def kept(self) -> Kept:
        """Return what the one run was that is kept."""
        (path,) = (self.folder / ".spanwright").glob("*.jsonl")
        return read(path)
