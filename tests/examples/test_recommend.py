# SPDX-License-Identifier: Apache-2.0
"""The recommendation agent, end to end: what each exporter really delivers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from dirty_equals import IsPartialDict

from programs import PATIENCE, await_until, free_port

if TYPE_CHECKING:
    from programs import Runner
    from receiver import Receiver, Record

OWN_SPANS = {"recommend_products", "fetch_user_data", "generate_recommendations"}
CALL = "chat gpt-4o-mini"
NONE = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_traces_metrics_and_logs_arrive_at_an_otlp_endpoint(
    runner: Runner, receiver: Receiver, protocol: str
) -> None:
    runner.run(
        "recommend.py",
        "ada",
        OTEL_SERVICE_NAME="shop",
        OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.grpc if protocol == "grpc" else receiver.http,
    )
    await_until(lambda: CALL in receiver.names("Span"), "the spans")
    await_until(lambda: "gen_ai.client.operation.duration" in receiver.names("Metric"), "the metrics")
    await_until(lambda: "recommended" in "".join(body(receiver)), "the logs")

    spans = {record["Name"]: record for record in receiver.records("Span")}
    assert tree(receiver.records("Span")) == {
        "recommend_products": None,
        "fetch_user_data": "recommend_products",
        "GET": "fetch_user_data",
        "generate_recommendations": "recommend_products",
        CALL: "generate_recommendations",
        "POST": CALL,
    }
    root = spans["recommend_products"]
    assert root.attribute("user.id") == "ada"
    assert int(root.attribute("recommendations.count") or 0) > 0
    logs = {record["Body"]: record for record in receiver.records("LogRecord")}
    (told,) = [record for text, record in logs.items() if "recommended" in text]
    assert (told["Trace ID"], told["Span ID"]) == (root["Trace ID"], root["ID"])


def test_the_console_exporters_print_all_three_signals(runner: Runner) -> None:
    done = runner.run(
        "recommend.py",
        "ada",
        OTEL_TRACES_EXPORTER="console",
        OTEL_METRICS_EXPORTER="console",
        OTEL_LOGS_EXPORTER="console",
    )
    printed = list(documents(done.stdout))
    spans = {document["name"]: document for document in printed if "parent_id" in document}
    assert spans.keys() == {*OWN_SPANS, CALL, "GET", "POST"}
    assert spans[CALL]["parent_id"] == spans["generate_recommendations"]["context"]["span_id"]
    assert any("gen_ai.client.operation.duration" in str(document) for document in printed)
    assert IsPartialDict(trace_id=spans[CALL]["context"]["trace_id"]) in printed


def test_prometheus_scrapes_the_metrics_while_the_program_runs(runner: Runner) -> None:
    port = free_port()
    process = runner.start(
        "recommend.py",
        **{**NONE, "OTEL_METRICS_EXPORTER": "prometheus", "OTEL_EXPORTER_PROMETHEUS_PORT": str(port)},
    )
    with process:
        try:
            assert process.stdin
            assert process.stdout
            process.stdin.write("ada\n")
            process.stdin.flush()
            assert process.stdout.readline() == "ada\n"
            metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE, trust_env=False).text
            process.stdin.close()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    counted = re.search(
        r"^gen_ai_client_operation_duration_seconds_count\{(.*)\} (\S+)$", metrics, re.MULTILINE
    )
    assert counted
    assert 'gen_ai_request_model="gpt-4o-mini"' in counted[1]
    assert float(counted[2]) == 1
    assert "gen_ai_client_token_usage" in metrics


def test_printed_log_lines_carry_the_trace_when_correlation_is_on(runner: Runner) -> None:
    done = runner.run(
        "recommend.py",
        "ada",
        **{**NONE, "OTEL_TRACES_EXPORTER": "console", "OTEL_PYTHON_LOG_CORRELATION": "true"},
    )
    (root,) = [span for span in documents(done.stdout) if span.get("name") == "recommend_products"]
    (line,) = [line for line in done.stderr.splitlines() if "recommended" in line]
    assert f"trace_id={root['context']['trace_id'].removeprefix('0x')}" in line
    assert f"span_id={root['context']['span_id'].removeprefix('0x')}" in line


def test_the_sdks_own_log_handler_carries_the_trace_as_well(runner: Runner) -> None:
    done = runner.run(
        "recommend.py",
        "ada",
        **{
            **NONE,
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_LOGS_EXPORTER": "console",
            "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
        },
    )
    printed = list(documents(done.stdout))
    (root,) = [document for document in printed if document.get("name") == "recommend_products"]
    (told,) = [document for document in printed if "recommended" in str(document.get("body"))]
    assert told == IsPartialDict(
        trace_id=root["context"]["trace_id"], span_id=root["context"]["span_id"], severity_text="INFO"
    )


def test_the_tree_shows_the_automatic_spans_inside_the_programs_own(runner: Runner) -> None:
    done = runner.run("recommend.py", "ada", **{**NONE, "OTEL_TRACES_EXPORTER": "spanwright_tree"})
    step = "recommend_products|fetch_user_data|generate_recommendations|chat [\\w-]+|(?:GET|POST) [0-9.]+"
    assert re.findall(rf"^((?:[│ ]  )*(?:[├└]─ )?(?:{step}))", done.stderr, re.MULTILINE) == [
        "recommend_products",
        "├─ fetch_user_data",
        "│  └─ GET 127.0.0.1",
        "└─ generate_recommendations",
        "   └─ chat gpt-4o-mini",
        "      └─ POST 127.0.0.1",
    ]


def test_the_program_sets_up_no_telemetry_of_its_own(runner: Runner) -> None:
    done = runner.run("recommend.py", "ada", "hedy", **NONE)
    assert done.stdout.splitlines()[0] == "ada"
    assert "hedy" in done.stdout.splitlines()


def body(receiver: Receiver) -> list[str]:
    return [record["Body"] for record in receiver.records("LogRecord")]


def tree(spans: list[Record]) -> dict[str, str | None]:
    """Return the name of each span's parent."""
    names = {span["ID"]: span["Name"] for span in spans}
    return {span["Name"]: names.get(span["Parent ID"]) for span in spans}


def documents(text: str) -> Any:  # noqa: ANN401
    """Yield the JSON documents among other lines of output."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^\{", text, re.MULTILINE):
        yield decoder.raw_decode(text, start.start())[0]
