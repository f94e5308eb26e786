# SPDX-License-Identifier: Apache-2.0
"""What must hold of the page's own files."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from spanwright.console.viewer.page import _SCRIPTS, _STYLES
from spanwright.console.viewer.rows import Rows

WEB = {file.name: file.read_text("utf-8") for file in (files("spanwright.console.viewer") / "web").iterdir()}
SCRIPTS = sorted(name for name in WEB if name.endswith(".js"))


def test_every_file_is_part_of_the_page() -> None:
    assert set(WEB) == {"page.html", *_STYLES, *_SCRIPTS}


@pytest.mark.parametrize("name", sorted(WEB))
def test_a_file_fits_on_a_few_screens(name: str) -> None:
    assert len(WEB[name].splitlines()) < 300


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_markup_or_code_of_text_or_loads_anything(name: str) -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\bfetch\b|XMLHttp|\.src\b|\bhref\b"
    assert re.findall(sinks, WEB[name]) == []


def test_a_document_that_cannot_be_read_takes_no_resource_with_it() -> None:
    def document(service: str, span: dict) -> dict:
        named = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        return {"resourceSpans": [{"resource": named, "scopeSpans": [{"spans": [span]}]}]}

    good = {"traceId": "a" * 32, "spanId": "b" * 16, "startTimeUnixNano": "1"}
    torn = document("one", good)
    torn["resourceSpans"].append(document("one", {"spanId": "?"})["resourceSpans"][0])
    reader = Rows()
    assert reader.of(torn) == []
    rows = [summary for summary, _ in reader.of(document("two", good))]
    assert rows[0] == {"type": "resource", "resource": 0, "attributes": [("service.name", "two")]}
    assert rows[1]["resource"] == 0
