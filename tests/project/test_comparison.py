# SPDX-License-Identifier: Apache-2.0
"""What the page beside other packs says of this one: each word of it is asked again here, or names the test that asks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "comparison.md").read_text("utf-8")
ASKED, TOLD = (
    {
        row[0]: row[-1]
        for row in re.findall(r"^\| (.*?) \|.*\| (.*?) \|$", part, re.MULTILINE)
        if row[0] != "probe"
    }
    for part in PAGE.split("## Of several libraries")
)
TESTS = dict(re.findall(r"^\* (.*): `(.*)`$", PAGE, re.MULTILINE))


@pytest.mark.timeout(300)
def test_of_this_pack_the_page_tells_what_its_probes_find() -> None:
    command = [sys.executable, str(ROOT / "docs" / "beside.py"), "spanwright.instrumentors.openai"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = dict(line.rsplit(": ", 1) for line in done.stdout.splitlines())
    assert len(found) > 10
    assert found == ASKED


def test_what_no_probe_asks_has_a_test_that_there_is() -> None:
    assert set(TOLD) == set(TESTS)
    assert set(TOLD.values()) == {"yes"}
    for probe, test in TESTS.items():
        place, _, name = test.partition("::")
        (file,) = (file for below in ("", "libraries") if (file := ROOT / "tests" / below / place).is_file())
        assert re.search(rf"def {name}\(", file.read_text("utf-8")), probe
