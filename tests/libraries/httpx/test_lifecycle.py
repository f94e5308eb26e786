# SPDX-License-Identifier: Apache-2.0
"""Switched on, off and on again; suppressed; beside other instrumentations; without the library."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import vcr
from opentelemetry.instrumentation.utils import suppress_http_instrumentation, suppress_instrumentation
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

from spanwright.instrumentors.httpx import HttpxInstrumentor, others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from harness import Recorder

CONTRIB = "opentelemetry.instrumentation.httpx"


def answering(library: Any) -> Any:
    return library.MockTransport(lambda _: library.Response(200))


def test_uninstrumenting_restores_the_library(recorder: Recorder, library: Any) -> None:
    names = [
        (kind, name) for kind in ("Client", "AsyncClient") for name in ("_send_single_request", "__dict__")
    ]
    before = [dict(vars(getattr(library, kind))) for kind, _ in names]
    recorder.instrument(HttpxInstrumentor())
    recorder.uninstrument()
    assert [dict(vars(getattr(library, kind))) for kind, _ in names] == before


def test_a_client_made_before_is_traced_only_while_instrumented(recorder: Recorder, library: Any) -> None:
    with library.Client(transport=answering(library)) as client:
        client.get("http://gateway.test/1")
        recorder.instrument(HttpxInstrumentor())
        client.get("http://gateway.test/2")
        kept = client._send_single_request
        recorder.uninstrument()
        client.get("http://gateway.test/3")
        kept(client.build_request("GET", "http://gateway.test/4"))
        recorder.instrument(HttpxInstrumentor())
        HttpxInstrumentor().instrument(**recorder.providers)
        client.get("http://gateway.test/5")
    found = [str((span.attributes or {})["url.full"]) for span in recorder.spans]
    assert found == ["http://gateway.test/2", "http://gateway.test/5"]


def test_a_body_that_is_open_when_uninstrumenting_still_ends(
    recorder: Recorder, library: Any, server: Any
) -> None:
    recorder.instrument(HttpxInstrumentor())
    with library.Client() as client, client.stream("GET", f"{server.url}/chunks/3") as response:
        recorder.uninstrument()
        assert response.read() == b"chunk 0;chunk 1;chunk 2;"
    assert recorder.tree() == ["GET"]


@pytest.mark.parametrize("suppress", [suppress_instrumentation, suppress_http_instrumentation])
def test_suppression_is_honoured(recorder: Recorder, road: Any, server: Any, suppress: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    with suppress():
        headers = road.get(f"{server.url}/headers").json()
    assert "traceparent" not in headers
    assert recorder.spans == []
    assert recorder.points() == []


@pytest.mark.parametrize("processor", [SimpleSpanProcessor, BatchSpanProcessor])
def test_an_exporter_that_uses_the_library_does_not_trace_itself(
    recorder: Recorder, library: Any, server: Any, processor: Any
) -> None:
    class Posting(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            library.post(f"{server.url}/ok", json=[span.name for span in spans])
            return SpanExportResult.SUCCESS

    recorder.tracer_provider.add_span_processor(processor(Posting()))
    recorder.instrument(HttpxInstrumentor())
    library.get(f"{server.url}/ok")
    recorder.tracer_provider.force_flush()
    assert [method for method, _, _ in server.requests] == ["GET", "POST"]
    assert recorder.tree() == ["GET"]


def test_without_a_provider_nothing_changes(road: Any, server: Any) -> None:
    instrumentor = HttpxInstrumentor()
    instrumentor.instrument()
    try:
        assert road.get(f"{server.url}/redirect/1", follow_redirects=True).text == "hello"
        assert road.stream(f"{server.url}/chunks/2", 1)
    finally:
        instrumentor.uninstrument()


def test_a_broken_provider_never_reaches_the_application(
    recorder: Recorder, road: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("opentelemetry.sdk.trace.Span.end", broken)
    recorder.instrument(HttpxInstrumentor(), SPANWRIGHT_STRICT="0")
    assert road.get(f"{server.url}/redirect/1", follow_redirects=True).text == "hello"
    assert road.get(f"{server.url}/status/500").status_code == 500


def test_a_recorded_cassette_plays_in_either_order(
    recorder: Recorder, road: Any, server: Any, tmp_path: Path
) -> None:
    cassette = str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette):
        road.get(f"{server.url}/chunks/2")
    recorder.instrument(HttpxInstrumentor())
    with vcr.use_cassette(cassette, record_mode="none"):
        assert road.get(f"{server.url}/chunks/2").text == "chunk 0;chunk 1;"
        recorder.uninstrument()
        recorder.instrument(HttpxInstrumentor())
        with vcr.use_cassette(cassette, record_mode="none"):
            assert road.stream(f"{server.url}/chunks/2") == [b"chunk 0;chunk 1;"]
    assert len(server.requests) == 1
    assert recorder.tree() == ["GET", "GET"]


def contrib(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, facts: str, active: tuple[str, ...] = ()
) -> None:
    """Stand the other instrumentation up, as far as it is looked at."""
    module = ModuleType(CONTRIB)
    for name in ("HTTPXClientInstrumentor", "HTTPX2ClientInstrumentor"):
        on = name in active
        setattr(module, name, type(name, (), {"is_instrumented_by_opentelemetry": on}))
    if active:
        monkeypatch.setitem(sys.modules, CONTRIB, module)
    (tmp_path / "package.py").write_text(facts)
    (tmp_path / "__init__.py").write_text("raise AssertionError('must not be imported')")

    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(others, "find_spec", lambda name: Spec if name == CONTRIB else None)


BOTH = '_instruments_httpx2 = ("httpx2 >= 2.0.0",)'
OLD = '_instruments = ("httpx >= 0.18.0",)'


@pytest.mark.parametrize(
    ("facts", "disabled", "traced"),
    [
        (BOTH, "", []),
        (OLD, "", ["httpx2"]),
        (BOTH, "httpx", ["httpx"]),
        (BOTH, "requests, httpx ,httpx2", ["httpx", "httpx2"]),
    ],
)
def test_the_other_instrumentation_goes_first_under_the_loader(
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    facts: str,
    disabled: str,
    traced: list[str],
) -> None:
    contrib(monkeypatch, tmp_path, facts=facts)
    monkeypatch.setitem(
        sys.modules, "opentelemetry.instrumentation.auto_instrumentation", ModuleType("loader")
    )
    monkeypatch.setenv("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", disabled)
    assert calls(recorder) == traced


def test_the_other_instrumentation_counts_elsewhere_only_when_it_is_on(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contrib(monkeypatch, tmp_path, facts=BOTH, active=("HTTPX2ClientInstrumentor",))
    assert calls(recorder) == ["httpx"]


def test_the_other_instrumentation_that_is_only_installed_does_not_count(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    contrib(monkeypatch, tmp_path, facts=BOTH)
    assert calls(recorder) == ["httpx", "httpx2"]


def calls(recorder: Recorder) -> list[str]:
    """Return which of the two modules is traced."""
    pytest.importorskip("httpx2")
    recorder.instrument(HttpxInstrumentor())
    for name in ("httpx", "httpx2"):
        library = sys.modules[name]
        with library.Client(transport=answering(library)) as client:
            client.get(f"http://{name}.test/")
    return [str((span.attributes or {})["server.address"]).split(".")[0] for span in recorder.spans]


def run(program: str) -> str:
    """Run a program in a new interpreter and return what it printed."""
    code = textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_instrumenting_imports_no_library_and_a_missing_one_is_silence() -> None:
    program = """
        import logging, sys
        logging.basicConfig(level=logging.INFO)
        sys.modules["httpx2"] = None
        from spanwright.instrumentors.httpx import HttpxInstrumentor
        HttpxInstrumentor().instrument()
        print("httpx" in sys.modules)
        import httpx
        print(type(vars(httpx.Client)["_send_single_request"]).__name__)
    """
    assert run(program) == "False\nWrapped\n"


def test_an_alias_of_the_new_library_is_patched_once() -> None:
    httpx2 = pytest.importorskip("httpx2")
    if not hasattr(httpx2, "alias_httpx"):
        pytest.skip("no alias in httpx2 2.0")
    program = """
        import httpx2
        httpx2.alias_httpx()
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        from spanwright.instrumentors.httpx import HttpxInstrumentor
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        HttpxInstrumentor().instrument(tracer_provider=provider)
        import httpx
        with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
            client.get("http://gateway.test/")
        print(httpx.__name__, len(exporter.get_finished_spans()))
        HttpxInstrumentor().uninstrument()
        print(type(vars(httpx.Client)["_send_single_request"]).__name__)
    """
    assert run(program) == "httpx2 1\nfunction\n"
