# SPDX-License-Identifier: Apache-2.0
"""The Google Gen AI SDK instrumented, and the real clients that ask the reference provider."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google import genai
from google.auth.credentials import AnonymousCredentials
from google.genai import _api_client, types

from lacking import ERRORS, lacking
from spanwright.console.provider import Provider, Wire
from wires.gemini import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


_HERE = Path(__file__).parent
MAJOR = int(genai.__version__.partition(".")[0])

# How an older version of the SDK says that it has no such resource, method, argument or model yet.
pytest_runtest_call = lacking(
    "google-genai",
    "3",
    r"object has no attribute|unexpected keyword argument|has no attribute '|Extra inputs are not permitted",
    (*ERRORS, ValueError),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let older versions of the SDK use newer ones of their dependencies as they must not."""
    for item in items:
        if MAJOR < 3 and item.path.parent == _HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore:Pydantic serializer:UserWarning"))


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of this machine choose the backend."""
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


@pytest.fixture
async def build(provider: Provider) -> AsyncIterator[Callable[..., genai.Client]]:
    """Return what builds a client that asks the reference provider."""
    made: list[genai.Client] = []

    def built(*, options: dict[str, Any] | None = None, **told: Any) -> genai.Client:
        told.setdefault("api_key", "test")
        client = genai.Client(**told, http_options=types.HttpOptions(base_url=provider.url, **options or {}))
        made.append(client)
        return client

    yield built
    for client in made:
        if hasattr(client, "close"):
            client.close()
        if hasattr(client.aio, "aclose"):
            await client.aio.aclose()


@pytest.fixture
def client(build: Callable[..., genai.Client]) -> genai.Client:
    """Return a client of the Gemini API."""
    return build(options=plain())


@pytest.fixture
def vertex(build: Callable[..., genai.Client]) -> genai.Client:
    """Return a client of Vertex AI, by a key."""
    client = build(options=plain(), vertexai=True)
    if hasattr(_api_client, "ApiClient"):
        # The first versions look for credentials, which a key makes needless.
        client._api_client._credentials = AnonymousCredentials()
    return client


def plain() -> dict[str, Any]:
    """Return options that keep the asynchronous half on the HTTP library of the synchronous one."""
    # Retries would make refused calls slow.
    once = {"retry_options": types.HttpRetryOptions(attempts=1)} if hasattr(types, "HttpRetryOptions") else {}
    # Where both are installed, the SDK takes httpx.
    http = getattr(_api_client, "httpx", None) or getattr(_api_client, "httpx2", None)
    if http is None or "client_args" not in types.HttpOptions.model_fields:
        return once
    # Reading the authorities' certificates would take most of the time of a test.
    told = {"verify": False}
    return {
        **once,
        "client_args": told,
        "async_client_args": {**told, "transport": http.AsyncHTTPTransport(verify=False)},
    }


@pytest.fixture
def awaits() -> None:
    """Skip with the versions whose asynchronous streams block the loop."""
    if not hasattr(_api_client, "httpx2") and not hasattr(_api_client, "httpx"):
        pytest.skip("this version blocks the loop while it waits for a chunk")
