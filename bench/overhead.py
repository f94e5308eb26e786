# SPDX-License-Identifier: Apache-2.0
"""What spanwright costs: start-up, calls, chunks, runs and memory, as ratios within one run.

uv run python bench/overhead.py [--quick] [--write] [case ...]

Every other model client is measured in an environment of its own; see `case_clients.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

from clients.chat import messages
from clients.openai import async_client, client
from figures import Bench

if TYPE_CHECKING:
    from collections.abc import Callable


def chat(bench: Bench) -> None:
    """Chat calls: sync and async, content off and on, small and large."""
    sync, loop = client(), asyncio.new_event_loop()
    asynchronous = async_client()
    for size, label in ((100, "small"), (200_000, "200 kB")):
        sent = messages(size)

        def call(sent: list[dict[str, str]] = sent) -> object:
            return sync.chat.completions.create(model="gpt-4o-mini", messages=sent, temperature=0.5)

        def acall(sent: list[dict[str, str]] = sent) -> object:
            return loop.run_until_complete(
                asynchronous.chat.completions.create(model="gpt-4o-mini", messages=sent, temperature=0.5)
            )

        bench.call(f"chat, {label}, content off", call, 1.5)
        bench.call(f"chat, async, {label}, content off", acall, 1.5)
        bench.call(f"chat, {label}, content on", call, 1.0, content=True)
    loop.close()


CASES: dict[str, Callable[[Bench], None]] = {"chat": chat}


def main() -> int:
    """Run the cases and return 1 if a figure is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "cases", nargs="*", help=f"of {', '.join(CASES)}, startup, chunk, http, graph, memory, redact"
    )
    parser.add_argument("--quick", action="store_true", help="fewer turns: a first look")
    parser.add_argument("--write", action="store_true", help="write the table into bench/README.md")
    arguments = parser.parse_args()
    for module in ("startup", "chunk", "http", "graph", "memory", "redact"):
        if not arguments.cases or module in arguments.cases:
            try:
                CASES[module] = importlib.import_module(f"case_{module}").run
            except ModuleNotFoundError as missing:
                print(f"{module}: not measured, {missing.name} is not installed")
    bench = Bench(quick=arguments.quick)
    for name, case in CASES.items():
        if not arguments.cases or name in arguments.cases:
            case(bench)
    if arguments.write:
        importlib.import_module("table").write(
            bench.rows,
            datetime.now(timezone.utc).date().isoformat(),
            {
                name: version(name)
                for name in ("openai", "httpx2", "langgraph", "langchain-core", "opentelemetry-sdk")
            },
        )
    return 1 if bench.bad else 0


if __name__ == "__main__":
    sys.exit(main())
