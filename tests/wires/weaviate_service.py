# SPDX-License-Identifier: Apache-2.0
"""The gRPC wire of a Weaviate server on 127.0.0.1: one collection of two books, whatever is written into it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import grpc
from weaviate.proto.v1 import (
    aggregate_pb2,
    batch_delete_pb2,
    batch_pb2,
    properties_pb2,
    search_get_pb2,
    weaviate_pb2_grpc,
)

from alike.stores import BOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = tuple(str(UUID(int=at)) for at in (1, 2))
DISTANCES = (0.006, 0.89)
_WRONG = 12
"""The size in bytes of a vector of three numbers."""


def _found(count: int) -> list[Any]:
    found: list[Any] = []
    for identity, distance, (text, _, told) in zip(IDS, DISTANCES, BOOKS, strict=True):
        held = {
            "text": properties_pb2.Value(text_value=text),
            **{name: properties_pb2.Value(int_value=value) for name, value in told.items()},
        }
        known = {"id": identity, "id_as_bytes": UUID(identity).bytes, "distance": distance}
        properties = search_get_pb2.PropertiesResult(non_ref_props=properties_pb2.Properties(fields=held))
        metadata = search_get_pb2.MetadataResult(**known, distance_present=True)
        found.append(search_get_pb2.SearchResult(properties=properties, metadata=metadata))
    return found[: count or 2]


def _sizes(vector: Any) -> list[int]:
    return [len(vector.vector_bytes), *(len(each.vector_bytes) for each in vector.vectors)]


class Service(weaviate_pb2_grpc.WeaviateServicer):
    """Answers what the tests call."""

    def Search(self, request: Any, context: Any) -> Any:
        if _WRONG in _sizes(request.near_vector):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "vector lengths don't match: 2 vs 3")
        return search_get_pb2.SearchReply(took=0.001, results=_found(request.limit))

    def Aggregate(self, request: Any, context: Any) -> Any:
        single = aggregate_pb2.AggregateReply.Single(objects_count=2)
        return aggregate_pb2.AggregateReply(took=0.001, single_result=single)

    def BatchObjects(self, request: Any, context: Any) -> Any:
        return batch_pb2.BatchObjectsReply(took=0.001)

    def BatchDelete(self, request: Any, context: Any) -> Any:
        return batch_delete_pb2.BatchDeleteReply(took=0.001, matches=1, successful=1)


@contextmanager
def listening() -> Iterator[int]:
    """Run the server; gives its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()
