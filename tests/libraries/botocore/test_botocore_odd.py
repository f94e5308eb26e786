# SPDX-License-Identifier: Apache-2.0
"""Odd answers and odd requests: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import recording
from spanwright.console.provider import Provider, Wire
from spanwright.console.provider.request import Answer
from spanwright.instrumentors.botocore import BotocoreInstrumentor
from wires.frames import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

HELLO: list[Any] = [{"role": "user", "content": [{"text": "Hello there"}]}]
MODELS = (
    "anthropic.claude-v2",
    "amazon.nova-micro-v1:0",
    "amazon.titan-text-express-v1",
    "amazon.titan-embed-text-v2:0",
    "meta.llama3-8b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mistral-large-2407-v1:0",
    "cohere.command-r-v1:0",
    "stability.stable-image-core-v1:0",
    "vendor.odd-model-v1",
)
NAMES = st.sampled_from(
    [
        *("output", "message", "content", "text", "toolUse", "stopReason", "usage", "inputTokens", "trace"),
        *("choices", "results", "outputs", "generations", "generation", "completionReason", "finish_reason"),
        *("stop_reason", "type", "delta", "index", "messages", "role", "prompt", "inputText", "id", "meta"),
        *("contentBlockDelta", "contentBlockStart", "contentBlockIndex", "metadata", "messageStop"),
        *("amazon-bedrock-invocationMetrics", "amazon-bedrock-guardrailAction", "retrievalResults"),
        *("sessionId", "toolUseId", "input", "name", "error", "event_type", "response", "data"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("stream-end"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, JSON, max_size=5) | JSON


class Told:
    """What the server is to answer next."""

    answer = Answer()


@pytest.fixture(scope="module")
def odd() -> Iterator[tuple[Told, Any, Any]]:
    """Return the answer to be set, and clients that get it."""
    told = Told()

    def answer(*_: Any) -> Answer:
        return told.answer

    config = Config(retries={"total_max_attempts": 1})
    keys = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with Provider(wires=[Wire((("POST", ".*", answer),), refuse=answer)]) as provider:
        models = boto3.client("bedrock-runtime", endpoint_url=provider.url, config=config, **keys)
        agents = boto3.client("bedrock-agent-runtime", endpoint_url=provider.url, config=config, **keys)
        yield told, models, agents
        models.close()
        agents.close()


def outcome(method: Any, place: str | None, **asked: Any) -> list[Any]:
    """Return everything that a caller sees: what came, and how it ended."""
    found: list[Any] = []
    try:
        answer = method(**asked)
        metadata = answer.pop("ResponseMetadata")
        metadata["HTTPHeaders"].pop("date", None)
        held = answer.pop(place, None) if place is not None else None
        found += [answer, metadata]
        for piece in held or ():
            found.append(piece)
    except Exception as error:
        found += [type(error).__qualname__, str(error), type(error.__cause__), type(error.__context__)]
    return [repr(each) for each in found]


def compare(told: Told, answer: Answer, method: Any, place: str | None, **asked: Any) -> None:
    """Ask with us and without us, and find no difference but one span."""
    told.answer = answer
    alone = outcome(method, place, **asked)
    with recording() as recorder:
        recorder.instrument(
            BotocoreInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
        )
        assert outcome(method, place, **asked) == alone
        assert len(recorder.spans) == 1


def streamed(payloads: list[bytes], kinds: list[str]) -> Answer:
    """Return an event stream of odd payloads."""
    frames = [
        encoded({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, each)
        for kind, each in zip(kinds, payloads, strict=False)
    ]
    return Answer(b"".join(frames), kind="application/vnd.amazon.eventstream")


ODDLY = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(body=BODIES, model=st.sampled_from(MODELS))
@ODDLY
def test_an_odd_body_is_handed_over(odd: Any, body: Any, model: str) -> None:
    told, models, _ = odd
    asked = json.dumps({"messages": HELLO, "prompt": "Hello there"})
    compare(told, Answer(json.dumps(body).encode()), models.invoke_model, "body", modelId=model, body=asked)


@given(body=BODIES, model=st.sampled_from(MODELS))
@ODDLY
def test_an_odd_request_body_is_sent(odd: Any, body: Any, model: str) -> None:
    told, models, _ = odd
    compare(told, Answer(b"{}"), models.invoke_model, "body", modelId=model, body=json.dumps(body))


@given(bodies=st.lists(BODIES, max_size=4), model=st.sampled_from(MODELS))
@ODDLY
def test_odd_chunks_are_handed_over(odd: Any, bodies: list[Any], model: str) -> None:
    import base64

    told, models, _ = odd
    payloads = [
        json.dumps({"bytes": base64.b64encode(json.dumps(each).encode()).decode()}).encode()
        for each in bodies
    ]
    method = models.invoke_model_with_response_stream
    asked = json.dumps({"messages": HELLO, "prompt": "Hello there"})
    compare(told, streamed(payloads, ["chunk"] * 9), method, "body", modelId=model, body=asked)


@given(body=BODIES)
@ODDLY
def test_an_odd_answer_is_handed_over(odd: Any, body: Any) -> None:
    told, models, _ = odd
    compare(told, Answer(json.dumps(body).encode()), models.converse, None, modelId="m", messages=HELLO)


@given(bodies=st.lists(BODIES, max_size=4), data=st.data())
@ODDLY
def test_odd_events_are_handed_over(odd: Any, bodies: list[Any], data: Any) -> None:
    told, models, _ = odd
    kinds = st.sampled_from(
        ["messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata", "unknown"]
    )
    payloads = [json.dumps(each).encode() for each in bodies]
    answer = streamed(payloads, [data.draw(kinds) for _ in bodies])
    compare(told, answer, models.converse_stream, "stream", modelId="m", messages=HELLO)


@given(bodies=st.lists(BODIES, max_size=4), data=st.data())
@ODDLY
def test_odd_events_of_an_agent_are_handed_over(odd: Any, bodies: list[Any], data: Any) -> None:
    told, _, agents = odd
    kinds = st.sampled_from(["chunk", "trace", "returnControl", "files", "unknown"])
    payloads = [json.dumps(each).encode() for each in bodies]
    asked = {"agentId": "A123", "agentAliasId": "B123", "sessionId": "s-1", "inputText": "Hello there"}
    answer = streamed(payloads, [data.draw(kinds) for _ in bodies])
    compare(told, answer, agents.invoke_agent, "completion", **asked)


@given(body=BODIES)
@ODDLY
def test_odd_documents_are_handed_over(odd: Any, body: Any) -> None:
    told, _, agents = odd
    asked = {"knowledgeBaseId": "KB12345678", "retrievalQuery": {"text": "Hello there"}}
    compare(told, Answer(json.dumps(body).encode()), agents.retrieve, None, **asked)


@pytest.mark.parametrize("body", [b"", b"no JSON", b"<html></html>", b"\xff\xfe", b"[" * 2000])
def test_an_answer_that_is_no_json_is_handed_over(odd: Any, body: bytes) -> None:
    told, models, _ = odd
    compare(told, Answer(body), models.converse, None, modelId="m", messages=HELLO)
    compare(told, Answer(body), models.invoke_model, "body", modelId="m", body=b"{}")


def test_a_broken_frame_is_handed_over(odd: Any) -> None:
    told, models, _ = odd
    answer = streamed([b'{"role":"assistant"}'], ["messageStart"])
    answer.body = answer.body[:-1] + b"\x00"
    compare(told, answer, models.converse_stream, "stream", modelId="m", messages=HELLO)
