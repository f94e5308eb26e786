# SPDX-License-Identifier: Apache-2.0
"""Content generated, whole: the span of each kind of question and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dirty_equals import IsStr
from opentelemetry.trace import SpanKind, StatusCode

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder

MODEL = "gemini-2.0-flash"
ANSWERED = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.model": MODEL,
    "gen_ai.response.id": IsStr(regex=r"\w{22}"),
    "gen_ai.response.finish_reasons": ["stop"],
}


def used(answer: Any) -> dict[str, Any]:
    """Return the token counts of an answer as attributes."""
    told = answer.usage_metadata
    return {
        "gen_ai.usage.input_tokens": told.prompt_token_count,
        "gen_ai.usage.output_tokens": told.candidates_token_count,
        "gen_ai.usage.text.input_tokens": told.prompt_token_count,
        "gen_ai.usage.text.output_tokens": told.candidates_token_count,
    }


def test_a_call_is_one_client_span_with_all_it_is_known_by(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    answer = client.models.generate_content(model=MODEL, contents="Hello there")
    span = traced.one()
    assert (span.name, span.kind, span.status.status_code) == (
        f"generate_content {MODEL}",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


async def test_an_awaited_call_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    answer = await client.aio.models.generate_content(model=MODEL, contents="Hello there")
    assert traced.attributes() == {**ANSWERED, **server, **used(answer)}


def test_a_stream_tells_the_same_and_when_it_began(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    *_, last = client.models.generate_content_stream(model=MODEL, contents="Hello there")
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {**ANSWERED, **server, **used(last), "gen_ai.request.stream": True}


async def test_an_asynchronous_stream_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    chunks = [
        each
        async for each in await client.aio.models.generate_content_stream(model=MODEL, contents="Hello there")
    ]
    found = traced.attributes()
    assert found.pop("gen_ai.response.time_to_first_chunk") > 0
    assert found == {**ANSWERED, **server, **used(chunks[-1]), "gen_ai.request.stream": True}
