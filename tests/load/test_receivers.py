# SPDX-License-Identifier: Apache-2.0
"""Whatever becomes of the telemetry, the application's calls end as they do without it: no clock is asked, only who waits for whom."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

import pytest

from load.conftest import PATIENCE, application, exporting

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from load.receiver import Receiver

CALLS = 20
SIGNALS = ("TRACES", "METRICS", "LOGS")
CONTENT = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
# Whoever exports while the process ends gives up after this.
BRIEF = {"OTEL_EXPORTER_OTLP_TIMEOUT": "2", "OTEL_METRIC_EXPORT_INTERVAL": "200"}


@pytest.fixture(scope="module")
def bare(address: str) -> str:
    """Return what the application prints without us."""
    with application("calls", instrumented=False, PROVIDER=address, CALLS=str(CALLS)) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def deaf() -> Iterator[str]:
    """Return the address of what takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def nowhere() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def told(process: subprocess.Popen[str]) -> str:
    """Read what the application prints until it has all answers."""
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    return next(lines, "") + next(lines, "")


def ends_well(process: subprocess.Popen[str], *, lines: int) -> None:
    """Let the process end, with no error and few lines on stderr, none of them ours and none for each call."""
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "spanwright" not in err
    assert len(re.findall(r"^(?:\S.*|)$", err, re.MULTILINE)) <= lines, err


def test_the_application_has_all_its_answers_before_the_receiver_gives_its_first(
    address: str, bare: str, receiving: Callable[..., Receiver]
) -> None:
    receiver = receiving(hold=True)
    environ = exporting(receiver.endpoint, *SIGNALS) | CONTENT
    with application("calls", **environ, PROVIDER=address, CALLS=str(CALLS)) as process:
        assert told(process) == bare
        assert receiver.asked.wait(PATIENCE)
        assert receiver.answered == 0
        receiver.held.set()
        ends_well(process, lines=1)
    assert receiver.names["chat gpt-4o-mini"] == 2 * CALLS
    assert set(receiver.spans.values()) == {1}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"Retry-After": "1"}), (429, {}), (503, {}), (400, {}), (413, {}), (500, {})],
    ids=["429 with a time", "429", "503", "400", "413", "500"],
)
def test_a_receiver_that_refuses_changes_nothing_for_the_application(
    status: int, headers: dict[str, str], address: str, bare: str, receiving: Callable[..., Receiver]
) -> None:
    receiver = receiving(status, headers)
    environ = exporting(receiver.endpoint, *SIGNALS) | CONTENT | BRIEF
    with application("calls", **environ, PROVIDER=address, CALLS=str(CALLS)) as process:
        assert told(process) == bare
        ends_well(process, lines=CALLS)
    assert receiver.answered > 0


@pytest.mark.parametrize("where", ["deaf", "nowhere"])
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_a_receiver_that_is_not_there_changes_nothing_for_the_application(
    where: str, protocol: str, address: str, bare: str, request: pytest.FixtureRequest
) -> None:
    environ = exporting(request.getfixturevalue(where), *SIGNALS) | CONTENT | BRIEF
    environ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol
    with application("calls", **environ, PROVIDER=address, CALLS=str(CALLS)) as process:
        assert told(process) == bare
        ends_well(process, lines=CALLS)
