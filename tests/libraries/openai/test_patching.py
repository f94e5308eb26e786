# SPDX-License-Identifier: Apache-2.0
"""When and what is patched: clients and methods made before, subclasses, and the way back."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO
from harness import Recorder
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO}


def test_a_client_made_before_is_traced(recorder: Recorder, client: openai.OpenAI) -> None:
    completions = client.chat.completions
    recorder.instrument(OpenAIInstrumentor())
    completions.create(**ASK)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_a_bound_method_saved_before_is_traced(recorder: Recorder, client: openai.OpenAI) -> None:
    create, raw = client.chat.completions.create, client.chat.completions.with_raw_response.create
    recorder.instrument(OpenAIInstrumentor())
    create(**ASK)
    raw(**ASK)
    assert recorder.tree() == ["chat gpt-4o-mini", "chat gpt-4o-mini"]


async def test_an_asynchronous_bound_method_saved_before_is_traced(
    recorder: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    create = aclient.chat.completions.create
    recorder.instrument(OpenAIInstrumentor())
    await create(**ASK)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_a_stream_opened_before_is_left_alone(recorder: Recorder, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    recorder.instrument(OpenAIInstrumentor())
    assert list(stream)
    stream.close()
    assert recorder.tree() == []


def test_the_modules_own_client_is_traced(
    traced: Recorder, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "base_url", f"{provider.base_url}/")
    monkeypatch.setattr(openai, "api_key", "test")
    openai.chat.completions.create(**ASK)
    openai._reset_client()
    gc.collect()
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_subclass_that_overrides_the_request_is_one_call(traced: Recorder, provider: Provider) -> None:
    calls: list[str] = []

    class Gateway(openai.OpenAI):
        """An application's own client."""

        def request(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("request")
            return super().request(*args, **kwargs)

    with Gateway(base_url=provider.base_url, api_key="test") as client:
        client.chat.completions.create(**ASK)
    assert calls == ["request"]
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_a_subclass_that_asks_twice_is_two_calls(traced: Recorder, provider: Provider) -> None:
    class Fallback(openai.OpenAI):
        """Asks another model when the first one fails."""

        def request(self, cast_to: Any, options: Any, **kwargs: Any) -> Any:
            try:
                return super().request(cast_to, options, **kwargs)
            except openai.InternalServerError:
                options.json_data["model"] = "gpt-4o-mini"
                return super().request(cast_to, options, **kwargs)

    with Fallback(base_url=provider.base_url, api_key="test", max_retries=0) as client:
        client.chat.completions.create(model="error:500", messages=HELLO)
    assert traced.tree() == ["chat error:500", "chat gpt-4o-mini"]


async def test_an_asynchronous_subclass_is_one_call(traced: Recorder, provider: Provider) -> None:
    class Gateway(openai.AsyncOpenAI):
        """An application's own client."""

        async def request(self, *args: Any, **kwargs: Any) -> Any:
            return await super().request(*args, **kwargs)

    async with Gateway(base_url=provider.base_url, api_key="test") as client:
        await client.chat.completions.create(**ASK)
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_instrumenting_twice_is_one_span(recorder: Recorder, client: openai.OpenAI) -> None:
    """As when the cell of a notebook runs again."""
    recorder.instrument(OpenAIInstrumentor(), OpenAIInstrumentor())
    OpenAIInstrumentor().instrument(**recorder.providers)
    client.chat.completions.create(**ASK)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_uninstrumenting_silences_and_instrumenting_again_gives_one_span(
    recorder: Recorder, client: openai.OpenAI
) -> None:
    instrumentor = OpenAIInstrumentor()
    recorder.instrument(instrumentor)
    create, request = client.chat.completions.create, client.request
    recorder.uninstrument()
    create(**ASK)
    request(dict[str, Any], _options(ASK))
    assert recorder.tree() == []
    recorder.instrument(instrumentor)
    create(**ASK)
    assert recorder.tree() == ["chat gpt-4o-mini"]


def _options(body: Any) -> Any:
    from openai._models import FinalRequestOptions

    return FinalRequestOptions.construct(method="post", url="/chat/completions", json_data=body)


def test_uninstrumenting_puts_back_what_was_there() -> None:
    names = [
        (openai.OpenAI, "request"),
        (openai.AsyncOpenAI, "request"),
        (openai.Stream, "close"),
        (openai.AsyncStream, "close"),
    ]
    before = [(name in vars(kind), vars(kind).get(name)) for kind, name in names]
    instrumentor = OpenAIInstrumentor()
    for _ in range(2):
        instrumentor.instrument()
        instrumentor.uninstrument()
    instrumentor.uninstrument()
    assert [(name in vars(kind), vars(kind).get(name)) for kind, name in names] == before


def test_what_somebody_else_has_patched_since_stays(
    recorder: Recorder, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.instrument(OpenAIInstrumentor())
    ours = openai.OpenAI.request
    seen: list[str] = []

    def theirs(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append("theirs")
        return ours(self, *args, **kwargs)

    monkeypatch.setattr(openai.OpenAI, "request", theirs)
    recorder.uninstrument()
    client.chat.completions.create(**ASK)
    assert (seen, recorder.tree()) == (["theirs"], [])
    monkeypatch.undo()
    # Ours, silent by now, was left under theirs; it goes with it.
    del openai.OpenAI.request
    client.chat.completions.create(**ASK)
    assert recorder.tree() == []


def test_a_stream_in_flight_while_uninstrumenting_still_ends_its_span(
    traced: Recorder, client: openai.OpenAI
) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    traced.uninstrument()
    assert list(stream)
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.mark.parametrize("ask", ["chat", "responses", "embeddings", "completions"])
def test_nothing_of_any_endpoint_is_told_when_off(
    recorder: Recorder, client: openai.OpenAI, ask: str
) -> None:
    recorder.instrument(OpenAIInstrumentor())
    recorder.uninstrument()
    if ask == "chat":
        list(client.chat.completions.create(**ASK, stream=True))
    elif ask == "responses":
        client.responses.create(model="gpt-4o-mini", input="Hello there")
    elif ask == "embeddings":
        client.embeddings.create(model="text-embedding-3-small", input="Hello there")
    else:
        client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Hello there")
    assert (recorder.tree(), recorder.points(), recorder.logs) == ([], [], [])


def test_nothing_of_a_call_is_held_after_it(traced: Recorder, client: openai.OpenAI) -> None:
    """A registry of responses once took 17 KB a turn until the process died."""
    from spanwright.instrumentors._kernel import ending

    for _ in range(3):
        client.chat.completions.create(**ASK)
        list(client.chat.completions.create(**ASK, stream=True))
        client.responses.create(model="gpt-4o-mini", input="Hello there")
        client.chat.completions.with_raw_response.create(**ASK)
    assert ending._open == {}


def test_the_memory_of_calls_does_not_grow(traced: Recorder, client: openai.OpenAI) -> None:
    from spanwright.instrumentors._kernel.operation import Operation

    def alive() -> int:
        gc.collect()
        return sum(issubclass(type(each), Operation) for each in gc.get_objects())

    before = alive()
    for _ in range(5):
        client.responses.create(model="gpt-4o-mini", input="Hello there")
        list(client.chat.completions.create(**ASK, stream=True))
    assert alive() == before
