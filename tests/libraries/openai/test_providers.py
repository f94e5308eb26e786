# SPDX-License-Identifier: Apache-2.0
"""One client class, many providers: the client that makes the call tells whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest
from dirty_equals import IsStr

from asking import HELLO

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider

ANSWER: dict[str, Any] = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m-1",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
    "service_tier": "default",
    "system_fingerprint": "fp_1",
}


@pytest.fixture
def at(http: Any) -> Callable[..., openai.OpenAI]:
    """Return a maker of clients for an address; their requests are answered within the process."""
    transport = http.MockTransport(lambda _: http.Response(200, json=ANSWER))

    def make(base_url: str) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=base_url, api_key="test", http_client=http.Client(verify=False, transport=transport)
        )

    return make


@pytest.mark.parametrize(
    ("base_url", "provider", "address", "port"),
    [
        ("https://api.openai.com/v1", "openai", "api.openai.com", 443),
        ("https://eu.api.openai.com/v1", "openai", "eu.api.openai.com", 443),
        ("https://api.deepseek.com", "deepseek", "api.deepseek.com", 443),
        ("https://api.groq.com/openai/v1", "groq", "api.groq.com", 443),
        ("https://api.x.ai/v1", "x_ai", "api.x.ai", 443),
        ("https://api.mistral.ai/v1", "mistral_ai", "api.mistral.ai", 443),
        ("https://api.perplexity.ai", "perplexity", "api.perplexity.ai", 443),
        ("https://api.moonshot.ai/v1", "moonshot_ai", "api.moonshot.ai", 443),
        ("https://openrouter.ai/api/v1", "openrouter", "openrouter.ai", 443),
        ("https://api.together.xyz/v1", "together_ai", "api.together.xyz", 443),
        ("https://test.openai.azure.com/openai/v1", "azure.ai.openai", "test.openai.azure.com", 443),
        (
            "https://test.services.ai.azure.com/models",
            "azure.ai.inference",
            "test.services.ai.azure.com",
            443,
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai",
            "gcp.gemini",
            "generativelanguage.googleapis.com",
            443,
        ),
        (
            "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
            "aws.bedrock",
            "bedrock-runtime.us-west-2.amazonaws.com",
            443,
        ),
        ("http://localhost:11434/v1", "openai", "localhost", 11434),
        ("http://gateway.example.com/v1", "openai", "gateway.example.com", 80),
        ("https://gateway.example.com:8443/v1", "openai", "gateway.example.com", 8443),
        ("https://[::1]:8000/v1", "openai", "::1", 8000),
    ],
)
def test_the_host_names_the_provider_and_the_dialect_is_the_default(
    traced: Recorder,
    at: Callable[..., openai.OpenAI],
    base_url: str,
    provider: str,
    address: str,
    port: int,
) -> None:
    at(base_url).chat.completions.create(model="m", messages=HELLO)
    found = traced.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"], found["server.port"]) == (
        provider,
        address,
        port,
    )


def test_what_only_openai_names_stays_with_openai(traced: Recorder, at: Callable[..., openai.OpenAI]) -> None:
    at("https://api.deepseek.com").chat.completions.create(model="m", messages=HELLO, service_tier="flex")
    assert [key for key in traced.attributes() if key.startswith("openai.")] == []


def test_cache_hits_that_are_counted_beside_the_totals_are_told(traced: Recorder, http: Any) -> None:
    """DeepSeek has no details in its usage."""
    usage = {**ANSWER["usage"], "prompt_cache_hit_tokens": 2, "prompt_cache_miss_tokens": 1}
    transport = http.MockTransport(lambda _: http.Response(200, json={**ANSWER, "usage": usage}))
    client = openai.OpenAI(
        base_url="https://api.deepseek.com",
        api_key="test",
        http_client=http.Client(verify=False, transport=transport),
    )
    client.chat.completions.create(model="m", messages=HELLO)
    assert traced.attributes()["gen_ai.usage.cache_read.input_tokens"] == 2


def test_credentials_in_a_base_address_are_told_nowhere(
    traced: Recorder, at: Callable[..., openai.OpenAI]
) -> None:
    at("https://user:hunter2@gateway.example.com/v1?key=hunter3").chat.completions.create(
        model="m", messages=HELLO
    )
    assert "hunter" not in traced.everything()


def test_an_address_changed_later_is_the_one_that_is_told(
    traced: Recorder, at: Callable[..., openai.OpenAI]
) -> None:
    client = at("https://api.openai.com/v1")
    client.chat.completions.create(model="m", messages=HELLO)
    client.base_url = "https://api.deepseek.com"
    client.chat.completions.create(model="m", messages=HELLO)
    client.with_options(base_url="https://api.groq.com/openai/v1").chat.completions.create(
        model="m", messages=HELLO
    )
    found = [(span.attributes or {})["gen_ai.provider.name"] for span in traced.spans]
    assert found == ["openai", "deepseek", "groq"]


def test_an_azure_client_tells_azure(
    traced: Recorder, azure: openai.AzureOpenAI, server: dict[str, Any]
) -> None:
    answer = azure.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert answer.usage is not None
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.id": answer.id,
        "gen_ai.response.model": answer.model,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": answer.usage.prompt_tokens,
        "gen_ai.usage.output_tokens": answer.usage.completion_tokens,
        "openai.api.type": "chat_completions",
        "openai.response.service_tier": "default",
        "openai.response.system_fingerprint": IsStr(regex="fp_.+"),
    }


async def test_an_asynchronous_azure_client_tells_azure(traced: Recorder, provider: Provider) -> None:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=provider.url, api_key="test", api_version="2024-12-01-preview"
    ) as client:
        await client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    assert traced.attributes()["gen_ai.provider.name"] == "azure.ai.openai"


def test_clients_that_take_turns_keep_each_its_own_provider(
    traced: Recorder, azure: openai.AzureOpenAI, client: openai.OpenAI
) -> None:
    """From the client of this very call, not from the one that was built last."""
    for each in (client, azure, client, azure):
        each.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
    found = [(span.attributes or {})["gen_ai.provider.name"] for span in traced.spans]
    assert found == ["openai", "azure.ai.openai", "openai", "azure.ai.openai"]


def test_a_first_chunk_without_choices_or_names_is_passed_over(
    traced: Recorder, azure: openai.AzureOpenAI
) -> None:
    """Azure opens a stream with the filter's results for the prompt."""
    chunks = list(azure.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert (chunks[0].choices, chunks[0].model, chunks[0].id) == ([], "", "")
    found = traced.attributes()
    assert found["gen_ai.response.model"] == "gpt-4o-mini-2024-07-18"
    assert found["gen_ai.response.id"] == chunks[1].id
    assert found["gen_ai.response.finish_reasons"] == ["stop"]


def test_a_prompt_that_azure_refuses_is_an_error_without_the_prompt(
    traced: Recorder, azure: openai.AzureOpenAI
) -> None:
    secret: list[Any] = [{"role": "user", "content": "SECRET question"}]
    with pytest.raises(openai.BadRequestError):
        azure.chat.completions.create(model="odd:azure-content-filter-400", messages=secret)
    assert traced.attributes()["error.type"] == "openai.BadRequestError"
    assert traced.one().status.description == "400 content_filter"
    assert "SECRET" not in traced.everything()


def test_an_azure_embedding_is_azures(traced: Recorder, azure: openai.AzureOpenAI) -> None:
    azure.embeddings.create(model="text-embedding-3-small", input="Hello there")
    found = traced.attributes()
    assert (found["gen_ai.operation.name"], found["gen_ai.provider.name"]) == (
        "embeddings",
        "azure.ai.openai",
    )


def test_the_azure_paths_of_a_plain_client_find_their_operation(traced: Recorder, provider: Provider) -> None:
    with openai.OpenAI(base_url=f"{provider.url}/openai/v1", api_key="test") as client:
        client.responses.create(model="gpt-4o-mini", input="Hello there")
    assert traced.tree() == ["chat gpt-4o-mini"]
