# SPDX-License-Identifier: Apache-2.0
"""Images: `POST /images/generations`, `/edits` and `/variations`; every picture is a small grey square."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from spanwright.console.provider.errors import missing
from spanwright.console.provider.request import frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, hexadecimal, string, true, whole
from spanwright.console.provider.tokens import count

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State

_TOKENS = {"low": 272, "medium": 1056, "high": 4160}
_INPUT_IMAGE = 194


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _draw(side: int = 8) -> str:
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\x00" + b"\x80" * side) * side)
    image = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return base64.b64encode(image).decode()


PICTURE = _draw()


def generate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a request for new images."""
    return (
        missing("prompt")
        if not request.fields.get("prompt")
        else _answer(request, reply, state, "generation")
    )


def edit(request: Request, reply: Reply, state: State) -> Answer:
    """Answers a request to change images, which come as files of a form."""
    return missing("image") if not request.files else _answer(request, reply, state, "edit")


def _answer(request: Request, reply: Reply, state: State, kind: str) -> Answer:
    body = request.fields
    seed = state.seed(request)
    wanted = max(1, whole(body.get("n"), 1))
    if request.model.startswith("dall-e") or body.get("response_format"):
        data = [_old(request, reply, f"{seed} {at}") for at in range(wanted)]
        return whole_answer({"created": state.created, "data": data})
    quality = string(body.get("quality"))
    style: Json = {
        "background": "opaque" if body.get("background") in (None, "auto") else body["background"],
        "output_format": string(body.get("output_format")) or "png",
        "quality": quality if quality in _TOKENS else "low",
        "size": "1024x1024" if body.get("size") in (None, "auto") else body["size"],
    }
    usage = dict(reply.usage) if reply.usage is not None else _usage(request, style["quality"], wanted)
    if true(body.get("stream")):
        return _stream(state, f"image_{kind}", style, usage, whole(body.get("partial_images")))
    data = [{"b64_json": PICTURE}] * wanted
    return whole_answer({"created": state.created, **style, "data": data, "usage": usage})


def _old(request: Request, reply: Reply, seed: str) -> Json:
    told: Json = {}
    if request.model == "dall-e-3":
        told["revised_prompt"] = reply.text or string(request.fields.get("prompt"))
    if request.fields.get("response_format") == "b64_json":
        return {**told, "b64_json": PICTURE}
    return {**told, "url": f"https://images.example.com/{hexadecimal('img-', seed)}.png"}


def _usage(request: Request, quality: str, wanted: int) -> Json:
    text = count(string(request.fields.get("prompt")))
    image = _INPUT_IMAGE * sum(map(len, request.files.values()))
    output = _TOKENS[quality] * wanted
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"image_tokens": image, "text_tokens": text},
        "output_tokens": output,
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
        "total_tokens": text + image + output,
    }


def _stream(state: State, kind: str, style: Json, usage: Json, partial: int) -> Answer:
    told = {"b64_json": PICTURE, "created_at": state.created, **style}
    events: list[Json] = [
        {"type": f"{kind}.partial_image", **told, "partial_image_index": at} for at in range(partial)
    ]
    events.append({"type": f"{kind}.completed", **told, "usage": usage})
    return streamed_answer([frame(event, event["type"]) for event in events])
