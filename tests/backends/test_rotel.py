# SPDX-License-Identifier: Apache-2.0
"""Rotel, an independent OTLP receiver: what the demo's agent sends of all three signals."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from programs import Runner, await_until

from .conftest import TREE, Page, Seen, outline, page

if TYPE_CHECKING:
    from receiver import Receiver, Record


@pytest.mark.parametrize("heading", ["Send to it", "Send to it by HTTP"], ids=["grpc", "http"])
def test_the_demos_spans_metrics_and_events_arrive(runner: Runner, receiver: Receiver, heading: str) -> None:
    told = page("rotel")
    told.ports = dict(
        zip(("4317", "4318"), (int(each.rpartition(":")[2]) for each in (receiver.grpc, receiver.http)))
    )
    variables = told.variables(heading)
    runner.run("agent.py", **variables, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY")
    await_until(lambda: len(receiver.records("Span")) >= len(TREE), "the spans")
    await_until(lambda: "gen_ai.invoke_agent.duration" in receiver.names("Metric"), "the metrics")
    await_until(lambda: len(receiver.records("LogRecord")) >= 3, "the events")

    spans = {record["ID"]: record for record in receiver.records("Span")}
    assert outline(map(seen, spans.values())) == TREE
    assert {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"} <= receiver.names("Metric")
    events = receiver.records("LogRecord")
    assert [spans[event["Span ID"]]["Name"] for event in events] == ["chat gpt-4o-mini"] * 3
    assert all("Lisbon" in event.text or "tomatoes" in event.text for event in events)


def test_the_page_tells_the_command_that_is_tested(receiver: Receiver) -> None:
    told = Page(page("rotel").text)
    documented = shlex.split(told.block("Start it").replace("\\\n", " "))
    tested = receiver.process.args
    assert isinstance(tested, list)
    assert [each for each in documented if each.startswith("--")] == [
        each for each in map(str, tested) if each.startswith("--") and each != "--pid-file"
    ]


def seen(record: Record) -> Seen:
    tokens = (record.attribute("gen_ai.usage.input_tokens"), record.attribute("gen_ai.usage.output_tokens"))
    return Seen(record["ID"], record["Parent ID"] or None, record["Name"], tokens)
