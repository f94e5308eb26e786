# SPDX-License-Identifier: Apache-2.0
"""What the tests of frameworks ask of what was recorded, and that nothing is logged or left open."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder


def errors(recorder: Recorder) -> dict[str, Any]:
    """Return what failed, and how."""
    return {
        span.name: (span.attributes or {}).get("error.type")
        for span in recorder.spans
        if not span.status.is_unset
    }


def tokens(recorder: Recorder) -> dict[str, float]:
    """Return the counted tokens by type."""
    return {point.labels["gen_ai.token.type"]: point.sum for point in recorder.points("gen_ai.client.token")}


def counted(recorder: Recorder) -> dict[tuple[str, str], float]:
    """Return how many calls of models and of tools each agent made."""
    return {
        (point.metric.rpartition(".")[2], point.labels.get("gen_ai.agent.name", "")): point.sum
        for point in recorder.points("gen_ai.invoke_agent")
        if point.metric.endswith("_calls")
    }


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged by OpenTelemetry or by us, and nothing stays open."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith(watched)] == []
    assert not ending._open
