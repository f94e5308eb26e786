# SPDX-License-Identifier: Apache-2.0
"""The clients for Bedrock, Vertex and Foundry: the platform is the provider, the model is what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from dirty_equals import IsPartialDict

from asking import HELLO

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED: dict[str, Any] = {"max_tokens": 64, "messages": HELLO}
KEYS = {"aws_access_key": "test", "aws_secret_key": "test", "aws_region": "us-east-1"}
VERTEX = {"region": "us-east5", "project_id": "test", "access_token": "test"}


def bedrock(url: str, kind: str = "") -> Any:
    return getattr(anthropic, f"{kind}AnthropicBedrock")(base_url=url, max_retries=0, **KEYS)


def vertex(url: str, kind: str = "") -> Any:
    return getattr(anthropic, f"{kind}AnthropicVertex")(base_url=f"{url}/v1", max_retries=0, **VERTEX)


def foundry(url: str, kind: str = "") -> Any:
    made = getattr(anthropic, f"{kind}AnthropicFoundry")
    return made(base_url=f"{url}/anthropic", api_key="test", max_retries=0)


PLATFORMS = [
    (bedrock, "anthropic.claude-haiku-4-5-20251001-v1:0", "aws.bedrock"),
    (vertex, "claude-haiku-4-5@20251001", "gcp.vertex_ai"),
    (foundry, "claude-haiku-4-5", "azure.ai.inference"),
]


def told(model: str, platform: str, **more: Any) -> Any:
    return IsPartialDict(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": platform,
            "server.address": "127.0.0.1",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 27,
            **more,
        }
    )


@pytest.mark.parametrize(("make", "model", "platform"), PLATFORMS)
def test_a_message(traced: Recorder, provider: Provider, make: Any, model: str, platform: str) -> None:
    with make(provider.url) as client:
        client.messages.create(model=model, **ASKED)
    assert traced.attributes(f"chat {model}") == told(model, platform)


@pytest.mark.parametrize(("make", "model", "platform"), PLATFORMS)
def test_a_stream(traced: Recorder, provider: Provider, make: Any, model: str, platform: str) -> None:
    with make(provider.url) as client:
        assert list(client.messages.create(model=model, **ASKED, stream=True))
    assert traced.attributes() == told(model, platform, **{"gen_ai.request.stream": True})


@pytest.mark.parametrize(("make", "model", "platform"), PLATFORMS)
async def test_an_asynchronous_helper(
    traced: Recorder, provider: Provider, make: Any, model: str, platform: str
) -> None:
    async with make(provider.url, "Async") as client:
        if not hasattr(client.messages, "stream"):
            pytest.skip("this version has no helper there")
        async with client.messages.stream(model=model, **ASKED) as stream:
            assert (await stream.get_final_message()).content
    assert traced.attributes() == told(model, platform, **{"gen_ai.request.stream": True})


@pytest.mark.parametrize(("make", "model", "platform"), PLATFORMS)
def test_an_error(traced: Recorder, provider: Provider, make: Any, model: str, platform: str) -> None:
    with make(provider.url) as client, pytest.raises(anthropic.RateLimitError):
        client.messages.create(model="error:429", **ASKED)
    assert traced.attributes()["error.type"] == "anthropic.RateLimitError"


def test_content_of_a_body_whose_model_moves_into_the_path(shown: Recorder, provider: Provider) -> None:
    with bedrock(provider.url) as client:
        client.messages.create(model="claude", **ASKED)
    assert "Hello there" in shown.attributes()["gen_ai.input.messages"]
    assert "model" not in provider.requests[0].body


def test_the_provider_is_told_by_the_client_that_makes_the_call(traced: Recorder, provider: Provider) -> None:
    """Two clients of one address in turns."""
    with anthropic.Anthropic(base_url=provider.url, api_key="test") as first, bedrock(provider.url) as second:
        first.messages.create(model="m", **ASKED)
        second.messages.create(model="m", **ASKED)
        first.messages.create(model="m", **ASKED)
    names = [(span.attributes or {})["gen_ai.provider.name"] for span in traced.spans]
    assert names == ["anthropic", "aws.bedrock", "anthropic"]
