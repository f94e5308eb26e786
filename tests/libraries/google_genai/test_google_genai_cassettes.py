# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/google_genai/test_google_genai_cassettes.py

in the newest lane's environment. Then the client reaches the provider as its proxy, so that it asks for the same fixed
address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat
from google import genai
from google.genai import errors, types

from cassette import ADDRESS, LINE, SERVER
from spanwright.console.provider import Provider, Reply
from wires.gemini import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

# The SDK calls interactions experimental at first.
pytestmark = [pytest.mark.vcr, pytest.mark.filterwarnings("ignore:.*xperimental.*")]
MATCH_ON = LINE
MODEL = "gemini-2.0-flash"
CONTENT = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    **SERVER,
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.finish_reasons": ["stop"],
}
HELLO = {
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.text.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
    "gen_ai.usage.text.output_tokens": 27,
}


@pytest.fixture
def taped(record_mode: str) -> Iterator[dict[str, Any]]:
    """Return options of a client that has a provider as its proxy while recording, and none while replaying."""
    address = {"base_url": ADDRESS, "api_version": "v1beta"}
    if record_mode == "none":
        yield address
    else:
        with Provider(wires=[WIRE]) as provider:
            provider.say(Reply(error=429, path="limited:generateContent"))
            yield {**address, "client_args": {"proxy": provider.url}}


@pytest.fixture
def client(taped: dict[str, Any]) -> Iterator[genai.Client]:
    """Return a client of the fixed address."""
    made = genai.Client(api_key="test", http_options=types.HttpOptions(**taped))
    yield made
    if hasattr(made, "close"):
        made.close()


@pytest.fixture
def vertex(taped: dict[str, Any]) -> Iterator[genai.Client]:
    """Return one for Vertex AI."""
    made = genai.Client(vertexai=True, api_key="test", http_options=types.HttpOptions(**taped))
    yield made
    if hasattr(made, "close"):
        made.close()


def get_weather(city):
    """Tell the weather in a city."""
    return f"mild in {city}"


get_weather.__annotations__ = {"city": str, "return": str}


@pytest.mark.default_cassette("generate.yaml")
def test_content(traced: Recorder, client: genai.Client) -> None:
    client.models.generate_content(model=MODEL, contents="Hello there")
    assert traced.attributes() == {**CONTENT, **HELLO, "gen_ai.response.id": "tv95Ejpep9CjMfckx1Pqv5"}


@pytest.mark.default_cassette("stream.yaml")
def test_a_stream_of_content(traced: Recorder, client: genai.Client) -> None:
    list(client.models.generate_content_stream(model=MODEL, contents="Hello there"))
    assert traced.attributes() == {
        **CONTENT,
        **HELLO,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.id": "TG4hu2JEjvTwoCjAVDEzCW",
    }


@pytest.mark.default_cassette("vertex_stream.yaml")
def test_a_stream_of_vertex(traced: Recorder, vertex: genai.Client) -> None:
    list(vertex.models.generate_content_stream(model=MODEL, contents="Hello there"))
    assert traced.attributes() == {
        **CONTENT,
        **HELLO,
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.id": "RjSY2E4PwZy6I17rBJuel7",
    }


@pytest.mark.default_cassette("tools.yaml")
def test_a_loop_of_tools(traced: Recorder, client: genai.Client) -> None:
    config = types.GenerateContentConfig(tools=[get_weather])
    client.models.generate_content(model=MODEL, contents="What is the weather in Oslo?", config=config)
    assert traced.tree() == [
        f"generate_content {MODEL}",
        "execute_tool get_weather",
        f"generate_content {MODEL}",
    ]


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder, client: genai.Client) -> None:
    client.models.embed_content(model="gemini-embedding-001", contents=["Hello there"])
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-embedding-001",
        **SERVER,
    }


@pytest.mark.default_cassette("error_429.yaml")
def test_a_refused_call(traced: Recorder, client: genai.Client) -> None:
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="limited", contents="Hello there")
    assert traced.one().status.description == "429 RESOURCE_EXHAUSTED"


@pytest.mark.default_cassette("interaction.yaml")
def test_an_interaction(traced: Recorder, client: genai.Client) -> None:
    list(client.interactions.create(model=MODEL, input="Hello there", stream=True))
    assert traced.attributes() == {
        **CONTENT,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.text.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.id": "v1_vIPTqle1OPXerhoEGvv34asA",
    }
