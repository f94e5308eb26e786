# SPDX-License-Identifier: Apache-2.0
"""OpenAI's images, speech, transcription, translation and moderation endpoints."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects.wire import count, fields, get, items, string
from spanwright.semconv.model import Blob, Content, Message, Part, Request, Response, Text, Uri, Usage

# The output of each endpoint, by the last word of its path.
OUTPUT_TYPES = {
    "generations": "image",
    "edits": "image",
    "variations": "image",
    "speech": "speech",
    "transcriptions": "text",
    "translations": "text",
}


def request(body: Any) -> Request:
    """Read what was asked for."""
    read = body.get
    return Request(
        model=read("model"), stream=read("stream"), choices=read("n"), temperature=read("temperature")
    )


def refinements(body: Any) -> dict[str, Any]:
    """Return nothing: the API type has no value for these endpoints."""
    del body
    return {}


def response(value: Any) -> Response:
    """Read the facts of an answer; audio (bytes) and plain text have none."""
    return Response(
        id=string(get(value, "id")), model=string(get(value, "model")), usage=usage(get(value, "usage"))
    )


def answered_refinements(value: Any) -> dict[str, Any] | None:
    """Return nothing."""
    del value
    return None


def usage(value: Any) -> Usage | None:
    """Read token counts by modality; a transcription may be billed by duration instead."""
    read = fields(value).get
    if count(read("input_tokens")) is None:
        return None
    given = fields(read("input_tokens_details") or read("input_token_details")).get
    made = fields(read("output_tokens_details")).get
    return Usage(
        input=count(read("input_tokens")),
        output=count(read("output_tokens")),
        cache_read=count(given("cached_tokens")),
        text_input=count(given("text_tokens")),
        image_input=count(given("image_tokens")),
        audio_input=count(given("audio_tokens")),
        text_output=count(made("text_tokens")),
        image_output=count(made("image_tokens")),
    )


def content(body: Any) -> Content:
    """Read the prompt or the text; files are not read."""
    given = body.get("prompt")
    if given is None:
        given = body.get("input")
    found = (
        [given]
        if isinstance(given, str)
        else [text for each in items(given) if (text := _text(each)) is not None]
    )
    return Content(input=[Message("user", [Text(each)]) for each in found])


def output(value: Any) -> list[Message]:
    """Read pictures by reference and transcripts as text, one message each."""
    found: list[Message] = []
    for picture in items(get(value, "data")):
        part: Part | None = None
        if (url := string(get(picture, "url"))) is not None:
            part = Uri("image", url)
        elif (data := string(get(picture, "b64_json"))) is not None:
            part = Blob("image", data)
        if part is not None:
            found.append(Message("assistant", [part]))
    text = value if isinstance(value, str) else get(value, "text")
    if isinstance(text, str):
        found.append(Message("assistant", [Text(text)]))
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else string(get(value, "text"))


class Chunks:
    """Keeps the event that ends a transcription or a picture; it has the text and the usage."""

    __slots__ = ("_last",)

    def __init__(self, *, content: bool) -> None:
        del content
        self._last: Any = None

    def add(self, chunk: Any) -> None:
        """Take one event."""
        if get(chunk, "usage") is not None or str(get(chunk, "type")).endswith((".done", ".completed")):
            self._last = chunk

    def value(self) -> Any:
        """Return the last event."""
        return self._last
