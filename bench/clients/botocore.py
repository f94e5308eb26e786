# SPDX-License-Identifier: Apache-2.0
"""botocore's client of Bedrock; its transport is the hook before a request is sent."""

from __future__ import annotations

import base64
import io
import json
import struct
from binascii import crc32
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from urllib3 import HTTPResponse

from clients import Case
from clients.memory import words
from spanwright.instrumentors.botocore import BotocoreInstrumentor

INSTRUMENTOR = BotocoreInstrumentor
DISTRIBUTIONS = ("botocore",)
_USAGE = {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12}
_CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hello to you."}]}},
    "stopReason": "end_turn",
    "usage": _USAGE,
    "metrics": {"latencyMs": 9},
}
_INVOKED = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Hello to you."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 9, "output_tokens": 3},
}


def _event(kind: str, value: Any) -> bytes:
    """Return an event of AWS: headers and a body between lengths and checksums."""
    told = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(text)) + text.encode()
        for name, text in told.items()
    )
    payload = json.dumps(value).encode()
    start = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = start + struct.pack(">I", crc32(start)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def _piece(value: Any) -> bytes:
    return _event("chunk", {"bytes": base64.b64encode(json.dumps(value).encode()).decode()})


_BODIES = {
    "converse": json.dumps(_CONVERSED).encode(),
    "invoke": json.dumps(_INVOKED).encode(),
    "converse-stream": b"".join(
        [
            _event("messageStart", {"role": "assistant"}),
            *(
                _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
                for word in words()[4:]
            ),
            _event("contentBlockStop", {"contentBlockIndex": 0}),
            _event("messageStop", {"stopReason": "end_turn"}),
            _event("metadata", {"usage": _USAGE, "metrics": {"latencyMs": 9}}),
        ]
    ),
    "invoke-with-response-stream": b"".join(
        [
            _piece({"type": "message_start", "message": {**_INVOKED, "content": [], "stop_reason": None}}),
            *(
                _piece(
                    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
                )
                for word in words()[3:]
            ),
            _piece(
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
            ),
            _piece({"type": "message_stop"}),
        ]
    ),
}


def _answered(request: Any, **_: Any) -> AWSResponse:
    called = request.url.rpartition("/")[2]
    kind = "application/vnd.amazon.eventstream" if called.endswith("stream") else "application/json"
    body = _BODIES[called]
    told = {"content-type": kind, "content-length": str(len(body)), "x-amzn-requestid": "r1"}
    raw = HTTPResponse(io.BytesIO(body), headers=told, status=200, preload_content=False)
    return AWSResponse(request.url, 200, raw.headers, raw)


def cases() -> list[Case]:
    """Return the calls."""
    client = botocore.session.get_session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.meta.events.register("before-send.bedrock-runtime", _answered)
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    conversed: dict[str, Any] = {
        "modelId": model,
        "messages": [{"role": "user", "content": [{"text": "word " * 20}]}],
        "inferenceConfig": {"temperature": 0.5, "maxTokens": 100},
    }
    asked = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "temperature": 0.5,
        "messages": [{"role": "user", "content": "word " * 20}],
    }
    invoked: dict[str, Any] = {"modelId": model, "body": json.dumps(asked)}
    return [
        Case(
            "converse",
            lambda: client.converse(**conversed),
            stream=lambda: client.converse_stream(**conversed)["stream"],
        ),
        Case(
            "invoke_model",
            lambda: json.load(client.invoke_model(**invoked)["body"]),
            stream=lambda: client.invoke_model_with_response_stream(**invoked)["body"],
        ),
    ]
