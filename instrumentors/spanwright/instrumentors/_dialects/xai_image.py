# SPDX-License-Identifier: Apache-2.0
"""xAI's images over gRPC, as protobuf messages or as their JSON."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.proto import get, items
from spanwright.instrumentors._dialects.wire import media, string, texts
from spanwright.instrumentors._dialects.xai_chat import usage
from spanwright.semconv import names as n
from spanwright.semconv.model import Blob, Content, Message, Part, Request, Response, Uri


def request(body: Any) -> Request:
    """Read what was asked for."""
    return Request(model=string(get(body, "model")), choices=get(body, "n"), output_type=n.OutputType.IMAGE)


def response(value: Any) -> Response:
    """Read the facts of an answer."""
    return Response(model=string(get(value, "model")), usage=usage(get(value, "usage")))


def content(body: Any) -> Content:
    """Read the prompt and the pictures to start from."""
    given = [get(body, "image_url"), *items(get(body, "image_urls"))]
    parts = [*texts(get(body, "prompt")), *(media("image", each) for each in given if string(each))]
    return Content(input=[Message("user", parts)] if parts else [])


def output(value: Any) -> list[Message]:
    """Read pictures by reference, one message each."""
    found: list[Message] = []
    for picture in items(get(value, "images")):
        part: Part | None = None
        if (url := string(get(picture, "url"))) is not None:
            part = Uri("image", url)
        elif (data := string(get(picture, "base64"))) is not None:
            part = media("image", data) if data.startswith("data:") else Blob("image", data)
        if part is not None:
            found.append(Message("assistant", [part]))
    return found
