# SPDX-License-Identifier: Apache-2.0
"""What commands print, put into pages where they ask for it, such as `<!-- output: spanwright list, the first 9 lines -->`.

The commands are run in a folder of their own that holds the example agent, with the reference provider for it to ask.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spanwright.console.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGENT = Path(__file__).parents[1] / "examples" / "agent.py"
_ASKED = re.compile(r"^<!-- output: spanwright (.*?)(?:, the first (\d+) lines)? -->$", re.MULTILINE)
_WIDTH = "88"
# The environment of whoever builds the site is nobody's business.
_KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "SYSTEMROOT", "TEMP")


class Shell:
    """A folder with the example agent, and what a person with a wide terminal and a clean environment has."""

    def __init__(self, folder: Path, provider: Provider) -> None:
        self._folder = folder
        self._env = {key: value for key, value in os.environ.items() if key in _KEPT} | {
            "COLUMNS": _WIDTH,
            "NO_COLOR": "1",
            "NO_PROXY": "127.0.0.1",
            "OPENAI_API_KEY": "test",
            "OPENAI_BASE_URL": provider.base_url,
            "PYTHONIOENCODING": "utf-8",
            "WEATHER_URL": f"{provider.url}/weather",
        }
        self._port = provider.url.rpartition(":")[2]

    def fill(self, pages: Path) -> None:
        """Put the outputs into the pages of a folder, in the order of their names."""
        for page in sorted(pages.glob("*.md")):
            page.write_text(_ASKED.sub(self._block, page.read_text("utf-8")), "utf-8")

    def said(self, command: str) -> str:
        """Return what a command of ours prints; of a program that it runs, only what we print."""
        arguments = shlex.split(command)
        recorded = sorted(map(str, self._folder.glob(".spanwright/*.jsonl")))
        arguments = [recorded[-1] if each == ".spanwright/*.jsonl" else each for each in arguments]
        done = subprocess.run(
            [sys.executable, "-m", "spanwright.console", *arguments],
            cwd=self._folder,
            env=self._env,
            stdout=subprocess.DEVNULL if arguments[0] == "run" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
        text = (done.stdout or "") + done.stderr
        text = text.replace(str(Path(sys.executable).parent), "…/bin").replace(f":{self._port}", ":8000")
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

    def _block(self, asked: re.Match[str]) -> str:
        lines = self.said(asked[1]).splitlines()
        shown = lines[: int(asked[2])] if asked[2] else lines
        return "\n".join(["```text", *shown, *(["…"] if len(shown) < len(lines) else []), "```"])


@contextmanager
def shell() -> Iterator[Shell]:
    """Return a shell whose folder is gone at the end."""
    with tempfile.TemporaryDirectory() as folder, Provider() as provider:
        shutil.copy(_AGENT, folder)
        yield Shell(Path(folder), provider)
