# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, with the newest lane's

    pytest --record-mode=rewrite tests/libraries/replicate/test_replicate_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import replicate
from dirty_equals import IsFloat, IsStr
from replicate.exceptions import ReplicateError

from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
ASKED = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "replicate",
    "gen_ai.request.model": "acme/text",
    **SERVER,
}
ANSWERED = {"gen_ai.response.id": IsStr(min_length=26, max_length=26), "gen_ai.response.model": "acme/text"}
ENDED = {
    **ANSWERED,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 1,
    "gen_ai.usage.output_tokens": 4,
}


@pytest.fixture
def client(proxy: str | None, traced: Recorder) -> Iterator[replicate.Client]:
    """Return a client of the fixed address."""
    sender = httpx.HTTPTransport(verify=False, proxy=httpx.Proxy(proxy) if proxy else None)
    found = replicate.Client(api_token="test", base_url=ADDRESS, transport=sender)
    found.poll_interval = 0
    yield found
    found._client.close()


@pytest.mark.default_cassette("run.yaml")
def test_a_run(traced: Recorder, client: replicate.Client) -> None:
    """The oldest version of the SDK finds the prediction ended when it polls, the newest when it has created it."""
    client.run("acme/text", input={"prompt": "robots"})
    assert traced.attributes() == {**ASKED, **ENDED}


@pytest.mark.default_cassette("create.yaml")
def test_a_created_prediction(traced: Recorder, client: replicate.Client) -> None:
    client.models.predictions.create("acme/text", {"prompt": "robots"})
    assert traced.attributes() == {**ASKED, **ANSWERED}


@pytest.mark.default_cassette("stream.yaml")
def test_a_stream(traced: Recorder, client: replicate.Client) -> None:
    list(client.stream("acme/text", input={"prompt": "robots"}))
    assert traced.attributes() == {
        **ASKED,
        **ANSWERED,
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
    }


@pytest.mark.default_cassette("error_404.yaml")
def test_a_model_that_is_not_there(traced: Recorder, client: replicate.Client) -> None:
    with pytest.raises(ReplicateError):
        client.run("error/404", input={"prompt": "robots"})
    assert traced.attributes() == {
        **ASKED,
        "gen_ai.request.model": "error/404",
        "error.type": "replicate.exceptions.ReplicateError",
    }
