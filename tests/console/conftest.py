# SPDX-License-Identifier: Apache-2.0
"""Stories told in spans: a real SDK records them, with ids and times that are the same in every run."""

from __future__ import annotations

import itertools
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from rich.console import Console

from console.running import Runs
from spanwright.console.provider import Provider
from spanwright.console.tree import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

_EPOCH = 1_790_000_000_000_000_000


class CountedIds(IdGenerator):
    """Ids in order of creation."""

    def __init__(self) -> None:
        self._spans = itertools.count(1)
        self._traces = itertools.count(1)

    def generate_span_id(self) -> int:
        return next(self._spans)

    def generate_trace_id(self) -> int:
        return next(self._traces) << 64 | 0xABCD


class Story:
    """Spans whose starts and durations, in milliseconds, are told rather than measured."""

    def __init__(self) -> None:
        self._memory = InMemorySpanExporter()
        self.provider = TracerProvider(
            resource=Resource({"service.name": "trip-planner"}), id_generator=CountedIds()
        )
        self.provider.add_span_processor(SimpleSpanProcessor(self._memory))
        self._tracer = self.provider.get_tracer("story")
        self._open: list[tuple[Span, int]] = []

    def span(  # noqa: PLR0913 - a span has that many sides
        self,
        name: str,
        parent: Span | None = None,
        *,
        at: float = 0,
        took: float = 10,
        kind: SpanKind = SpanKind.INTERNAL,
        error: str | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Span:
        span = self._tracer.start_span(
            name,
            context=set_span_in_context(parent) if parent else None,
            kind=kind,
            attributes=attributes,
            start_time=_EPOCH + int(at * 1e6),
        )
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        self._open.append((span, _EPOCH + int((at + took) * 1e6)))
        return span

    def operation(  # noqa: PLR0913
        self,
        operation: str,
        parent: Span | None = None,
        *,
        at: float = 0,
        took: float = 10,
        kind: SpanKind = SpanKind.INTERNAL,
        error: str | None = None,
        **attributes: Any,  # noqa: ANN401
    ) -> Span:
        """Tell a GenAI span; `request__model` stands for `gen_ai.request.model`."""
        named = {f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
        kind = SpanKind.CLIENT if operation in {"chat", "embeddings", "retrieval"} else kind
        return self.span(
            operation,
            parent,
            at=at,
            took=took,
            kind=kind,
            error=error,
            attributes={"gen_ai.operation.name": operation, **named},
        )

    def request(  # noqa: PLR0913
        self,
        parent: Span | None = None,
        url: str = "https://api.openai.com/v1/chat/completions",
        *,
        method: str = "POST",
        status: int = 200,
        at: float = 0,
        took: float = 10,
        **attributes: Any,  # noqa: ANN401
    ) -> Span:
        failed = {"error.type": str(status)} if status >= 400 else {}
        return self.span(
            method,
            parent,
            at=at,
            took=took,
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": method,
                "url.full": url,
                "http.response.status_code": status,
                **failed,
                **{key.replace("__", "."): value for key, value in attributes.items()},
            },
        )

    def finished(self) -> list[ReadableSpan]:
        """End every span, the youngest first, and hand them over in the order they ended."""
        for span, end in reversed(self._open):
            span.end(end)
        self._open.clear()
        spans = list(self._memory.get_finished_spans())
        self._memory.clear()
        return spans

    def drawn(self, width: int = 100) -> str:
        """Show what was told as it looks on a terminal of this width, without colours."""
        out = StringIO()
        render(self.finished(), Console(file=out, width=width))
        return out.getvalue()


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def trip(story: Story) -> Story:
    """Tell of an agent that fails once, recovers, and answers in a stream."""
    root = story.span("plan_trip", took=3420)
    agent = story.operation("invoke_agent", root, at=2, took=3100, agent__name="Trip Planner")
    first = story.operation(
        "chat",
        agent,
        at=10,
        took=812,
        request__model="owl-mini",
        usage__input_tokens=312,
        usage__output_tokens=18,
        response__finish_reasons=["tool_call"],
    )
    story.request(first, at=14, took=12, status=429)
    story.request(first, at=500, took=320, http__request__resend_count=1)
    weather = story.operation("execute_tool", agent, at=830, took=140, tool__name="get_weather")
    story.request(weather, "http://127.0.0.1:8001/weather?city=Lisbon", method="GET", at=832, took=131)
    search = story.operation("execute_tool", agent, at=831, took=300, tool__name="search_guide")
    retrieval = story.operation("retrieval", search, at=835, took=280, data_source__id="guide")
    embeddings = story.operation(
        "embeddings",
        retrieval,
        at=836,
        took=260,
        request__model="owl-embedding-3-small",
        usage__input_tokens=9,
    )
    story.request(embeddings, "https://api.openai.com/v1/embeddings", at=838, took=250)
    story.operation(
        "execute_tool",
        agent,
        at=1140,
        took=50,
        tool__name="book_flight",
        error="No seats left on TP 1234 for the dates that were asked for",
    ).set_attribute("error.type", "app.booking.SeatsUnavailable")
    answer = story.operation(
        "chat",
        agent,
        at=1200,
        took=1800,
        request__model="owl-mini",
        usage__input_tokens=1640,
        usage__output_tokens=212,
        usage__cache_read__input_tokens=1024,
        usage__reasoning__output_tokens=64,
        response__time_to_first_chunk=0.412,
        response__finish_reasons=["stop"],
    )
    story.request(answer, at=1203, took=400)
    return story


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Return a provider for all programs of a module."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def runs(tmp_path: Path, provider: Provider) -> Runs:
    folder = tmp_path / "project"
    folder.mkdir()
    return Runs(folder, provider.base_url)
