# SPDX-License-Identifier: Apache-2.0
"""Whether what spans are sent to is there and takes them, asked for real."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from doctor.conftest import Answer, Collector, Place, Receiver

HTTP, GRPC = "http/protobuf", "grpc"


def sent(place: Place, port: int, protocol: str, **variables: str) -> Answer:
    """Examine an environment whose traces go by OTLP to this port."""
    return place.doctor(
        **{
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            **variables,
        }
    )


def test_a_receiver_over_http_is_asked_with_an_empty_export(place: Place, receiver: Receiver) -> None:
    found = sent(place, receiver.port, HTTP, OTEL_EXPORTER_OTLP_HEADERS="x-mark=1%202")
    assert (found.code, found.of("Export", "traces")["level"]) == (0, "ok")
    ((path, headers, body),) = receiver.asked
    assert (path, headers["x-mark"], body) == ("/v1/traces", "1 2", b"")


def test_a_receiver_over_grpc_is_asked_with_an_empty_export(place: Place, collector: Collector) -> None:
    found = sent(place, collector.port, GRPC, OTEL_EXPORTER_OTLP_HEADERS="x-mark=1")
    assert (found.code, found.of("Export", "traces")["level"]) == (0, "ok")
    ((count, metadata),) = collector.came
    assert (count, metadata["x-mark"]) == (0, "1")


@pytest.mark.parametrize("protocol", [HTTP, GRPC])
def test_nobody_who_listens_is_one_problem_for_all_signals(place: Place, nobody: int, protocol: str) -> None:
    found = sent(place, nobody, protocol, OTEL_METRICS_EXPORTER="otlp", OTEL_LOGS_EXPORTER="otlp")
    assert (found.code, found.problems()) == (1, [("Export", "traces, metrics, logs")])


def test_metrics_that_nobody_takes_lose_no_span(place: Place, nobody: int) -> None:
    found = sent(place, nobody, GRPC, OTEL_TRACES_EXPORTER="spanwright_tree", OTEL_METRICS_EXPORTER="otlp")
    assert (found.code, found.of("Export", "metrics")["level"]) == (0, "warning")


@pytest.mark.parametrize(
    ("status", "level"),
    [(401, "problem"), (404, "problem"), (503, "problem"), (422, "warning")],
)
def test_a_receiver_that_refuses_over_http_is_told(
    place: Place, receiver: Receiver, status: int, level: str
) -> None:
    receiver.status = status
    found = sent(place, receiver.port, HTTP)
    assert found.of("Export", "traces")["level"] == level
    assert str(status) in found.of("Export", "traces")["text"]
    assert found.code == (level == "problem")


def test_a_receiver_that_wants_credentials_over_grpc_is_told(place: Place, collector: Collector) -> None:
    collector.refuses = True
    found = sent(place, collector.port, GRPC)
    assert "credentials" in found.of("Export", "traces")["text"]
    assert found.code == 1


def test_a_backend_that_takes_traces_alone_is_a_warning(place: Place, collector: Collector) -> None:
    found = sent(place, collector.port, GRPC, OTEL_METRICS_EXPORTER="otlp")
    assert found.of("Export", "metrics")["remedy"].startswith("set OTEL_METRICS_EXPORTER=none")
    assert found.code == 0


def test_the_wrong_protocol_is_told_with_the_right_one(place: Place, receiver: Receiver) -> None:
    found = sent(place, receiver.port, GRPC)
    assert f"OTEL_EXPORTER_OTLP_PROTOCOL={HTTP}" in found.of("Export", "traces")["remedy"]
    assert found.code == 1


def test_http_to_a_receiver_of_grpc_is_told_with_the_right_protocol(
    place: Place, collector: Collector
) -> None:
    found = sent(place, collector.port, HTTP)
    assert f"OTEL_EXPORTER_OTLP_PROTOCOL={GRPC}" in found.of("Export", "traces")["remedy"]
    assert found.code == 1


def test_no_secret_of_an_address_is_shown(place: Place, receiver: Receiver) -> None:
    found = sent(
        place,
        receiver.port,
        HTTP,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"http://me:hidden@127.0.0.1:{receiver.port}/v1/traces?key=hidden",
        OTEL_EXPORTER_OTLP_HEADERS="authorization=hidden",
    )
    assert found.of("Export", "traces")["level"] == "ok"
    assert "hidden" not in found.out


def test_a_port_for_prometheus_that_is_taken_is_a_warning(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = place.doctor(
            OTEL_METRICS_EXPORTER="prometheus",
            OTEL_EXPORTER_PROMETHEUS_HOST="127.0.0.1",
            OTEL_EXPORTER_PROMETHEUS_PORT=str(taken.getsockname()[1]),
        )
    assert found.of("Export", "metrics")["level"] == "warning"
