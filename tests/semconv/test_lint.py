# SPDX-License-Identifier: Apache-2.0
"""A report on OTLP files says what is wrong, where, how often and what to do."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

from semconv.otlp import BAD, GOOD, spans
from spanwright.console.lint import lint

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_report_on_good_telemetry_is_one_line(tmp_path: Path) -> None:
    output = io.StringIO()
    assert (lint([_file(tmp_path, spans(GOOD))], output=output), output.getvalue()) == (
        0,
        "1 items (1 spans), 1 of them under the conventions: no findings\n",
    )


def test_a_report_groups_findings_by_rule_and_names_spans_and_ids(tmp_path: Path) -> None:
    output = io.StringIO()
    assert lint([_file(tmp_path, spans(BAD, BAD))], output=output) == 1
    text = output.getvalue()
    assert "status-ok (2): Leave the status unset on success; OK belongs to the application.\n" in text
    assert "  span 'chat gpt-5' (trace t, span s): status is OK (2 times)\n" in text
    assert text.endswith("2 items (2 spans), 2 of them under the conventions: 4 findings\n")


def test_a_report_stays_short_when_everything_is_wrong(tmp_path: Path) -> None:
    output = io.StringIO()
    lint([_file(tmp_path, spans(*({**BAD, "spanId": str(index)} for index in range(30))))], output=output)
    assert "  and 20 more\n" in output.getvalue()


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    output = io.StringIO()
    assert lint([tmp_path / "none.json", _file(tmp_path, spans(BAD))], output=output) == 2
    assert "none.json: cannot be read: " in output.getvalue()
    assert "status-ok" in output.getvalue()


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(spans(GOOD))))
    assert lint(["-"], output=io.StringIO()) == 0


def _file(folder: Path, document: dict[str, Any]) -> Path:
    path = folder / "traces.json"
    path.write_text(json.dumps(document), "utf-8")
    return path
