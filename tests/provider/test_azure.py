# SPDX-License-Identifier: Apache-2.0
"""The paths, the additions and the errors of Azure, read by its real client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from provider.offers import user

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def test_a_completion_carries_filter_results(provider: Provider, azure: openai.AzureOpenAI) -> None:
    completion: Any = azure.chat.completions.create(model="gpt-4o", messages=user("Hi"))
    assert completion.prompt_filter_results[0]["content_filter_results"]["jailbreak"]["detected"] is False
    assert completion.choices[0].content_filter_results["hate"]["severity"] == "safe"
    assert provider.requests[0].path == "/openai/deployments/gpt-4o/chat/completions"
    assert provider.requests[0].query == {"api-version": "2024-12-01-preview"}
    assert provider.requests[0].deployment == "gpt-4o"


def test_a_stream_opens_with_a_chunk_without_choices(azure: openai.AzureOpenAI) -> None:
    chunks: list[Any] = list(azure.chat.completions.create(model="gpt-4o", messages=user("Hi"), stream=True))
    assert (chunks[0].choices, chunks[0].model, chunks[0].id) == ([], "", "")
    assert chunks[0].prompt_filter_results
    assert chunks[1].choices[0].delta.role == "assistant"


def test_the_deployment_is_told_in_the_headers(azure: openai.AzureOpenAI) -> None:
    raw = azure.chat.completions.with_raw_response.create(model="gpt-4o", messages=user("Hi"))
    assert raw.headers["x-ms-deployment-name"] == "gpt-4o"
    assert raw.headers["x-ms-served-model"] == "gpt-4o-2024-08-06"


def test_embeddings_have_a_deployment_too(azure: openai.AzureOpenAI) -> None:
    assert azure.embeddings.create(model="my-embeddings", input="Hi").model == "my-embeddings"


def test_the_newer_paths_need_no_deployment(provider: Provider) -> None:
    with openai.OpenAI(base_url=f"{provider.url}/openai/v1", api_key="test-key") as client:
        response: Any = client.responses.create(model="gpt-5.5", input="Hi")
    assert [each["source_type"] for each in response.content_filters] == ["prompt", "completion"]


def test_a_wrong_key_and_a_wrong_deployment_are_refused_in_the_words_of_azure(provider: Provider) -> None:
    options: dict[str, Any] = {"azure_endpoint": provider.url, "api_version": "2024-12-01-preview"}
    with openai.AzureOpenAI(**options, api_key="invalid-key") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model="gpt-4o", messages=user("Hi"))
        assert refused.value.code == "401"
    with openai.AzureOpenAI(**options, api_key="test-key") as client:
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(model="error:404", messages=user("Hi"))
        assert missing.value.code == "DeploymentNotFound"
