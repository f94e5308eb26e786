# SPDX-License-Identifier: Apache-2.0
"""Real provider traffic from the folder of recordings: requests, answers, and the facts that they state."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from spanwright.console.provider.request import parse_body

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
PATHS = (
    "/chat/completions",
    "/completions",
    "/responses",
    "/embeddings",
    "/images/generations",
    "/audio/speech",
    "/audio/transcriptions",
)
_REASONS = {"tool_calls": "tool_call", "function_call": "tool_call", "max_output_tokens": "length"}
OK = 200
_UNSENT = ("content-length", "transfer-encoding", "connection")


@dataclass(frozen=True)
class Interaction:
    """One recorded request with its answer; `place` is folder, file and number."""

    place: str
    uri: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        return self.place

    @cached_property
    def path(self) -> str:
        """The path of the endpoint, relative to the base address."""
        return next((path for path in PATHS if urlsplit(self.uri).path.endswith(path)), "")

    @property
    def base_url(self) -> str:
        """The base address."""
        found = urlsplit(self.uri)
        return f"{found.scheme}://{found.netloc}{found.path.removesuffix(self.path)}"

    @property
    def host(self) -> str:
        """The host."""
        return urlsplit(self.uri).netloc

    @property
    def query(self) -> dict[str, str]:
        """The query of the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.uri).query).items()}

    @cached_property
    def asked(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The JSON or the fields of the form that were sent, and the files."""
        return parse_body(self.request_headers.get("content-type", ""), self.request_body)

    @cached_property
    def text(self) -> bytes:
        """The body of the answer, decoded."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body

    @property
    def kind(self) -> str:
        """The content type of the answer, which some recordings left out."""
        guess = (
            "text/event-stream" if self.text.lstrip()[:6] in (b"data: ", b"event:") else "application/json"
        )
        return self.headers.get("content-type", guess)

    @property
    def answer_headers(self) -> dict[str, str]:
        """The headers to answer with."""
        kept = {name: value for name, value in self.headers.items() if name not in _UNSENT}
        return {**kept, "content-type": self.kind}

    @cached_property
    def events(self) -> list[Any]:
        """The JSON of each event of a stream."""
        lines = [line[5:].strip() for line in self.text.decode().splitlines() if line.startswith("data:")]
        return [json.loads(line) for line in lines if line and line != "[DONE]"]

    @property
    def facts(self) -> dict[str, Any]:
        """What the span must say of the answer, read from the recorded body and by nothing of ours."""
        streamed = "event-stream" in self.kind
        if not (self.status == OK and (streamed or "json" in self.kind)):
            return {}
        if self.path == "/responses":
            body = self.events[-1]["response"] if streamed else json.loads(self.text)
            return _known(body, _response_reasons(body))
        body = _joined(self.events) if streamed else json.loads(self.text)
        if self.path in ("/embeddings", "/images/generations", "/audio/transcriptions"):
            told = _known(body, None)
            return {key: value for key, value in told.items() if key != "gen_ai.response.id"}
        reasons = [choice.get("finish_reason") for choice in body.get("choices", ())]
        return _known(body, [_REASONS.get(reason, reason) for reason in reasons])


def _known(body: dict[str, Any], reasons: list[str] | None) -> dict[str, Any]:
    usage = body.get("usage") or {}
    given = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    made = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    told = {
        "gen_ai.response.id": body.get("id"),
        "gen_ai.response.model": body.get("model"),
        "gen_ai.response.finish_reasons": reasons or None,
        "gen_ai.usage.input_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
        "gen_ai.usage.output_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
        "gen_ai.usage.cache_read.input_tokens": given.get("cached_tokens") or None,
        "gen_ai.usage.reasoning.output_tokens": made.get("reasoning_tokens") or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def _joined(chunks: list[Any]) -> dict[str, Any]:
    reasons: dict[int, Any] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            reasons[choice["index"]] = choice.get("finish_reason") or reasons.get(choice["index"])
    if any("error" in chunk for chunk in chunks):
        reasons = dict.fromkeys(reasons, "error")
    return {
        "id": next((chunk["id"] for chunk in chunks if chunk.get("id")), None),
        "model": next((chunk["model"] for chunk in chunks if chunk.get("model")), None),
        "usage": next((chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), None),
        "choices": [{"finish_reason": reasons[index]} for index in sorted(reasons)],
    }


def _response_reasons(body: dict[str, Any]) -> list[str] | None:
    if body["status"] == "incomplete":
        reason = body["incomplete_details"]["reason"]
        return [_REASONS.get(reason, reason)]
    if body["status"] != "completed":
        # A status that the API does not have, such as the `complete` of one recording.
        return None
    called = any(item["type"] in ("function_call", "custom_tool_call") for item in body["output"])
    return ["tool_call" if called else "stop"]


def interactions(*folders: str) -> list[Interaction]:
    """Return the recorded interactions of these folders, in order; none when the recordings are not there."""
    return [
        each
        for folder in folders
        for path in sorted((RECORDINGS / folder).glob("*.yaml"))
        for each in _read(path)
    ]


def _read(path: Path) -> Iterator[Interaction]:
    for number, told in enumerate(yaml.safe_load(path.read_text())["interactions"]):
        request, response = told["request"], told["response"]
        status = response["status"]
        yield Interaction(
            f"{path.parent.name}/{path.stem}/{number}",
            request["uri"],
            _first(request["headers"]),
            _bytes(request["body"]),
            status["code"] if isinstance(status, dict) else status,
            _first(response["headers"]),
            _bytes(response["body"]["string"]),
        )


def _first(headers: dict[str, list[str]]) -> dict[str, str]:
    return {name.lower(): values[0] for name, values in headers.items()}


def _bytes(body: bytes | str | None) -> bytes:
    return body if isinstance(body, bytes) else (body or "").encode()
