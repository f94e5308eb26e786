# SPDX-License-Identifier: Apache-2.0
"""When and what is patched, the way back, and that the application's own objects stay as they are."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import xai_sdk
from opentelemetry.instrumentation.utils import suppress_instrumentation
from xai_sdk.aio.chat import Chat as AsyncChat
from xai_sdk.chat import user
from xai_sdk.sync.chat import Chat

from spanwright.instrumentors.xai_sdk import XaiInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from wires.xai import Xai

ASKED: dict[str, Any] = {"model": "grok-4", "messages": [user("Hello")]}
CALL = ["chat grok-4"]


def test_chats_made_before_are_traced_without_a_server(recorder: Recorder, client: xai_sdk.Client) -> None:
    """Where a client asks is known of those alone that are made while we are there."""
    chat = client.chat.create(**ASKED)
    recorder.instrument(XaiInstrumentor())
    chat.sample()
    assert recorder.tree() == CALL
    found = recorder.attributes()
    assert found["gen_ai.provider.name"] == "x_ai"
    assert "server.address" not in found


def test_the_providers_own_host_is_known(traced: Recorder) -> None:
    from spanwright.instrumentors.xai_sdk.servers import Hosts

    hosts = Hosts()
    made = xai_sdk.Client(api_key="test")
    hosts._remember(made)
    found = hosts.of(made.chat._stub)
    assert (found.address, found.port, found.provider) == ("api.x.ai", 443, "x_ai")


def test_a_target_may_name_its_resolver(traced: Recorder, provider: Xai) -> None:
    from spanwright.instrumentors.xai_sdk.servers import Hosts

    hosts = Hosts()
    made = xai_sdk.Client(api_key="test", api_host=provider.host)
    hosts._remember(made, api_host="dns:///proxy.test:8443")
    assert (hosts.of(made.chat._stub).address, hosts.of(made.chat._stub).port) == ("proxy.test", 8443)


def test_uninstrumented_calls_are_not_traced(traced: Recorder, client: xai_sdk.Client) -> None:
    traced.uninstrument()
    client.chat.create(**ASKED).sample()
    assert traced.tree() == []


def test_it_can_be_instrumented_again(traced: Recorder, client: xai_sdk.Client) -> None:
    traced.uninstrument()
    traced.instrument(XaiInstrumentor())
    client.chat.create(**ASKED).sample()
    assert traced.tree() == CALL


def test_the_methods_are_the_sdks_own_again(recorder: Recorder) -> None:
    before = [vars(kind)[name] for kind in (Chat, AsyncChat) for name in ("sample", "stream", "parse")]
    recorder.instrument(XaiInstrumentor())
    recorder.uninstrument()
    after = [vars(kind)[name] for kind in (Chat, AsyncChat) for name in ("sample", "stream", "parse")]
    assert after == before


def test_signatures_and_kinds_stay(recorder: Recorder) -> None:
    before = [inspect.signature(kind.parse) for kind in (Chat, AsyncChat)]
    recorder.instrument(XaiInstrumentor())
    assert [inspect.signature(kind.parse) for kind in (Chat, AsyncChat)] == before
    assert inspect.isgeneratorfunction(Chat.stream)
    assert inspect.iscoroutinefunction(AsyncChat.sample)
    assert inspect.isasyncgenfunction(AsyncChat.stream)


def test_suppressed_calls_are_not_traced(traced: Recorder, client: xai_sdk.Client) -> None:
    with suppress_instrumentation():
        client.chat.create(**ASKED).sample()
        list(client.chat.create(**ASKED).stream())
    assert traced.tree() == []


def test_spans_nest_in_the_applications_own(traced: Recorder, client: xai_sdk.Client) -> None:
    with traced.tracer_provider.get_tracer("app").start_as_current_span("ask"):
        client.chat.create(**ASKED).sample()
    assert traced.tree() == ["ask", "  chat grok-4"]


def test_nothing_is_kept_on_the_sdks_objects(traced: Recorder, client: xai_sdk.Client) -> None:
    chat = client.chat.create(**ASKED)
    before = [set(vars(each)) for each in (client, client.chat, chat)]
    response = chat.sample()
    assert [set(vars(each)) for each in (client, client.chat, chat)] == before
    assert not [name for name in vars(response) if "span" in name]
