# SPDX-License-Identifier: Apache-2.0
"""The trace context goes to servers of one's own, not to public model APIs, and to whom the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import baggage, context, trace

from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

OURS = {"traceparent", "baggage"}
MODEL_HOSTS = [
    "api.openai.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
    "europe-west1-aiplatform.googleapis.com",
    "bedrock-runtime.eu-west-1.amazonaws.com",
    "mine.openai.azure.com",
]


@pytest.fixture(autouse=True)
def user() -> Iterator[None]:
    token = context.attach(baggage.set_baggage("user.id", "u-1"))
    yield
    context.detach(token)


def sent(road: Any, url: str, **options: Any) -> list[dict[str, str]]:
    """Return the headers of each attempt."""
    seen: list[dict[str, str]] = []

    def answer(request: Any) -> Any:
        seen.append({key.lower(): value for key, value in request.headers.items()})
        target = dict(request.url.params).get("to")
        if target:
            return road.library.Response(307, headers={"location": f"https://{target}/"})
        return road.library.Response(200)

    road.get(url, {"transport": road.library.MockTransport(answer)}, **options)
    return seen


def ours(headers: dict[str, str]) -> set[str]:
    return OURS & set(headers)


def test_a_server_of_ones_own_gets_the_context_of_the_attempt(
    recorder: Recorder, road: Any, server: Any
) -> None:
    recorder.instrument(HttpxInstrumentor())
    headers = road.get(f"{server.url}/headers").json()
    found = recorder.one().context
    assert found is not None
    ids = f"{found.trace_id:032x}-{found.span_id:016x}"
    assert headers["traceparent"] == f"00-{ids}-{found.trace_flags:02x}"
    assert headers["baggage"] == "user.id=u-1"


@pytest.mark.parametrize("host", MODEL_HOSTS)
def test_a_public_model_api_gets_nothing(recorder: Recorder, road: Any, host: str) -> None:
    recorder.instrument(HttpxInstrumentor())
    (headers,) = sent(road, f"https://{host}/v1/chat")
    assert ours(headers) == set()
    assert recorder.tree() == ["GET"]


@pytest.mark.parametrize(
    ("patterns", "host", "expected"),
    [
        ("*.corp.test, api.openai.com", "api.openai.com", OURS),
        ("*.corp.test, api.openai.com", "API.OpenAI.com", OURS),
        ("*.corp.test, api.openai.com", "gateway.corp.test", OURS),
        ("*.corp.test, api.openai.com", "corp.test", set()),
        ("*.corp.test, api.openai.com", "other.test", set()),
        ("*.corp.test, api.openai.com", "api.anthropic.com", set()),
        ("*", "api.anthropic.com", OURS),
        ("", "gateway.corp.test", set()),
    ],
)
def test_the_settings_say_who_gets_it(
    recorder: Recorder, library: Any, patterns: str, host: str, expected: set[str]
) -> None:
    recorder.instrument(HttpxInstrumentor(), SPANWRIGHT_PROPAGATE_TO=patterns)
    seen: list[Any] = []
    transport = library.MockTransport(lambda request: seen.append(request.headers) or library.Response(200))
    with library.Client(transport=transport) as client:
        client.get(f"https://{host}/")
    assert ours(dict(seen[0])) == expected
    assert recorder.tree() == ["GET"]


def test_an_excluded_host_gets_no_span_and_no_headers(recorder: Recorder, road: Any) -> None:
    recorder.instrument(
        HttpxInstrumentor(),
        SPANWRIGHT_EXCLUDED_HOSTS="health.test,*.telemetry.test",
        SPANWRIGHT_PROPAGATE_TO="*",
    )
    for host in ("health.test", "eu.telemetry.test", "gateway.test"):
        (headers,) = sent(road, f"http://{host}/")
        assert ours(headers) == (OURS if host == "gateway.test" else set())
    assert recorder.attributes()["server.address"] == "gateway.test"
    assert [point.count for point in recorder.points()] == [1]


def test_a_redirect_to_a_model_api_loses_what_the_first_hop_was_given(recorder: Recorder, road: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    first, second = sent(road, "http://gateway.test/?to=api.openai.com", follow_redirects=True)
    assert ours(first) == OURS
    assert ours(second) == set()


def test_a_redirect_to_an_excluded_host_loses_it_too(recorder: Recorder, road: Any) -> None:
    recorder.instrument(HttpxInstrumentor(), SPANWRIGHT_EXCLUDED_HOSTS="api.excluded.test")
    _, second = sent(road, "http://gateway.test/?to=api.excluded.test", follow_redirects=True)
    assert ours(second) == set()


def test_each_hop_gets_the_context_of_its_own_attempt(recorder: Recorder, road: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    hops = sent(road, "http://gateway.test/?to=other.test", follow_redirects=True)
    spans = [f"{span.context.span_id:016x}" for span in recorder.spans if span.context]
    assert [hop["traceparent"].split("-")[2] for hop in hops] == spans


def test_an_older_context_in_the_headers_is_replaced(recorder: Recorder, road: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    old = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    (headers,) = sent(road, "http://gateway.test/", headers=old)
    found = recorder.one().context
    assert found is not None
    assert headers["traceparent"].split("-")[2] == f"{found.span_id:016x}"


def test_headers_of_the_application_to_a_model_api_stay_its_own(recorder: Recorder, road: Any) -> None:
    recorder.instrument(HttpxInstrumentor())
    own = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "a=b"}
    (headers,) = sent(road, "https://api.openai.com/", headers=own)
    assert {key: headers[key] for key in own} == own


def test_only_our_headers_are_added_to_the_request(recorder: Recorder, road: Any) -> None:
    (bare,) = sent(road, "http://gateway.test/", headers=[("x-twice", "1"), ("x-twice", "2")])
    recorder.instrument(HttpxInstrumentor())
    (headers,) = sent(road, "http://gateway.test/", headers=[("x-twice", "1"), ("x-twice", "2")])
    assert {key: value for key, value in headers.items() if key not in OURS} == bare


def test_without_an_sdk_a_context_from_outside_is_passed_on(road: Any) -> None:
    remote = trace.SpanContext(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331, is_remote=True)
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))
    instrumentor = HttpxInstrumentor()
    instrumentor.instrument(tracer_provider=trace.NoOpTracerProvider())
    try:
        (headers,) = sent(road, "http://gateway.test/")
    finally:
        instrumentor.uninstrument()
        context.detach(token)
    assert headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
