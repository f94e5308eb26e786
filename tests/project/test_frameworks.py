# SPDX-License-Identifier: Apache-2.0
"""What holds for every framework: one agent has the same tree in all of them, and each is paired with its clients."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARIES = ROOT / "tests" / "libraries"
# These ask an agent that runs elsewhere: its model calls and tools are its own, where nothing of ours is.
ELSEWHERE = frozenset({"a2a_sdk", "botocore", "google_genai", "letta", "mistralai"})
# Claude Code asks its model in a process of its own.
UNPAIRED = frozenset({"claude_agent_sdk"})
WITH_AGENTS = frozenset(
    file.stem
    for file in (ROOT / "docs" / "pictures").glob("*.json")
    if "invoke_agent" in file.read_text("utf-8")
)
FRAMEWORKS = sorted(WITH_AGENTS - ELSEWHERE)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_has_the_tree_that_all_have(framework: str) -> None:
    tests = [file.read_text("utf-8") for file in (LIBRARIES / framework).glob("test_*.py")]
    assert any("== alike.TREE" in text for text in tests)


@pytest.mark.parametrize("framework", sorted({*FRAMEWORKS} - UNPAIRED))
def test_a_framework_is_paired_with_its_clients(framework: str) -> None:
    assert (ROOT / "tests" / "pairings" / f"{framework}.py").is_file()


def test_who_is_left_out_is_there() -> None:
    assert WITH_AGENTS >= ELSEWHERE | UNPAIRED
    assert not [each for each in UNPAIRED if (ROOT / "tests" / "pairings" / f"{each}.py").is_file()]
