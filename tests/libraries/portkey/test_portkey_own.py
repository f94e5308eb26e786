# SPDX-License-Identifier: Apache-2.0
"""What Portkey has of its own: stored prompts, the provider behind the gateway, and all of OpenAI's API."""

from __future__ import annotations

import contextlib
import gc
import json
from typing import TYPE_CHECKING, Any

import portkey_ai
import pytest
from dirty_equals import IsFloat, IsStr

from asking import used
from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

ASK: dict[str, Any] = {"prompt_id": "pp-hello", "variables": {"name": "SECRET"}}
PROMPTED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.prompt.name": "pp-hello",
    "gen_ai.provider.name": "portkey",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.id": IsStr(),
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
}


def test_a_stored_prompt_is_a_chat_by_its_name(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    answer = client.prompts.completions.create(**ASK)
    assert traced.attributes() == {**PROMPTED, **server, **used(answer)}
    assert "SECRET" not in traced.everything()


async def test_an_awaited_prompt_tells_the_same(
    traced: Recorder, aclient: Any, server: dict[str, Any]
) -> None:
    answer = await aclient.prompts.completions.create(**ASK)
    assert traced.attributes() == {**PROMPTED, **server, **used(answer)}


def test_a_streamed_prompt_ends_with_its_stream(
    traced: Recorder, client: Any, server: dict[str, Any]
) -> None:
    stream = client.prompts.completions.create(**ASK, stream=True)
    assert type(stream).__module__ == "portkey_ai.api_resources.streaming"
    assert list(stream)
    assert traced.attributes() == {
        **PROMPTED,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


async def test_an_asynchronously_streamed_prompt_ends_with_its_stream(traced: Recorder, aclient: Any) -> None:
    assert [chunk async for chunk in await aclient.prompts.completions.create(**ASK, stream=True)]
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


@pytest.mark.parametrize("leave", ["close", "drop"])
def test_a_streamed_prompt_left_early_ends_its_span_once(traced: Recorder, client: Any, leave: str) -> None:
    stream = client.prompts.completions.create(**ASK, stream=True)
    next(stream)
    if leave == "close":
        stream.close()
    else:
        del stream
        gc.collect()
    assert traced.tree() == ["chat"]
    assert "error.type" not in traced.attributes()


def test_a_refused_prompt_has_the_class_of_its_error(
    traced: Recorder, client: Any, provider: Provider
) -> None:
    provider.say(Reply(error=404))
    with pytest.raises(Exception) as raised:
        client.prompts.completions.create(**ASK)
    kind = type(raised.value)
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_the_answer_to_a_prompt_is_told_when_asked_for(shown: Recorder, client: Any) -> None:
    answer = client.prompts.completions.create(**ASK)
    (told,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert told["parts"] == [{"type": "text", "content": answer.choices[0].message.content}]


def test_a_retried_prompt_is_one_call(traced: Recorder, client: Any, provider: Provider) -> None:
    """How often the SDK tries again differs from version to version."""
    provider.say(Reply(error=500))
    with contextlib.suppress(Exception):
        client.prompts.completions.create(**ASK)
    assert len(provider.requests) > 1
    assert traced.tree() == ["chat"]


def test_other_requests_of_the_sdks_own_client_are_not_traced(traced: Recorder, client: Any) -> None:
    with pytest.raises(Exception):
        client.feedback.create(trace_id="t", value=1)
    assert traced.tree() == []


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("groq", "groq"),
        ("mistral-ai", "mistral_ai"),
        ("vertex-ai", "gcp.vertex_ai"),
        ("@my-openai", "portkey"),
        ("something-new", "portkey"),
    ],
)
def test_the_provider_behind_the_gateway_is_told_where_the_client_says_so(
    traced: Recorder, making: Callable[..., Any], told: str, name: str
) -> None:
    with making(provider=told) as client:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hello"}])
        client.prompts.completions.create(**ASK)
    assert [(span.attributes or {})["gen_ai.provider.name"] for span in traced.spans] == [name, name]


def test_openais_own_conventions_hold_behind_the_gateway(
    traced: Recorder, making: Callable[..., Any]
) -> None:
    with making(provider="openai") as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])
    assert traced.attributes()["openai.api.type"] == "chat_completions"


def test_the_rest_of_openais_api_is_traced_too(traced: Recorder, client: Any) -> None:
    client.embeddings.create(model="text-embedding-3-small", input="Hello there")
    client.completions.create(model="gpt-3.5-turbo-instruct", prompt="Hello there")
    client.moderations.create(model="omni-moderation-latest", input="Hello there")
    client.images.generate(model="gpt-image-1", prompt="A cat")
    assert traced.tree() == [
        "embeddings text-embedding-3-small",
        "text_completion gpt-3.5-turbo-instruct",
        "moderation omni-moderation-latest",
        "generate_content gpt-image-1",
    ]


def test_a_response_is_a_chat(traced: Recorder, client: Any) -> None:
    answer = client.responses.create(model="gpt-4o-mini", input="Hello there")
    assert traced.attributes()["gen_ai.response.id"] == answer.id


def test_administration_is_not_traced(traced: Recorder, client: Any) -> None:
    assert client.models.list().data
    assert traced.tree() == []
    assert portkey_ai.Portkey.__name__ == "Portkey"
