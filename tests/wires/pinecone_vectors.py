# SPDX-License-Identifier: Apache-2.0
"""The gRPC wire of a Pinecone index on 127.0.0.1, its messages written by hand: the SDK brings no service along."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.struct_pb2 import Struct

from wires.pinecone import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG = "wrong"
"""The namespace that is refused."""


def _held(number: int, data: bytes) -> bytes:
    """Return a field of bytes, of a text or of a message."""
    size, length = len(data), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + data


def _match(value: dict[str, Any]) -> bytes:
    metadata = Struct()
    metadata.update(value["metadata"])
    score = b"\x15" + struct.pack("<f", value["score"])
    return _held(1, value["id"].encode()) + score + _held(4, metadata.SerializeToString())


def _query(request: bytes, context: grpc.ServicerContext) -> bytes:
    if WRONG.encode() in request:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Vector dimension 3 does not match the index")
    return b"".join(_held(2, _match(each)) for each in matches(2)) + _held(3, b"shelf")


def _fetch(request: bytes, context: grpc.ServicerContext) -> bytes:
    vector = _held(1, b"1") + _held(2, struct.pack("<2f", 1.0, 0.0))
    return _held(1, _held(1, b"1") + _held(2, vector)) + _held(2, b"shelf")


_ANSWERS = {
    "Query": _query,
    "Fetch": _fetch,
    "Upsert": lambda request, context: b"\x08\x01",
    "Update": lambda request, context: b"",
    "Delete": lambda request, context: b"",
}


@contextmanager
def listening() -> Iterator[int]:
    """Run the server; gives its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    methods = {name: grpc.unary_unary_rpc_method_handler(answer) for name, answer in _ANSWERS.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("VectorService", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()
