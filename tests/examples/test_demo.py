# SPDX-License-Identifier: Apache-2.0
"""The demo, end to end: the command a newcomer types first, and the tree that they see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from programs import EXAMPLES, PATIENCE

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

SPANWRIGHT = Path(sys.executable).with_name("spanwright")


def demo(
    *arguments: str, directory: Path = EXAMPLES.parent, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "OPENAI_"))
    }
    return subprocess.run(
        [str(SPANWRIGHT), "demo", *arguments],
        env={**environment, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **variables},
        cwd=directory,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    return demo()


def test_the_demo_says_what_it_runs_and_what_to_do_next(shown: subprocess.CompletedProcess[str]) -> None:
    assert shown.returncode == 0, shown.stderr
    assert "$ opentelemetry-instrument python examples/agent.py\n" in shown.stdout
    assert "OTEL_TRACES_EXPORTER=spanwright_tree\n" in shown.stdout
    assert "export OTEL_EXPORTER_OTLP_ENDPOINT=" in shown.stdout.splitlines()[-2]


def test_the_agent_answers_from_its_tools(shown: subprocess.CompletedProcess[str]) -> None:
    assert "Lisbon" in shown.stdout
    assert "Sticky note:" in shown.stdout


def test_the_tree_shows_the_agent_with_every_step_in_its_place(
    shown: subprocess.CompletedProcess[str],
) -> None:
    assert outline(shown.stderr) == [
        "embeddings text-embedding-3-small",
        "  POST",
        "invoke_agent garden_assistant",
        "  chat gpt-4o-mini",
        "    POST",
        "  execute_tool get_weather",
        "    GET",
        "  execute_tool search_notes",
        "    retrieval",
        "      embeddings text-embedding-3-small",
        "        POST",
        "  chat gpt-4o-mini",
        "    POST",
        "chat gpt-4o-mini",
        "  POST",
    ]


def test_the_streamed_answer_has_its_time_to_first_chunk(shown: subprocess.CompletedProcess[str]) -> None:
    agent = next(tree for tree in shown.stderr.split("\n\n") if "invoke_agent" in tree)
    assert "first" in agent
    assert "2 tool calls" in agent
    assert "3 model calls" in agent
    assert "error" not in agent


def test_content_is_shown_only_when_asked_for(
    shown: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert "user:" not in shown.stderr
    asked = demo("--content", directory=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "user: What is the weather in Lisbon" in asked.stderr
    # The demo runs from anywhere, and then names the example by its full path.
    assert f"python {EXAMPLES / 'agent.py'}" in asked.stdout


def test_the_live_demo_talks_to_the_endpoint_of_the_environment(provider: Provider) -> None:
    done = demo("--live", OPENAI_BASE_URL=provider.base_url, OPENAI_API_KEY="demo")
    assert done.returncode == 0, done.stderr
    assert "OPENAI_BASE_URL" not in done.stdout
    assert provider.requests


def test_the_agents_exit_code_is_the_demos() -> None:
    done = demo("--live", OPENAI_BASE_URL="http://127.0.0.1:1/v1", OPENAI_API_KEY="demo")
    assert done.returncode == 1
    assert "APIConnectionError" in done.stderr
    assert "export" not in done.stdout


NAMED = re.compile(
    r"((?:[│ ]  )*(?:[├└]─ )?)((?:chat|embeddings|invoke_agent|execute_tool) \S+|retrieval|POST|GET)"
)


def outline(text: str) -> list[str]:
    """Return the names in the trees, two blanks a level; tools that ran side by side are sorted by name."""
    matches = filter(None, map(NAMED.match, text.splitlines()))
    found = ["  " * (len(named[1]) // 3) + named[2] for named in matches]
    first = next((index for index, name in enumerate(found) if "execute_tool" in name), 0)
    blocks: list[list[str]] = []
    for name in found[first:]:
        if not name.startswith("    "):
            blocks.append([])
        blocks[-1].append(name)
    tools = sorted(block for block in blocks if "execute_tool" in block[0])
    others = [block for block in blocks if "execute_tool" not in block[0]]
    return found[:first] + [name for block in (*tools, *others) for name in block]
