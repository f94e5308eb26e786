# SPDX-License-Identifier: Apache-2.0
"""The gRPC wire of a Qdrant server on 127.0.0.1: the same collection of two books."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from qdrant_client import grpc as messages
from qdrant_client.grpc import points_service_pb2_grpc as service

from alike.stores import BOOKS
from wires.qdrant import SCORES

if TYPE_CHECKING:
    from collections.abc import Iterator


def _points(kind: Any, count: int, **more: Any) -> list[Any]:
    return [
        kind(
            id=messages.PointId(num=at),
            payload={
                "text": messages.Value(string_value=text),
                **{name: messages.Value(integer_value=value) for name, value in told.items()},
            },
            **{name: each[at - 1] for name, each in more.items()},
        )
        for at, (text, _, told) in enumerate(BOOKS, 1)
    ][:count]


def _done() -> Any:
    result = messages.UpdateResult(operation_id=3, status=messages.UpdateStatus.Completed)
    return messages.PointsOperationResponse(result=result)


class Points(service.PointsServicer):
    """Answers what the tests call."""

    def Query(self, request: Any, context: Any) -> Any:
        if len(request.query.nearest.dense.data) not in (0, 2):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Vector dimension error: expected dim: 2, got 3")
        return messages.QueryResponse(result=_points(messages.ScoredPoint, request.limit, score=SCORES))

    def QueryBatch(self, request: Any, context: Any) -> Any:
        found = [_points(messages.ScoredPoint, each.limit, score=SCORES) for each in request.query_points]
        return messages.QueryBatchResponse(result=[messages.BatchResult(result=each) for each in found])

    def QueryGroups(self, request: Any, context: Any) -> Any:
        found = _points(messages.ScoredPoint, request.limit, score=SCORES)
        groups = [
            messages.PointGroup(id=messages.GroupId(integer_value=at), hits=[each])
            for at, each in enumerate(found)
        ]
        return messages.QueryGroupsResponse(result=messages.GroupsResult(groups=groups))

    def Upsert(self, request: Any, context: Any) -> Any:
        return _done()

    Delete = SetPayload = Upsert

    def Get(self, request: Any, context: Any) -> Any:
        return messages.GetResponse(result=_points(messages.RetrievedPoint, 1))

    def Scroll(self, request: Any, context: Any) -> Any:
        return messages.ScrollResponse(result=_points(messages.RetrievedPoint, 2))

    def Count(self, request: Any, context: Any) -> Any:
        return messages.CountResponse(result=messages.CountResult(count=2))


@contextmanager
def listening() -> Iterator[int]:
    """Run the server; gives its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    service.add_PointsServicer_to_server(Points(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()
