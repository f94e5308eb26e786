# SPDX-License-Identifier: Apache-2.0
"""The server that follows a running program, and whom it answers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from console.viewer import recording, scenes
from spanwright.console.viewer.server import Server
from spanwright.console.viewer.source import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    server = Server(Choice(folder))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    assert not thread.is_alive()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    connection.request(
        method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    return connection.getresponse()


def event(answer: http.client.HTTPResponse) -> tuple[int, list]:
    """Read the next event with rows in it: where it ends, and the rows."""
    position = 0
    for line in iter(answer.readline, b""):
        if line.startswith(b"id: "):
            position = int(line[4:])
        if line.startswith(b"data: "):
            return position, json.loads(line[6:])
    return position, []


def test_the_page_is_at_an_address_that_nobody_can_guess(server: Server) -> None:
    path = urlsplit(server.url).path
    assert ask(server, path).status == 200
    assert [ask(server, wrong).status for wrong in ("/", "/events", "//", path + "x", "/wrong/events")] == [
        404
    ] * 5


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1"}, {"Host": ""}, {"Sec_Fetch_Site": "cross-site"}],
    ids=["rebound name", "other port", "no name", "other site"],
)
def test_whoever_asks_by_another_name_or_from_another_site_is_refused(
    server: Server, headers: dict[str, str]
) -> None:
    for path in ("", "events"):
        assert ask(server, urlsplit(server.url).path + path, **headers).status == 403


def test_it_listens_on_loopback_and_shares_with_no_other_origin(server: Server) -> None:
    answer = ask(server, urlsplit(server.url).path)
    assert server.server_address[0] == "127.0.0.1"
    assert answer.headers["Access-Control-Allow-Origin"] is None
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_it_answers_to_nothing_but_get(server: Server) -> None:
    path = urlsplit(server.url).path
    assert [ask(server, path, method).status for method in ("POST", "PUT", "DELETE", "OPTIONS")] == [501] * 4


def test_rows_are_sent_as_they_are_written(server: Server, folder: Path) -> None:
    answer = ask(server, urlsplit(server.url).path + "events")
    path = recording.write(folder / "run.jsonl", [recording.span(1, "first")])
    position, rows = event(answer)
    assert [summary["target"] for summary, _ in rows if summary["type"] == "span"] == ["first"]
    with path.open("a") as file:
        file.write(recording.line([recording.span(2, "second")]))
    end, rows = event(answer)
    assert [summary["target"] for summary, _ in rows] == ["second"]
    assert (position, end) == (2, 3)


def test_a_page_that_connects_again_gets_what_it_missed(server: Server, folder: Path) -> None:
    recording.write(folder / "run.jsonl", [recording.span(1, "first"), recording.span(2, "second")])
    path = urlsplit(server.url).path + "events"
    event(ask(server, path))
    answer = ask(server, path, Last_Event_ID="2")
    _, rows = event(answer)
    assert [summary["target"] for summary, _ in rows] == ["second"]


@pytest.mark.parametrize("last", ["-1", "x", "9" * 400, "²"])
def test_a_position_that_makes_no_sense_does_no_harm(server: Server, folder: Path, last: str) -> None:
    recording.write(folder / "run.jsonl", [recording.span(1, "first")])
    answer = ask(server, urlsplit(server.url).path + "events", Last_Event_ID=last.encode().decode("latin-1"))
    assert answer.status == 200
    assert len(event(answer)[1]) == 2


def test_an_open_page_grows_with_the_program(
    server: Server, folder: Path, visit: Callable[..., Page]
) -> None:
    page = visit(server.url)
    page.get_by_text("Waiting for the first span").wait_for()
    trip = scenes.trip()
    recording.write(folder / "run.jsonl", trip[2:])
    page.get_by_role("treeitem", name="chat gpt-4o-mini").first.wait_for()
    assert page.get_by_role("treeitem", name="invoke_agent Trip Planner").count() == 0
    with (folder / "run.jsonl").open("a") as file:
        file.write(recording.line(trip[:2]))
    page.get_by_role("treeitem", name="plan_trip").wait_for()
    page.wait_for_function("document.querySelectorAll('.span-row').length === 12")
    assert page.locator("#trace-head h1").inner_text() == "plan_trip"
    assert page.locator("#state").inner_text() == "following"


def test_an_open_span_is_left_alone_while_others_come(
    server: Server, folder: Path, visit: Callable[..., Page]
) -> None:
    path = recording.write(folder / "run.jsonl", scenes.trip())
    page = visit(server.url)
    page.get_by_role("treeitem", name="chat gpt-4o-mini").first.click()
    page.locator(".said").first.evaluate("element => { element.dataset.same = 'yes' }")
    with path.open("a") as file:
        file.write(recording.line([recording.operation(1, "chat", "newer", trace="f" * 32, at=9000)]))
    page.get_by_role("option", name="newer").wait_for()
    assert page.locator(".said[data-same=yes]").count() == 1


def test_a_shared_link_waits_for_its_span(server: Server, folder: Path, visit: Callable[..., Page]) -> None:
    page = visit(f"{server.url}#trace={recording.TRACE}&span=0000000000000006")
    recording.write(folder / "run.jsonl", scenes.trip())
    page.get_by_role("heading", name="book_flight").wait_for()


def test_control_c_stops_it_without_a_word(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from spanwright.console.cli import main; main()",
        "view",
        "--serve",
        "--no-open",
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        parts = urlsplit(url)
        assert parts.port
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
        connection.request("GET", parts.path + "events")
        # A page that listens does not hold it up.
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint) == (0, "")


def test_a_port_in_use_is_said_in_a_line(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from spanwright.console.cli import main; main()", "view", "--no-open"]
    command += ["--serve", str(server.server_port)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        f"spanwright: port {server.server_port}: Address already in use\n",
    )
