# SPDX-License-Identifier: Apache-2.0
"""Cohere's models in clouds: the SDK's clients for them rewrite each request in a hook of their HTTP client."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest
from dirty_equals import IsFloat, IsStr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder

pytest.importorskip("boto3")
COUNTS = {"x-amzn-bedrock-input-token-count": "7", "x-amzn-bedrock-output-token-count": "9"}
ANSWER = {"response_id": "r-1", "generation_id": "g-1", "text": "Hello.", "finish_reason": "COMPLETE"}
TOLD = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.request.model": "cohere.command-r-v1:0",
    "gen_ai.response.id": "g-1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 9,
}


def streamed() -> bytes:
    """Return the events of a stream as the SDK finds them in AWS's frames."""
    events: list[dict[str, Any]] = [
        {"event_type": "text-generation", "text": "Hello.", "is_finished": False},
        {"event_type": "stream-end", "finish_reason": "COMPLETE", "is_finished": True, "response": ANSWER},
    ]
    frames = [json.dumps({"bytes": base64.b64encode(json.dumps(each).encode()).decode()}) for each in events]
    return "".join(f"{frame}\n" for frame in frames).encode()


def answer(request: httpx.Request) -> httpx.Response:
    if "stream" in request.url.path:
        kind = {"content-type": "application/vnd.amazon.eventstream"}
        return httpx.Response(200, headers=kind, content=streamed(), request=request)
    return httpx.Response(
        200,
        headers={"content-type": "application/json", **COUNTS},
        content=json.dumps(ANSWER),
        request=request,
    )


def client(service: str) -> cohere.Client:
    """Return what the SDK's own client for that service is, with no network behind it."""
    from cohere.aws_client import get_event_hooks

    hooks = get_event_hooks(
        service=service, aws_access_key="test", aws_secret_key="test", aws_region="us-east-1"
    )
    sender = httpx.Client(event_hooks=hooks, transport=httpx.MockTransport(answer), verify=False)
    return cohere.Client(api_key="n/a", base_url="https://api.cohere.com", httpx_client=sender)


@pytest.fixture
def bedrock(traced: Recorder) -> Iterator[cohere.Client]:
    """Return a client of Bedrock."""
    with client("bedrock") as made:
        yield made


def test_a_call_of_bedrock_is_not_one_of_coheres_own_api(traced: Recorder, bedrock: cohere.Client) -> None:
    """The address of the client is never asked, so no address is told."""
    assert bedrock.chat(model="cohere.command-r-v1:0", message="Hello").text == "Hello."
    assert traced.attributes() == TOLD


def test_a_stream_of_bedrock_is_read_too(traced: Recorder, bedrock: cohere.Client) -> None:
    events = list(bedrock.chat_stream(model="cohere.command-r-v1:0", message="Hello"))
    assert [event.event_type for event in events] == ["text-generation", "stream-end"]
    assert traced.attributes() == {
        **{key: value for key, value in TOLD.items() if "usage" not in key},
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.response.id": IsStr(),
    }


def test_sagemaker_is_told_from_bedrock(traced: Recorder) -> None:
    with client("sagemaker") as made:
        made.chat(model="my-endpoint", message="Hello")
    assert traced.attributes()["gen_ai.provider.name"] == "aws.sagemaker"


def test_the_sdks_own_client_of_bedrock_is_known(traced: Recorder) -> None:
    made = cohere.BedrockClientV2(aws_access_key="test", aws_secret_key="test", aws_region="us-east-1")
    sender: Any = made._client_wrapper.httpx_client.httpx_client
    sender._transport = httpx.MockTransport(
        lambda request: httpx.Response(
            200,
            headers={"content-type": "application/json"},
            content=json.dumps({"id": "1", "results": [{"index": 0, "relevance_score": 0.5}]}),
            request=request,
        )
    )
    with made:
        made.rerank(model="cohere.rerank-v3-5:0", query="a", documents=["a"])
    assert traced.attributes() == {
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "cohere.rerank-v3-5:0",
    }


def test_a_hook_of_the_application_changes_nothing(
    traced: Recorder, server: dict[str, Any], provider: Any
) -> None:
    with httpx.Client(verify=False, event_hooks={"request": [print_nothing]}) as sender:
        cohere.Client(api_key="test", base_url=provider.url, httpx_client=sender).chat(message="Hello")
    found = traced.attributes()
    assert found["gen_ai.provider.name"] == "cohere"
    assert found["server.address"] == server["server.address"]


def print_nothing(request: httpx.Request) -> None:
    """Stand for a hook of the application."""
