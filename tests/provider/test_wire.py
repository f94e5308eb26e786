# SPDX-License-Identifier: Apache-2.0
"""Answers beside real traffic: asked what a provider was asked, ours has every member that its answer had."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"
FOLDERS = (
    "openai-chat",
    "openai-completions",
    "openai-embeddings",
    "openai-responses",
    "azure-openai",
    "langchain",
)
# Members that only some accounts or regions get, or that say how long the work took.
SOMETIMES = (
    "latency_checkpoint",
    "prompt_cache_",
    "text_tokens",
    "image_tokens",
    "obfuscation",
    "user_location",
)
# Written by hand into two recordings; the real endpoint has no such members.
INVENTED = ("status_details", "tool_calls", "total_tokens")
# Members whose content is the caller's own, or the model's free choice.
OPEN = ("tools", "schema", "metadata", "arguments", "logit_bias", "annotations")


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """The paths of all members; the items of a list share one."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield f"{prefix}.{key}"
            if key not in OPEN:
                yield from paths(member, f"{prefix}.{key}")
    elif isinstance(value, list):
        for item in value:
            kind = f"({item['type']})" if isinstance(item, dict) and "type" in item else ""
            yield from paths(item, f"{prefix}[]{kind}")


def events(text: str) -> list[Any]:
    """The events of a stream."""
    told = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(each) for each in told if each != "[DONE]"]


def shape(text: str) -> set[str]:
    """The paths of an answer; those of a stream are told apart by the type of the event."""
    if text.startswith(("data:", "event:")):
        return {f"{event.get('type', '')}{path}" for event in events(text) for path in paths(event)}
    return set(paths(json.loads(text)))


def body(message: Any) -> str:
    told = message["body"]
    told = told.get("string", "") if isinstance(told, dict) else told
    raw = told if isinstance(told, bytes) else (told or "").encode()
    return (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode()


def recordings() -> Iterator[Any]:
    for folder in FOLDERS:
        for file in sorted((RECORDINGS / folder).glob("*.yaml")):
            for number, each in enumerate(yaml.safe_load(file.read_text())["interactions"]):
                yield pytest.param(each["request"], each["response"], id=f"{folder}-{file.stem}-{number}")


def script(response: Any, text: str) -> Reply:
    """A reply that makes our model do what the recorded one did: refuse, call tools, or speak."""
    status = response["status"]["code"]
    if status >= 400:
        return Reply(error=status)
    if not text.startswith("{"):
        return Reply(**_streamed(events(text)))
    told = json.loads(text)
    said = [choice.get("message", {}) for choice in told.get("choices", [])]
    calls = [call for message in said for call in message.get("tool_calls") or []]
    calls += [message for message in said if message.get("function_call")]
    calls += [item for item in told.get("output", []) if item["type"] == "function_call"]
    refusals = [message["refusal"] for message in said if message.get("refusal")]
    items = [item for item in told.get("output", []) if item["type"].endswith(("_call", "_list_tools"))]
    reasons = told.get("usage", {}).get("output_tokens_details", {}).get("reasoning_tokens")
    return Reply(
        text=None if calls or refusals else "Two words.",
        tool_calls=[_call(call) for call in calls],
        refusal=refusals[0] if refusals else None,
        reasoning="thinking" if reasons else None,
        items=[item for item in items if item["type"] != "function_call"],
    )


def _call(told: Any) -> ToolCall:
    kind = "legacy" if "function_call" in told else "function"
    function = told.get("function") or told.get("function_call") or told
    return ToolCall(function["name"], function["arguments"], kind=kind)


def _streamed(told: list[Any]) -> dict[str, Any]:
    deltas = [choice.get("delta", {}) for event in told for choice in event.get("choices", [])]
    calls = [call for delta in deltas for call in delta.get("tool_calls", []) if call.get("id")]
    return {"tool_calls": [_call(call) for call in calls]} if calls else {"text": "Two words."}


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not part of the project")
@pytest.mark.parametrize(("request_", "response"), list(recordings()))
def test_our_answer_has_every_member_of_the_recorded_one(
    provider: Provider, request_: Any, response: Any
) -> None:
    recorded = body(response)
    provider.say(script(response, recorded))
    target = urlsplit(request_["uri"])
    asked = json.loads(body(request_))
    # An earlier response of the recorded conversation: ours has another id.
    asked.pop("previous_response_id", None)
    answer = httpx.post(f"{provider.url}{target.path}?{target.query}", json=asked)
    assert answer.status_code == response["status"]["code"]
    missing = shape(recorded) - shape(answer.text)
    assert {path for path in missing if not any(each in path for each in (*SOMETIMES, *INVENTED))} == set()
