# SPDX-License-Identifier: Apache-2.0
"""Imagen and Veo behind `:predict`: prompts in, pictures or the name of a running job out."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv.model import Blob, Content, Generic, Message, Part, Request, Response, Text, Uri


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = fields(get(body, "parameters")).get
    return Request(choices=read("sampleCount"), seed=read("seed"))


def response(value: Any) -> Response | None:
    """Return nothing: these answers carry neither id nor model nor usage."""
    del value
    return None


def content(body: Any) -> Content:
    """Read the sensitive part of a request."""
    found: list[Part] = []
    asked = get(body, "instances")
    # The first versions of the SDK send one instance without the list around it.
    for each in items(asked) or [asked]:
        if (prompt := string(get(each, "prompt"))) is not None:
            found.append(Text(prompt))
        found += [_media(name, held) for name in ("image", "video") if (held := get(each, name)) is not None]
    return Content(input=[Message("user", found)] if found else ())


def output(value: Any) -> list[Message]:
    """Read the pictures, one message each; one that was filtered says why."""
    return [
        Message("assistant", [_media("image", each)], finish_reason=_finish(each))
        for each in items(get(value, "predictions"))
    ]


def _media(modality: str, value: Any) -> Part:
    mime = string(get(value, "mimeType"))
    if (data := string(get(value, "bytesBase64Encoded"))) is not None:
        return Blob(modality, data, mime)
    if (uri := string(get(value, "gcsUri"))) is not None:
        return Uri(modality, uri, mime)
    if (reason := string(get(value, "raiFilteredReason"))) is not None:
        return Generic("refusal", {"content": reason})
    return Generic(modality, value)


def _finish(value: Any) -> str:
    return "content_filter" if get(value, "raiFilteredReason") is not None else "stop"
