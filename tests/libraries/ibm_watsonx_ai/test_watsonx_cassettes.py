# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with

    pytest --record-mode=rewrite tests/libraries/ibm_watsonx_ai/test_watsonx_cassettes.py

It then listens at the fixed address that the cassettes name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from ibm_watsonx_ai import APIClient, Credentials
from ibm_watsonx_ai.foundation_models import Embeddings, ModelInference
from ibm_watsonx_ai.wml_client_error import WMLClientError

from cassette import scrub
from spanwright.console.provider import Provider
from wires.watsonx import WIRE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
PORT = 18447
GRANITE = "ibm/granite-3-3-8b-instruct"
HELLO: list[Any] = [{"role": "user", "content": "Hello there"}]
CALLED = {"gen_ai.provider.name": "ibm.watsonx.ai", "server.address": "127.0.0.1", "server.port": PORT}
COUNTED = {
    **CALLED,
    "gen_ai.request.model": GRANITE,
    "gen_ai.response.model": GRANITE,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
CHAT = {**COUNTED, "gen_ai.operation.name": "chat", "gen_ai.response.id": IsStr(regex="chatcmpl-.+")}
TEXT = {**COUNTED, "gen_ai.operation.name": "text_completion"}
STREAM = {"gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}


@pytest.fixture
def vcr_config() -> dict[str, Any]:
    """Return how requests are matched and what is kept of them."""
    return {
        # Versions of the SDK differ in the date that they ask for and in how they write the body.
        "match_on": ["method", "scheme", "host", "port", "path"],
        "before_record_request": scrub,
        "before_record_response": scrub,
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    """Return the folder of this library's cassettes."""
    return str(Path(__file__).parents[2] / "cassettes" / "ibm_watsonx_ai")


@pytest.fixture
def fixed(record_mode: str) -> Iterator[APIClient]:
    """Return a client of the fixed address, where a provider listens while recording."""
    url = f"http://127.0.0.1:{PORT}"
    client = APIClient(Credentials(url="https://us-south.ml.cloud.ibm.com", token="test"))
    client.credentials.url = client._href_definitions.url = url  # noqa: SLF001 - it keeps the address twice
    if record_mode == "none":
        yield client
    else:
        with Provider(wires=[WIRE], port=PORT):
            yield client
    client.httpx_client.close()


def asked(client: APIClient, name: str = GRANITE) -> ModelInference:
    return ModelInference(model_id=name, api_client=client, validate=False, max_retries=0, delay_time=0)


@pytest.mark.default_cassette("chat.yaml")
def test_chat(traced: Recorder, fixed: APIClient) -> None:
    asked(fixed).chat(messages=HELLO)
    assert traced.attributes() == CHAT


@pytest.mark.default_cassette("chat_stream.yaml")
def test_chat_stream(traced: Recorder, fixed: APIClient) -> None:
    list(asked(fixed).chat_stream(messages=HELLO))
    assert traced.attributes() == {**CHAT, **STREAM}


@pytest.mark.default_cassette("generation.yaml")
def test_generation(traced: Recorder, fixed: APIClient) -> None:
    asked(fixed).generate_text("Hello there")
    assert traced.attributes() == TEXT


@pytest.mark.default_cassette("generation_stream.yaml")
def test_generation_stream(traced: Recorder, fixed: APIClient) -> None:
    list(asked(fixed).generate_text_stream("Hello there"))
    assert traced.attributes() == {**TEXT, **STREAM}


@pytest.mark.default_cassette("embeddings.yaml")
def test_embeddings(traced: Recorder, fixed: APIClient) -> None:
    Embeddings(model_id="ibm/slate-125m", api_client=fixed).embed_query("Hello there")
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "ibm/slate-125m",
        "gen_ai.response.model": "ibm/slate-125m",
        "gen_ai.usage.input_tokens": 2,
    }


@pytest.mark.default_cassette("error_404.yaml")
def test_error_404(traced: Recorder, fixed: APIClient) -> None:
    with pytest.raises(WMLClientError):
        asked(fixed, "error:404").chat(messages=HELLO)
    assert traced.attributes() == {
        **CALLED,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "error:404",
        "error.type": IsStr(regex=r"ibm_watsonx_ai\.wml_client_error\..+"),
    }
