# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: each is one step.

The cassettes are made again, by the reference provider, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/instructor/test_instructor_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import instructor
import openai
import pytest
from pydantic import BaseModel

from cassette import ADDRESS, LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE
BASE_URL = f"{ADDRESS}/v1"
# The HTTP library that this version of the SDK is built on.
http: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx


class Trip(BaseModel):
    """What is extracted."""

    city: str
    days: int


ASK: dict[str, Any] = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Plan a trip to Rome for 3 days"}],
    "response_model": Trip,
}


@pytest.fixture
def client(proxy: str | None) -> Iterator[Any]:
    """Return Instructor's client of the fixed address."""
    with openai.OpenAI(
        base_url=BASE_URL, api_key="test", max_retries=0, http_client=http.Client(verify=False, proxy=proxy)
    ) as sdk:
        yield instructor.from_openai(sdk)


@pytest.mark.default_cassette("extraction.yaml")
def test_an_extraction_from_a_cassette(traced: Recorder, client: Any) -> None:
    assert client.chat.completions.create(**ASK).city
    assert traced.tree() == ["extract Trip", "  chat gpt-4o-mini"]


@pytest.mark.default_cassette("partial.yaml")
def test_a_partial_extraction_from_a_cassette(traced: Recorder, client: Any) -> None:
    assert list(client.chat.completions.create_partial(**ASK))[-1].city
    assert [name.replace("Partial", "") for name in traced.tree()] == ["extract Trip", "  chat gpt-4o-mini"]


@pytest.mark.default_cassette("error_500.yaml")
def test_a_failed_extraction_from_a_cassette(traced: Recorder, client: Any) -> None:
    with pytest.raises(Exception) as raised:
        client.chat.completions.create(**{**ASK, "model": "error:500"})
    kind = type(raised.value)
    assert traced.attributes("extract")["error.type"] == f"{kind.__module__}.{kind.__qualname__}"
