# SPDX-License-Identifier: Apache-2.0
"""The framing of AWS event streams: a prelude with lengths and a checksum, headers, payload, a checksum of it all."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = 7
"""The type of a header whose value is a text; services send no others."""


def encoded(headers: dict[str, str], payload: bytes) -> bytes:
    """One message."""
    head = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _TEXT, len(value)) + value.encode()
        for name, value in headers.items()
    )
    # Lengths and checksum of the prelude take 12 bytes, the checksum of the message 4.
    prelude = struct.pack("!II", 12 + len(head) + len(payload) + 4, len(head))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack("!I", zlib.crc32(message))


def decoded(data: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and payload of each message."""
    while data:
        total, size = struct.unpack_from("!II", data)
        headers: dict[str, str] = {}
        at = 12
        while at < 12 + size:
            name = data[at + 1 : at + 1 + data[at]].decode()
            at += 1 + data[at]
            kind, length = struct.unpack_from("!BH", data, at)
            assert kind == _TEXT
            headers[name] = data[at + 3 : at + 3 + length].decode()
            at += 3 + length
        yield headers, data[at : total - 4]
        data = data[total:]


def event(kind: str, data: Any) -> bytes:
    """One event with a JSON payload."""
    told = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return encoded(told, json.dumps(data, separators=(",", ":")).encode())


def exception(kind: str, message: str) -> bytes:
    """An error of the service in the middle of a stream."""
    told = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return encoded(told, json.dumps({"message": message}).encode())
