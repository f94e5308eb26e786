# SPDX-License-Identifier: Apache-2.0
"""The application's own objects: nothing of them is consumed, changed, added to or taken away."""

from __future__ import annotations

import copy
import inspect
import logging
import pickle
from typing import TYPE_CHECKING, Any

import openai
import pytest

from asking import HELLO

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}},
}


def test_messages_of_a_generator_arrive_complete(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """A wrapper that looks at an iterator leaves an empty request to the model."""
    given: Any = (message for message in HELLO)
    client.chat.completions.create(model="gpt-4o-mini", messages=given)
    assert provider.requests[0].body["messages"] == HELLO
    assert "Hello there" in shown.attributes()["gen_ai.input.messages"]


def test_tools_of_an_iterator_arrive_complete(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    tools: Any = iter([TOOL])
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, tools=tools)
    assert provider.requests[0].body["tools"] == [TOOL]
    assert "get_time" in shown.attributes()["gen_ai.tool.definitions"]


def test_input_of_an_iterator_is_refused_by_the_sdk_as_without_us(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """Responses take a list; what becomes of an iterator is the SDK's to say."""

    def ask() -> str:
        given: Any = iter(HELLO)
        try:
            client.responses.create(model="gpt-4o-mini", input=given)
        except TypeError as error:
            return str(error)
        return str(provider.requests[-1].body["input"])

    seen = ask()
    shown.uninstrument()
    assert ask() == seen


def test_texts_of_an_iterator_are_all_embedded(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    given: Any = (text for text in ("one", "two"))
    client.embeddings.create(model="text-embedding-3-small", input=given)
    assert provider.requests[0].body["input"] == ["one", "two"]
    assert traced.tree() == ["embeddings text-embedding-3-small"]


async def test_messages_of_a_generator_arrive_complete_asynchronously(
    shown: Recorder, aclient: openai.AsyncOpenAI, provider: Provider
) -> None:
    given: Any = (message for message in HELLO)
    await aclient.chat.completions.create(model="gpt-4o-mini", messages=given)
    assert provider.requests[0].body["messages"] == HELLO


def test_what_was_given_is_the_same_afterwards(shown: Recorder, client: openai.OpenAI) -> None:
    given: dict[str, Any] = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "tools": [TOOL],
        "metadata": {"key": "value"},
        "extra_body": {"custom": {"deep": [1, 2]}},
        "extra_headers": {"x-custom": "1"},
        "stop": ["END"],
    }
    before = copy.deepcopy(given)
    client.chat.completions.create(**given)
    list(client.chat.completions.create(**given, stream=True))
    assert given == before


def test_what_is_sent_is_what_the_sdk_alone_sends(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    given: Any = {"model": "gpt-4o-mini", "messages": HELLO, "extra_headers": {"x-custom": "1"}}
    client.chat.completions.create(**given)
    list(client.chat.completions.create(**given, stream=True))
    shown.uninstrument()
    client.chat.completions.create(**given)
    list(client.chat.completions.create(**given, stream=True))
    whole, streamed, bare, bare_streamed = provider.requests

    def known(request: Any) -> Any:
        headers = {key: each for key, each in request.headers.items() if key != "idempotency-key"}
        return request.method, request.path, request.query, headers, request.raw

    assert known(whole) == known(bare)
    assert known(streamed) == known(bare_streamed)


def test_history_that_the_application_changes_while_it_streams_is_told_as_it_was_sent(
    shown: Recorder, client: openai.OpenAI
) -> None:
    messages = copy.deepcopy(HELLO)
    stream = client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True)
    messages[0]["content"] = "something else"
    messages.append({"role": "assistant", "content": "more"})
    assert list(stream)
    assert shown.attributes()["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"Hello there"}]}]'
    )


def test_an_answer_that_the_application_changes_is_told_as_it_came(
    shown: Recorder, client: openai.OpenAI
) -> None:
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    answer.choices[0].message.content = "something else"
    assert "something else" not in shown.everything()


def test_a_model_as_a_message_is_sent_and_told(
    shown: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    first = client.chat.completions.create(model="gpt-4o-mini", messages=HELLO).choices[0].message
    given: Any = [*HELLO, first, {"role": "user", "content": "And then?"}]
    client.chat.completions.create(model="gpt-4o-mini", messages=given)
    assert provider.requests[1].body["messages"][1]["content"] == first.content
    told = dict(shown.spans[1].attributes or {})["gen_ai.input.messages"]
    assert isinstance(told, str)
    assert told.count('"role":"assistant"') == 1


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
def test_signature_name_and_document_of_what_is_patched_are_the_sdks(traced: Recorder, kind: Any) -> None:
    wrapped = kind.request
    signature, name, document = inspect.signature(wrapped), wrapped.__name__, wrapped.__doc__
    is_coroutine = inspect.iscoroutinefunction(wrapped)
    traced.uninstrument()
    bare = kind.request
    assert wrapped is not bare
    assert (signature, name, document) == (inspect.signature(bare), bare.__name__, bare.__doc__)
    assert is_coroutine == inspect.iscoroutinefunction(bare) == (kind is openai.AsyncOpenAI)


def test_methods_of_resources_are_not_touched_at_all(traced: Recorder) -> None:
    from openai.resources.chat.completions import AsyncCompletions, Completions

    assert inspect.isfunction(Completions.create)
    assert inspect.isfunction(AsyncCompletions.create)
    assert not hasattr(Completions.create, "_self_wrapper")


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
def test_methods_are_pickled_and_copied_by_reference(traced: Recorder, kind: Any) -> None:
    """Frameworks that ship functions to other processes pickle such objects."""
    from openai.resources.chat.completions import Completions

    wrapped = kind.request
    for made in (pickle.loads(pickle.dumps(wrapped)), copy.deepcopy(wrapped), copy.copy(wrapped)):
        assert made == wrapped
    assert pickle.loads(pickle.dumps(Completions.create)) is Completions.create


def test_a_method_bound_to_an_object_is_copied_with_its_object(traced: Recorder) -> None:
    """As a plain bound method is: the copy belongs to a copy of the object."""
    stream: Any = openai.Stream.__new__(openai.Stream)
    copied = copy.deepcopy(stream.close)
    assert type(copied.__self__) is openai.Stream
    assert copied.__self__ is not stream
    assert copy.copy(stream.close).__self__ is stream


def test_clients_are_copied_as_the_sdk_copies_them(traced: Recorder, client: openai.OpenAI) -> None:
    client.with_options(timeout=5).chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    client.copy().chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    copy.copy(client).chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert traced.tree() == ["chat gpt-4o-mini"] * 3


def test_nothing_is_printed(
    shown: Recorder, client: openai.OpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that speaks over its standard output must stay readable."""
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    list(client.chat.completions.create(model="odd:no-usage", messages=HELLO, stream=True))
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="error:404", messages=HELLO)
    assert capsys.readouterr() == ("", "")


def test_nothing_is_logged_on_the_good_road(
    shown: Recorder, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="spanwright"):
        client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
        list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert [record for record in caplog.records if record.name.startswith("spanwright")] == []
