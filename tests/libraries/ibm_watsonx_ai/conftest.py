# SPDX-License-Identifier: Apache-2.0
"""IBM's watsonx.ai SDK instrumented, and its real clients that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ibm_watsonx_ai import APIClient, Credentials
from ibm_watsonx_ai.foundation_models import ModelInference

from spanwright.console.provider import Provider
from spanwright.instrumentors.ibm_watsonx_ai import WatsonxInstrumentor
from wires.watsonx import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from harness import Recorder

GRANITE = "ibm/granite-3-3-8b-instruct"


def connect(url: str) -> APIClient:
    """Return the SDK's client of another address: it is made for IBM's alone, or asks which version it has met."""
    client = APIClient(Credentials(url="https://us-south.ml.cloud.ibm.com", token="test"))
    client.credentials.url = client._href_definitions.url = url  # noqa: SLF001 - it keeps the address twice
    client.default_project_id = "test-project"
    return client


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return the reference provider, speaking watsonx.ai's protocol."""
    with Provider(wires=[WIRE]) as provider:
        yield provider


@pytest.fixture
def api(provider: Provider) -> Iterator[APIClient]:
    """Return the client that models ask with."""
    client = connect(provider.url)
    yield client
    client.httpx_client.close()


@pytest.fixture
def model(api: APIClient) -> ModelInference:
    """Return a model that is asked once and never again."""
    return ModelInference(model_id=GRANITE, api_client=api, validate=False, max_retries=0)


@pytest.fixture
async def amodel(model: ModelInference) -> AsyncIterator[ModelInference]:
    """Return the same model, whose asynchronous connections are closed in the loop of their test."""
    yield model
    await model._client.async_httpx_client.aclose()  # noqa: SLF001 - nothing public returns it


@pytest.fixture
def named(api: APIClient) -> Callable[..., ModelInference]:
    """Return what makes models: of a name, or with other settings."""

    def made(name: str | None = GRANITE, **settings: Any) -> ModelInference:
        return ModelInference(
            model_id=name, api_client=api, validate=False, max_retries=0, delay_time=0, **settings
        )

    return made


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content off."""
    recorder.instrument(WatsonxInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with the SDK instrumented, content on spans."""
    recorder.instrument(WatsonxInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    return recorder


@pytest.fixture
def server(provider: Provider) -> dict[str, Any]:
    """Return the attributes that name the reference provider's address."""
    return {"server.address": "127.0.0.1", "server.port": int(provider.url.rpartition(":")[2])}
