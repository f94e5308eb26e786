# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the whole span of each.

The cassettes are made again, by the reference provider, in the newest lane's environment, with

    .nox/matrix-botocore-newest/bin/python -m pytest --record-mode=rewrite \
        tests/libraries/botocore/test_botocore_cassettes.py

Then the client reaches the provider as its proxy, so that it asks for the same fixed address as in a replay.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from dirty_equals import IsFloat

from cassette import ADDRESS, SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.vcr
MODEL = "us.amazon.nova-micro-v1:0"
HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
BASE = {
    "gen_ai.provider.name": "aws.bedrock",
    **SERVER,
}
SAID = {
    **BASE,
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": MODEL,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
STREAMED = {**SAID, "gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": IsFloat(gt=0)}
CLAUDE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello there"}],
}


@pytest.fixture
def connect(proxy: str | None) -> Callable[..., Any]:
    """Return what makes a client of the fixed address."""
    proxies = {"http": proxy} if proxy else None
    return lambda service: boto3.client(
        service,
        endpoint_url=ADDRESS,
        config=Config(retries={"total_max_attempts": 1}, proxies=proxies),
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.mark.default_cassette("converse.yaml")
def test_converse(traced: Recorder, client: Any) -> None:
    client.converse(modelId=MODEL, messages=HELLO)
    assert traced.attributes() == SAID


@pytest.mark.default_cassette("converse_stream.yaml")
def test_a_stream(shown: Recorder, client: Any) -> None:
    assert list(client.converse_stream(modelId=MODEL, messages=HELLO)["stream"])
    said = 'You said: \\"Hello there\\" I am a reference model and answer by rule, so take this as a friendly reply.'
    assert shown.attributes() == {
        **STREAMED,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hello there"}]}]',
        "gen_ai.output.messages": (
            f'[{{"role":"assistant","parts":[{{"type":"text","content":"{said}"}}],"finish_reason":"stop"}}]'
        ),
    }


@pytest.mark.default_cassette("invoke_anthropic.yaml")
def test_an_invoked_model(traced: Recorder, client: Any) -> None:
    client.invoke_model(modelId="anthropic.claude-v2", body=json.dumps(CLAUDE))["body"].read()
    assert traced.attributes() == {
        **SAID,
        "gen_ai.request.model": "anthropic.claude-v2",
        "gen_ai.request.max_tokens": 100,
        "gen_ai.response.id": "msg_bdrk_fe5SeclAzAGEvqXfOQTipERf",
        "gen_ai.response.model": "claude-3-5-sonnet-20240620",
    }


@pytest.mark.default_cassette("invoke_stream_llama.yaml")
def test_an_invoked_model_that_streams(traced: Recorder, client: Any) -> None:
    body = json.dumps({"prompt": "Hello there", "max_gen_len": 100})
    model = "meta.llama3-8b-instruct-v1:0"
    assert list(client.invoke_model_with_response_stream(modelId=model, body=body)["body"])
    assert traced.attributes() == {
        **STREAMED,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.request.model": model,
        "gen_ai.request.max_tokens": 100,
    }


@pytest.mark.default_cassette("embeddings.yaml")
def test_an_embedding(traced: Recorder, client: Any) -> None:
    body = json.dumps({"texts": ["Hello there"], "input_type": "search_query"})
    client.invoke_model(modelId="cohere.embed-english-v3", body=body)["body"].read()
    assert traced.attributes() == {
        **BASE,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.request.model": "cohere.embed-english-v3",
        "gen_ai.usage.input_tokens": 9,
    }


@pytest.mark.default_cassette("agent.yaml")
def test_an_agent(traced: Recorder, agents: Any, needs: Callable[..., None]) -> None:
    needs("bedrock-agent-runtime", "OrchestrationModelInvocationOutput", "metadata")
    answer = agents.invoke_agent(
        agentId="AGENT12345",
        agentAliasId="TSTALIASID",
        sessionId="s-1",
        inputText="Hello there",
        enableTrace=True,
    )
    assert list(answer["completion"])
    assert traced.attributes() == {
        **BASE,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.id": "AGENT12345",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


@pytest.mark.default_cassette("retrieve.yaml")
def test_a_search(traced: Recorder, agents: Any) -> None:
    agents.retrieve(knowledgeBaseId="KB12345678", retrievalQuery={"text": "Hello there"})
    assert traced.attributes() == {
        **BASE,
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "KB12345678",
    }


@pytest.mark.default_cassette("error_429.yaml")
def test_a_call_too_many(traced: Recorder, client: Any) -> None:
    with pytest.raises(client.exceptions.ThrottlingException):
        client.converse(modelId="error:429", messages=HELLO)
    assert traced.attributes() == {
        **BASE,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "error:429",
        "error.type": "ThrottlingException",
    }
