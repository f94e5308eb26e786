# SPDX-License-Identifier: Apache-2.0
"""What the tests of agent frameworks read of the spans of a run."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.instrumentors._kernel import ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

_CONTENT = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text",
    "gen_ai.retrieval.documents",
    "gen_ai.memory.query.text",
    "gen_ai.memory.records",
)


def errors(recorder: Recorder) -> dict[str, Any]:
    """Return what failed, and how."""
    failed = [span for span in recorder.spans if not span.status.is_unset]
    return {span.name: (span.attributes or {}).get("error.type") for span in failed}


def failed(recorder: Recorder) -> dict[str, Any]:
    """Return the error of every span that has one, by its operation."""
    told = [(span.name.partition(" ")[0], span.attributes or {}) for span in recorder.spans]
    return {operation: held["error.type"] for operation, held in told if "error.type" in held}


def content(recorder: Recorder, prefix: str, number: int | None = None) -> dict[str, Any]:
    """Return the content of the only span of that name, or of one of several, as what its JSON stands for."""
    named = [each for each in recorder.spans if each.name.startswith(prefix)]
    told = (recorder.one(prefix) if number is None else named[number]).attributes or {}
    return {name.removeprefix("gen_ai."): _parsed(told[name]) for name in _CONTENT if name in told}


def used(recorder: Recorder) -> list[tuple[str, int, int]]:
    """Return name and usage of every span."""
    names = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
    return [(span.name, *((span.attributes or {}).get(name, 0) for name in names)) for span in recorder.spans]


def calls_by_agent(recorder: Recorder) -> dict[tuple[str, str], float]:
    """Return how many calls of models and of tools each agent has counted."""
    return {
        (point.metric.rpartition(".")[2], point.labels.get("gen_ai.agent.name", "")): point.sum
        for point in recorder.points("gen_ai.invoke_agent")
        if point.metric.endswith("_calls")
    }


def judge_metrics(recorder: Recorder) -> None:
    """Compare what was counted with a run of one agent that asked its model, its tool and its model again."""
    counted = {
        point.metric: (point.sum, point.count)
        for point in recorder.points("gen_ai.")
        if point.metric.endswith("_calls")
    }
    assert counted == {
        "gen_ai.invoke_agent.inference_calls": (2, 1),
        "gen_ai.invoke_agent.tool_calls": (1, 1),
    }
    asked = [point.count for point in recorder.points("gen_ai.client.operation.duration")]
    spent = [point.count for point in recorder.points("gen_ai.client.token.usage")]
    assert (asked, spent) == ([2], [2, 2])


def tokens(recorder: Recorder) -> dict[str, float]:
    """Return how many tokens were counted, by their kind."""
    return {point.labels["gen_ai.token.type"]: point.sum for point in recorder.points("gen_ai.client.token")}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged by OpenTelemetry or by us, and nothing stays open."""
    with caplog.at_level(logging.WARNING):
        yield
    watched = ("opentelemetry", "spanwright")
    assert [r.getMessage() for r in caplog.get_records("call") if r.name.startswith(watched)] == []
    assert not ending._open


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
