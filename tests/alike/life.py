# SPDX-License-Identifier: Apache-2.0
"""When and what is patched in SDKs that speak OpenAI's protocol, and what the application keeps."""

from __future__ import annotations

import copy
import inspect
import json
from typing import TYPE_CHECKING, Any

from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.sdk import SDK
from asking import HELLO
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_a_client_and_a_method_made_before_are_traced(sdk: SDK, recorder: Recorder, client: Any) -> None:
    resource, name = sdk.resource(client)
    create = getattr(resource, name)
    recorder.instrument(sdk.instrumentor())
    create(model=sdk.model, messages=HELLO)
    sdk.chat(client)
    assert recorder.tree() == [sdk.name] * 2


async def test_an_asynchronous_method_made_before_is_traced(
    sdk: SDK, recorder: Recorder, aclient: Any
) -> None:
    resource, name = sdk.resource(aclient)
    create = getattr(resource, name)
    recorder.instrument(sdk.instrumentor())
    await create(model=sdk.model, messages=HELLO)
    assert recorder.tree() == [sdk.name]


def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    sdk: SDK, recorder: Recorder, client: Any
) -> None:
    request = sdk.seam.request
    for _ in range(2):
        recorder.instrument(sdk.instrumentor())
        sdk.chat(client)
        recorder.uninstrument()
        sdk.chat(client)
    assert recorder.tree() == [sdk.name] * 2
    assert sdk.seam.request is request


def test_instrumenting_twice_is_one_span(sdk: SDK, traced: Recorder, client: Any) -> None:
    traced.instrument(sdk.instrumentor())
    sdk.chat(client)
    assert traced.tree() == [sdk.name]


def test_signatures_stay_as_they_are(sdk: SDK, recorder: Recorder) -> None:
    before = inspect.signature(sdk.seam.request)
    recorder.instrument(sdk.instrumentor())
    assert inspect.signature(sdk.seam.request) == before


def test_suppressed_calls_are_not_traced(sdk: SDK, traced: Recorder, client: Any) -> None:
    with suppress_instrumentation():
        sdk.chat(client)
    assert traced.tree() == []


def test_what_was_given_is_the_same_afterwards(sdk: SDK, both: Recorder, client: Any) -> None:
    given: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "extra_body": {"custom": {"deep": [1, 2]}},
        "extra_headers": {"x-custom": "1"},
        "stop": ["END"],
    }
    before = copy.deepcopy(given)
    sdk.chat(client, **given)
    list(sdk.chat(client, **given, stream=True))
    assert given == before


def test_what_is_sent_is_what_the_sdk_alone_sends(
    sdk: SDK, both: Recorder, client: Any, provider: Provider
) -> None:
    for _ in range(2):
        sdk.chat(client)
        list(sdk.chat(client, stream=True))
        both.uninstrument()
    posts = [each for each in provider.requests if each.method == "POST"]
    known = [
        (
            each.path,
            {k: v for k, v in each.headers.items() if k not in ("idempotency-key", "x-portkey-trace-id")},
            each.raw,
        )
        for each in posts
    ]
    assert known[:2] == known[2:]


def test_messages_of_a_generator_arrive_complete(
    sdk: SDK, both: Recorder, client: Any, provider: Provider
) -> None:
    sdk.chat(client, messages=(message for message in HELLO))
    assert provider.requests[-1].body["messages"] == HELLO
    assert "Hello there" in both.attributes()["gen_ai.input.messages"]


def test_the_span_of_the_http_attempt_is_a_child(sdk: SDK, traced: Recorder, client: Any) -> None:
    traced.instrument(HttpxInstrumentor())
    with traced.tracer_provider.get_tracer("application").start_as_current_span("application"):
        sdk.chat(client)
    assert traced.tree() == ["application", f"  {sdk.name}", "    POST"]


async def test_the_span_of_the_asynchronous_http_attempt_is_a_child(
    sdk: SDK, traced: Recorder, aclient: Any
) -> None:
    traced.instrument(HttpxInstrumentor())
    assert [chunk async for chunk in await sdk.chat(aclient, stream=True)]
    assert traced.tree() == [sdk.name, "  POST"]


def test_a_client_of_a_known_host_names_its_provider(
    sdk: SDK, traced: Recorder, making: Callable[..., Any]
) -> None:
    """One SDK talks to whoever speaks its protocol: the host tells, not the class."""
    client = making(base_url="https://api.deepseek.com", timeout=0.01)
    found = sdk.instrumentor().endpoints(None).server(getattr(client, "openai_client", client))
    client.close()
    assert (found.provider, found.address, found.port) == ("deepseek", "api.deepseek.com", 443)
    assert json.dumps(traced.tree()) == "[]"
