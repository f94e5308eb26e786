# SPDX-License-Identifier: Apache-2.0
"""`pytest --picture` writes `docs/pictures/<library>.json`; without it, a lane's newest end says when that file is stale.

It says so and fails nothing: where threads and tasks race, one test may record two shapes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

from harness import Recorder
from pictures import choice, sketch
from present import LANE, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
_STALE = "{} does not show what the tests record: make it again with `uv run nox -s pictures -- <library>`"


class Pictures:
    """Listens to every test that passes; draws or compares."""

    def __init__(self, *, drawing: bool, whole: bool) -> None:
        self._drawing = drawing
        self._whole = whole
        self._seen: dict[str, list[tuple[str, list[ReadableSpan]]]] = {}
        self._said: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[pytest.TestReport]:
        """Look at what a test recorded before its recorder is gone."""
        report = yield
        library = item.path.parent.name
        if call.when == "call" and report.passed and (spans := _recorded(item)):
            # What is generated differs from run to run.
            if not item.get_closest_marker("hypothesis"):
                self._seen.setdefault(library, []).append((item.nodeid, spans))
            if not self._drawing and (kept := _kept(library)) and kept["test"] == item.nodeid:
                made = {"resourceSpans": sketch.resource_spans(spans)}
                if sketch.shape(made) != sketch.shape(kept):
                    self._said.append(_STALE.format(_file(library).relative_to(ROOT)))
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what was seen, or compare it with what is kept."""
        whole = self._whole and not session.testsfailed
        for library, seen in self._seen.items():
            if self._drawing:
                self._draw(library, seen, whole=whole)
            elif whole and (kept := _kept(library)) and _news(_operations(seen, library), kept["operations"]):
                self._said.append(_STALE.format(_file(library).relative_to(ROOT)))

    def _draw(self, library: str, seen: list[tuple[str, list[ReadableSpan]]], *, whole: bool) -> None:
        if (instrumentor := named(library)) is None:
            return
        made = _document(library, instrumentor.supports, seen, whole=whole)
        if made is None:
            self._said.append(f"{library}: no test is fit for a picture")
        elif made != _kept(library):
            FOLDER.mkdir(exist_ok=True)
            _file(library).write_text(_text(made), encoding="utf-8")
            self._said.append(f"{_file(library).relative_to(ROOT)} shows {made['test']}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was written."""
        for line in self._said:
            terminalreporter.write_line(line)


def _document(
    library: str,
    supports: Sequence[str],
    seen: list[tuple[str, list[ReadableSpan]]],
    *,
    whole: bool,
) -> dict[str, Any] | None:
    """Return the file: the test that is kept if it still passes and still fits, else the one that tells most."""
    kept = _kept(library) or {}
    fit = [(test, spans) for test, spans in seen if choice.is_fit(spans, _scope(library, seen))]
    if not fit:
        return None
    test, spans = next(
        ((test, spans) for test, spans in fit if test == kept.get("test")),
        max(fit, key=lambda each: choice.weight(each[1], each[0])),
    )
    drawn = {"resourceSpans": sketch.resource_spans(spans)}
    same = kept.get("test") == test and sketch.shape(drawn) == sketch.shape(kept)
    return {
        "test": test,
        "versions": _versions(supports),
        "operations": _operations(seen, library) if whole else kept.get("operations", {}),
        "patches": _patches(library),
        # The times of a recording are no news where its shape is the same.
        "resourceSpans": kept["resourceSpans"] if same else drawn["resourceSpans"],
    }


def _scope(library: str, seen: list[tuple[str, list[ReadableSpan]]]) -> str:
    """Return whose spans are the library's: nobody's in particular where it only adds to those of another."""
    return library if any(choice.is_of(span, library) for _, spans in seen for span in spans) else ""


def _operations(seen: list[tuple[str, list[ReadableSpan]]], library: str) -> dict[str, list[str]]:
    """Return, of each operation, all keys that any of the library's tests found on the library's own spans."""
    scope = _scope(library, seen)
    found: dict[str, set[str]] = {}
    for _, spans in seen:
        for span in spans:
            if choice.is_of(span, scope):
                found.setdefault(choice.operation(span), set()).update(span.attributes or ())
    return {name: sorted(keys) for name, keys in sorted(found.items())}


def _news(found: dict[str, list[str]], kept: dict[str, list[str]]) -> bool:
    """Tell whether there is a key that the page does not name; without the recordings fewer are found."""
    return any(set(keys) - set(kept.get(name, ())) for name, keys in found.items())


def _patches(library: str) -> list[list[str]]:
    """Return what of the installed version is patched: module and name."""
    command = [sys.executable, "-m", "spanwright.console", "explain", library, "--json"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603 - ourselves
    return [
        [each["module"], each["target"] or ""]
        for each in json.loads(told.stdout)["patches"]
        if each["state"] in {"found", "unknown"}
    ]


def _recorded(item: pytest.Item) -> list[ReadableSpan]:
    held = getattr(item, "funcargs", {}).values()
    recorder = next((each for each in held if isinstance(each, Recorder)), None)
    return recorder.spans if recorder else []


def _text(document: dict[str, Any]) -> str:
    """Write a line for each operation and each span, so that a difference can be read."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for beginning in ('{"traceId":', '"operations":', '"patches":', '"resourceSpans":', '"versions":'):
        text = text.replace(beginning, f"\n{beginning}")
    return text.replace('"],"', '"],\n"').replace('"],["', '"],\n["') + "\n"


def _file(library: str) -> Path:
    return FOLDER / f"{library}.json"


def _kept(library: str) -> dict[str, Any] | None:
    file = _file(library)
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def _versions(supports: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for requirement in supports:
        name = Requirement(requirement).name
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one option."""
    parser.addoption(
        "--picture", action="store_true", help="write what the documentation's page of the library shows"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Listen where there is something to draw or to compare."""
    drawing = bool(config.getoption("--picture"))
    if drawing or LANE.endswith("-newest"):
        whole = not config.option.keyword and not any("::" in each for each in config.args)
        config.pluginmanager.register(Pictures(drawing=drawing, whole=whole), "spanwright-pictures")
