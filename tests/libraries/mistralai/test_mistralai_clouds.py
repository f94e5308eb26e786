# SPDX-License-Identifier: Apache-2.0
"""The clients for Azure and for Google Cloud, each of which is a package of its own within the SDK."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from asking import HELLO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder
    from spanwright.console.provider import Provider

MODEL = "mistral-small-2503"


@pytest.fixture
async def azure(provider: Provider, sdk: Any) -> Any:
    """Return a client for Azure."""
    plain, parallel = sdk.httpx.Client(verify=False), sdk.httpx.AsyncClient(verify=False)
    if sdk.version[0] == 1:
        kind = importlib.import_module("mistralai_azure").MistralAzure
        yield kind(
            azure_api_key="test", azure_endpoint=f"{provider.url}/v1", client=plain, async_client=parallel
        )
    else:
        kind = importlib.import_module("mistralai.azure.client").MistralAzure
        yield kind(api_key="test", server_url=provider.url, client=plain, async_client=parallel)
    plain.close()
    await parallel.aclose()


@pytest.fixture
def google(provider: Provider, sdk: Any) -> Iterator[Any]:
    """Return a client for Google Cloud."""
    if sdk.version[0] == 1:
        pytest.skip("its address cannot be chosen")
    kind = importlib.import_module("mistralai.gcp.client").MistralGCP
    with sdk.httpx.Client(verify=False) as http:
        yield kind(project_id="project", access_token="test", server_url=provider.url, client=http)


def test_azure_is_the_provider_of_its_client(traced: Recorder, azure: Any) -> None:
    azure.chat.complete(model=MODEL, messages=HELLO)
    assert traced.attributes()["gen_ai.provider.name"] == "azure.ai.inference"


async def test_a_stream_from_azure(traced: Recorder, azure: Any) -> None:
    chunks = [each async for each in await azure.chat.stream_async(model=MODEL, messages=HELLO)]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == chunks[-1].data.usage.completion_tokens


def test_an_error_of_azure(traced: Recorder, azure: Any) -> None:
    with pytest.raises(Exception) as raised:
        azure.chat.complete(model="error:429", messages=HELLO)
    assert traced.attributes()["error.type"].endswith(type(raised.value).__qualname__)


def test_google_cloud_is_the_provider_of_its_client(traced: Recorder, google: Any) -> None:
    google.chat.complete(model=MODEL, messages=HELLO)
    assert traced.attributes()["gen_ai.provider.name"] == "gcp.vertex_ai"


def test_a_stream_from_google_cloud(traced: Recorder, google: Any) -> None:
    chunks = list(google.chat.stream(model=MODEL, messages=HELLO))
    assert traced.attributes()["gen_ai.usage.output_tokens"] == chunks[-1].data.usage.completion_tokens


def test_a_gap_that_google_cloud_fills(traced: Recorder, google: Any) -> None:
    google.fim.complete(model="codestral-2501", prompt="def add(")
    assert traced.attributes()["gen_ai.operation.name"] == "text_completion"
