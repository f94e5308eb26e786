# SPDX-License-Identifier: Apache-2.0
"""When a trace is shown: at its local root's end, or when waiting longer would cost memory."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from spanwright.console._collector import Collector
from spanwright.console.tree import TreeSpanExporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan

    from .conftest import Story


@pytest.fixture
def out() -> StringIO:
    return StringIO()


@pytest.fixture
def provider(out: StringIO) -> Iterator[TracerProvider]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(TreeSpanExporter(out)))
    yield provider
    provider.shutdown()


def called_from_elsewhere() -> Context:
    caller = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(caller))


def test_a_trace_is_shown_when_its_root_ends(provider: TracerProvider, out: StringIO) -> None:
    tracer = provider.get_tracer("app")
    with tracer.start_as_current_span("root"):
        with tracer.start_as_current_span("child"):
            pass
        assert out.getvalue() == ""
    assert "└─ child" in out.getvalue()


def test_a_root_whose_parent_is_in_another_process_is_a_root(provider: TracerProvider, out: StringIO) -> None:
    with provider.get_tracer("app").start_as_current_span("served", context=called_from_elsewhere()):
        pass
    assert "served" in out.getvalue()
    assert "unfinished" not in out.getvalue()


def test_two_requests_of_one_caller_are_two_trees(provider: TracerProvider, out: StringIO) -> None:
    tracer = provider.get_tracer("app")
    first = tracer.start_span("first", context=called_from_elsewhere())
    second = tracer.start_span("second", context=called_from_elsewhere())
    tracer.start_span("part of second", context=set_span_in_context(second)).end()
    first.end()
    assert "part of second" not in out.getvalue()
    second.end()
    assert "└─ part of second" in out.getvalue()
    assert out.getvalue().count("total") == 2


def test_a_span_that_ends_after_its_root_is_shown_later(provider: TracerProvider, out: StringIO) -> None:
    tracer = provider.get_tracer("app")
    root = tracer.start_span("root")
    late = tracer.start_span("late", context=set_span_in_context(root))
    root.end()
    late.end()
    assert "late" not in out.getvalue()
    provider.shutdown()
    assert "(continued)" in out.getvalue()
    assert "late" in out.getvalue()


def test_an_unfinished_trace_is_shown_at_shutdown(provider: TracerProvider, out: StringIO) -> None:
    tracer = provider.get_tracer("app")
    root = tracer.start_span("root")
    tracer.start_span("child", context=set_span_in_context(root)).end()
    provider.shutdown()
    assert "(unfinished)" in out.getvalue()
    assert "child" in out.getvalue()


def test_a_flush_shows_what_there_is(story: Story, out: StringIO) -> None:
    root = story.span("root")
    story.span("child", root)
    child, _ = story.finished()
    exporter = TreeSpanExporter(out)
    assert exporter.export([child]) is SpanExportResult.SUCCESS
    assert exporter.force_flush()
    assert "child" in out.getvalue()


def test_standard_output_belongs_to_the_application(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    story.span("root")
    TreeSpanExporter().export(story.finished())
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "root" in printed.err


def test_concurrent_traces_never_mix(out: StringIO) -> None:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(TreeSpanExporter(out), schedule_delay_millis=1))
    tracer = provider.get_tracer("app")
    together = threading.Barrier(8)

    def work(name: str) -> None:
        together.wait(10)
        for turn in range(20):
            with tracer.start_as_current_span(f"{name}.{turn}"):
                for step in range(3):
                    with tracer.start_as_current_span(f"{name}.{turn}.{step}"):
                        pass

    threads = [threading.Thread(target=work, args=(f"worker{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    provider.shutdown()
    trees = out.getvalue().split("\n\n")
    assert len(trees) == 160
    for tree in trees:
        names = [line[line.index("worker") :].split()[0] for line in tree.splitlines() if "worker" in line]
        assert names == [names[0], *(f"{names[0]}.{step}" for step in range(3))]


def test_what_waits_is_bounded_in_number(story: Story) -> None:
    collector = Collector(max_spans=100, max_wait=300)
    handed_out = 0
    for number in range(200):
        root = story.span(f"never exported {number}")
        for _ in range(5):
            story.span(f"child of {number}", root)
        *children, _ = story.finished()
        handed_out += sum(len(tree.branches) for tree, remark in collector.take(children) if remark)
        assert len(collector) <= 100
    assert handed_out + len(collector) == 1000


def test_a_single_trace_cannot_exceed_the_bound(story: Story) -> None:
    collector = Collector(max_spans=10, max_wait=300)
    root = story.span("root")
    for _ in range(25):
        story.span("child", root)
    *children, _ = story.finished()
    for child in children:
        list(collector.take([child]))
        assert len(collector) <= 10


def test_what_waits_is_bounded_in_time(story: Story) -> None:
    now = 0.0
    collector = Collector(max_spans=100, max_wait=60, clock=lambda: now)
    old, new = orphan(story, "old"), orphan(story, "new")
    assert list(collector.take([old])) == []
    now = 61.0
    ((tree, remark),) = collector.take([new])
    assert [branch.span.name for branch in tree.branches] == ["old"]
    assert remark == "unfinished"
    assert len(collector) == 1


def orphan(story: Story, name: str) -> ReadableSpan:
    story.span(name, story.span("root"))
    return story.finished()[0]


def test_a_closed_stream_costs_the_application_nothing(
    story: Story, out: StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = TreeSpanExporter(out)
    out.close()
    for _ in range(3):
        story.span("root")
        assert exporter.export(story.finished()) is SpanExportResult.FAILURE
    exporter.shutdown()
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "the application is unaffected" in warnings[0].getMessage()


def test_a_reader_that_left_costs_the_application_nothing() -> None:
    script = """
import os
import sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from spanwright.console.tree import TreeSpanExporter
read, write = os.pipe()
os.close(read)
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(TreeSpanExporter(os.fdopen(write, "w"))))
provider.get_tracer("app").start_span("root").end()
print("done", flush=True)
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "done\n"


def test_without_rich_the_application_runs_on_and_is_told_once() -> None:
    script = """
import sys
sys.modules["rich"] = None
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from spanwright.console.tree import TreeSpanExporter
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(TreeSpanExporter()))
for _ in range(2):
    provider.get_tracer("app").start_span("root").end()
print("done")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "done\n"
    assert len(done.stderr.splitlines()) == 1
    assert 'pip install "spanwright[console]"' in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_does_not_show_its_parents_spans() -> None:
    script = """
import os
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import set_span_in_context
from spanwright.console.tree import TreeSpanExporter
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(TreeSpanExporter()))
tracer = provider.get_tracer("app")
root = tracer.start_span("root")
tracer.start_span("before the fork", context=set_span_in_context(root)).end()
child = os.fork()
if child == 0:
    provider.shutdown()
    os._exit(0)
os.waitpid(child, 0)
root.end()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.count("before the fork") == 1
