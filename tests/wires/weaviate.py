# SPDX-License-Identifier: Apache-2.0
"""The REST wire of a Weaviate server: what a client asks for when it connects, and writes of single objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider import Wire
from spanwright.console.provider.request import Answer
from spanwright.console.provider.shape import dump

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State
    from spanwright.console.provider.wire import Endpoint

_META = {"hostname": "http://[::]:8080", "modules": {}, "version": "1.33.0", "grpcMaxMessageSize": 10485760}


def refuse(request: Request, status: int) -> Answer:
    return Answer(dump({"error": [{"message": "id '1' already exists"}]}).encode(), status)


def always(data: Any, status: int = 200) -> Endpoint:
    """Return what always answers this."""
    return lambda request, reply, state: Answer(b"" if data is None else dump(data).encode(), status)


def insert(request: Request, reply: Reply, state: State) -> Answer:
    return Answer(dump({**request.fields, "creationTimeUnix": 1, "lastUpdateTimeUnix": 1}).encode())


_OBJECT = "/v1/objects/[^/]+/[^/]+"
WIRE = Wire(
    routes=(
        ("GET", "/v1/meta", always(_META)),
        ("GET", "/v1/.well-known/openid-configuration", always(None, 404)),
        ("POST", "/v1/objects", insert),
        ("PUT", _OBJECT, insert),
        ("PATCH", _OBJECT, always(None, 204)),
        ("DELETE", _OBJECT, always(None, 204)),
    ),
    refuse=refuse,
)
