# SPDX-License-Identifier: Apache-2.0
"""The server itself: its addresses, its connections, its record of requests, its two plain endpoints."""

from __future__ import annotations

import subprocess
import sys
import threading

import httpx
import pytest

from spanwright.console.provider import Provider


def test_it_listens_on_the_loopback_only(provider: Provider) -> None:
    assert provider.url.startswith("http://127.0.0.1:")
    assert provider.base_url == f"{provider.url}/v1"


def test_it_can_be_stopped_twice_and_leaves_no_thread() -> None:
    before = threading.active_count()
    provider = Provider().start()
    with httpx.Client() as client:
        assert client.get(f"{provider.url}/weather?city=Paris").status_code == 200
        provider.stop()
        provider.stop()
        with pytest.raises(httpx.TransportError):
            client.get(f"{provider.url}/weather?city=Paris")
    assert threading.active_count() <= before


def test_it_remembers_what_arrived(provider: Provider) -> None:
    httpx.post(f"{provider.base_url}/embeddings", json={"model": "m", "input": "Hi"}, headers={"X-Mine": "1"})
    request = provider.wait(1)
    assert (request.method, request.path) == ("POST", "/v1/embeddings")
    assert request.fields == {"model": "m", "input": "Hi"}
    assert request.headers["x-mine"] == "1"
    assert request.model == "m"


def test_waiting_for_what_never_comes_ends(provider: Provider) -> None:
    with pytest.raises(TimeoutError):
        provider.wait(1, patience=0)


def test_connections_are_kept(provider: Provider) -> None:
    with httpx.Client() as client:
        ports = {
            client.get(f"{provider.url}/weather?city=Rome")
            .extensions["network_stream"]
            .get_extra_info("client_addr")
            for _ in range(3)
        }
    assert len(ports) == 1


def test_a_body_in_chunks_is_read(provider: Provider) -> None:
    parts = iter([b'{"model": "m",', b' "input": "Hi"}'])
    answer = httpx.post(
        f"{provider.base_url}/embeddings", content=parts, headers={"content-type": "application/json"}
    )
    assert answer.json()["model"] == "m"


def test_a_body_that_is_not_json_is_refused(provider: Provider) -> None:
    answer = httpx.post(
        f"{provider.base_url}/embeddings", content=b"{no", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embeddings", "/openai/v1/embeddings"])
def test_the_version_in_the_path_is_optional(provider: Provider, path: str) -> None:
    assert httpx.post(f"{provider.url}{path}", json={"model": "m", "input": "Hi"}).status_code == 200


def test_the_weather_is_always_the_same(provider: Provider) -> None:
    one, other = (httpx.get(f"{provider.url}/weather", params={"city": "Oslo"}).json() for _ in range(2))
    assert one == other
    assert set(one) == {"city", "temperature_c", "condition", "humidity"}
    assert httpx.get(f"{provider.url}/weather").status_code == 400


def test_slow_says_how_long_it_waited(provider: Provider) -> None:
    assert httpx.get(f"{provider.url}/slow?ms=1").json() == {"waited_ms": 1}


def test_the_module_says_its_address_on_standard_error() -> None:
    command = [sys.executable, "-m", "spanwright.console.provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own module
        assert running.stderr
        address = running.stderr.readline().strip()
        listed = httpx.get(f"{address}/models").json()
        running.terminate()
        out, _ = running.communicate()
    assert listed["object"] == "list"
    assert out == ""


def test_the_package_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import spanwright.console.provider;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "sys.exit(sorted(new - set(sys.stdlib_module_names) - {'spanwright'}) or 0)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert (told.returncode, told.stderr) == (0, "")
