# SPDX-License-Identifier: Apache-2.0
"""What arrived, and what is sent back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

from spanwright.console.provider.shape import Json, dump, mapping, string

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart form."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    body: Any
    """Parsed JSON, or the fields of a form, or None."""
    files: dict[str, list[Upload]] = field(default_factory=dict[str, list[Upload]])
    deployment: str = ""
    """The Azure deployment that the path names."""

    @property
    def fields(self) -> Json:
        """The body as an object."""
        return mapping(self.body)

    @property
    def model(self) -> str:
        """The model that is asked for; on Azure's older paths the deployment, whatever the body says."""
        return self.deployment or string(self.fields.get("model"))

    @property
    def azure(self) -> bool:
        """Whether it came by one of Azure's paths."""
        return self.path.startswith("/openai/")


@dataclass(slots=True)
class Answer:
    """One HTTP answer: a whole body, or frames that are sent as chunks."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    frames: Iterable[bytes] | None = None
    hold: threading.Event | None = None
    hold_at: int | None = None
    cut_after: int | None = None
    drop: bool = False


def whole_answer(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body, indented as the provider does."""
    body = json.dumps(data, ensure_ascii=False, indent=2).encode()
    return Answer(body=body, status=status, headers=dict(headers or {}))


def streamed_answer(frames: Sequence[bytes]) -> Answer:
    """An answer that is a stream of server-sent events."""
    return Answer(frames=frames, kind="text/event-stream; charset=utf-8")


def frame(data: object, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data if isinstance(data, str) else dump(data)}\n\n".encode()


DONE = frame("[DONE]")


def parse_body(kind: str, raw: bytes) -> tuple[Any, dict[str, list[Upload]]]:
    """The body and the files of a request with that content type; a body that is not JSON reads as None."""
    if kind.startswith("multipart/form-data"):
        return _parse_form(kind, raw)
    try:
        return (json.loads(raw) if raw else None), {}
    except ValueError:
        return None, {}


def _parse_form(kind: str, raw: bytes) -> tuple[Json, dict[str, list[Upload]]]:
    fields: Json = {}
    files: dict[str, list[Upload]] = {}
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
    for part in message.get_payload() if message.is_multipart() else []:
        if isinstance(part, str):
            continue
        name = str(part.get_param("name", header="content-disposition") or "")
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        filename = part.get_filename()
        if filename is not None:
            files.setdefault(name.removesuffix("[]"), []).append(
                Upload(filename, part.get_content_type(), data)
            )
        elif name.endswith("[]"):
            fields.setdefault(name.removesuffix("[]"), []).append(data.decode())
        else:
            fields[name] = data.decode()
    return fields, files
