# SPDX-License-Identifier: Apache-2.0
"""What the documentation shows of each library: kept files, judged without the libraries; their lanes say when they are stale."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pictures import sketch
from pictures.choice import CONTENT
from pictures.plugin import FOLDER, ROOT
from present import named
from spanwright.semconv.check import check, from_otlp

if TYPE_CHECKING:
    from harness import Recorder

KEPT = sorted(FOLDER.glob("*.json"))
each = pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text("utf-8"))


@each
def test_a_picture_is_of_a_library_and_of_a_test_that_there_is(file: Path) -> None:
    assert named(file.stem)
    place, _, name = read(file)["test"].partition("::")
    # A scenario that libraries share is imported into the folder of each.
    texts = [(ROOT / place).read_text("utf-8"), *map(Path.read_text, (ROOT / "tests" / "alike").glob("*.py"))]
    assert any(f"def {name.partition('[')[0]}(" in text for text in texts)


def test_each_library_has_a_picture_and_what_is_captured() -> None:
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    assert {file.stem for file in KEPT} == {point.name.removeprefix("spanwright_") for point in points}
    assert [file.stem for file in KEPT if not any(read(file)["operations"].values())] == []


@each
def test_what_a_picture_shows_is_true_to_the_conventions(file: Path) -> None:
    assert check(from_otlp(read(file))) == []


@each
def test_a_picture_shows_no_content(file: Path) -> None:
    assert {key for _, _, keys in sketch.shape(read(file)) for key in keys} & CONTENT == set()


def record(recorder: Recorder, **attributes: str) -> dict[str, Any]:
    tracer = recorder.tracer_provider.get_tracer("spanwright.instrumentors.alike")
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner", attributes=attributes):
        pass
    recorded = recorder.spans
    recorder.spans_exporter.clear()
    return {"resourceSpans": sketch.resource_spans(recorded)}


def test_two_recordings_of_one_thing_have_one_shape(recorder: Recorder) -> None:
    first, second = (record(recorder, **{"url.full": f"http://127.0.0.1:{port}/"}) for port in (5001, 5002))
    assert sketch.shape(first) == sketch.shape(second)
    assert "5001" not in json.dumps(first)


def test_another_attribute_is_another_shape(recorder: Recorder) -> None:
    assert sketch.shape(record(recorder, one="1")) != sketch.shape(record(recorder, two="1"))
