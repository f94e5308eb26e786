# SPDX-License-Identifier: Apache-2.0
"""What pipelines of transformers are given and return: prompts or chats in, records out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from spanwright.instrumentors._dialects import openai_chat
from spanwright.instrumentors._dialects.wire import get, items, media, string, texts
from spanwright.semconv.model import Blob, Content, Message, Part, Request, Text

_TEXTS = ("generated_text", "summary_text", "translation_text", "text")


def flat(given: dict[str, Any]) -> dict[str, Any]:
    """Return parameters of generation as one level; some pipelines take them as a dict, any as a configuration."""
    found: dict[str, Any] = {}
    configured = given.get("generation_config")
    if (differing := getattr(configured, "to_diff_dict", None)) is not None:
        found.update(differing())
    inner = given.get("generate_kwargs")
    found.update({name: value for name, value in given.items() if value is not None})
    if isinstance(inner, dict):
        found.update(cast("dict[str, Any]", inner))
    return found


def request(asked: dict[str, Any]) -> Request:
    """Read what was asked for; what the model's own configuration says was not."""
    read = asked.get
    stop = read("stop_strings")
    if stop is None:
        stop = read("stop_sequence")
    return Request(
        stream=True if read("streamer") is not None else None,
        max_tokens=read("max_new_tokens"),
        temperature=read("temperature"),
        top_p=read("top_p"),
        top_k=read("top_k"),
        choices=read("num_return_sequences"),
        stop=[stop] if isinstance(stop, str) else stop,
    )


def prompts(model_inputs: Any) -> Any:
    """Return what a model's inputs were made of, which the pipelines of some tasks keep beside them."""
    if isinstance(model_inputs, Mapping):
        held = cast("Mapping[str, Any]", model_inputs)
        return held.get("prompt_text", held.get("text"))
    return get(get(model_inputs, "data"), "prompt_text") or get(get(model_inputs, "data"), "text")


def is_chat(inputs: Any) -> bool:
    """Tell whether messages are given, one conversation or several."""
    return any(_is_conversation(each) for each in _asked(inputs))


def content(inputs: Any, asked: dict[str, Any]) -> Content:
    """Read what was asked. Several prompts or conversations stand one after the other."""
    found: list[Message] = []
    for each in _asked(inputs):
        if _is_conversation(each):
            found += [_message(message) for message in items(each)]
        elif parts := _parts(each):
            found.append(Message("user", parts))
    tools = [openai_chat.tool(each) for each in items(asked.get("tools")) if isinstance(each, dict)]
    return Content(input=found, tools=tools)


def output(inputs: Any, value: Any, reasons: list[str]) -> list[Message]:
    """Read the records that a call returns, in lists of lists when several prompts were given."""
    asked = _asked(inputs)
    groups = items(value) or (value,)
    if not all(items(group) for group in groups):
        groups = (groups,)
    found: list[Message] = []
    for index, group in enumerate(groups):
        prompt = asked[index] if index < len(asked) else None
        for record in items(group):
            read = _made(record, prompt)
            if read is not None:
                found.append(read)
    for message, reason in zip(found, reasons, strict=False):
        message.finish_reason = reason
    return found


def _made(record: Any, prompt: Any) -> Message | None:
    """Read one record: the whole conversation, the text with or without the prompt before it, or no text at all."""
    told = next((each for name in _TEXTS if (each := get(record, name)) is not None), None)
    if messages := items(told):
        return _message(messages[-1])
    if not isinstance(told, str):
        return None
    if isinstance(prompt, str):
        told = told.removeprefix(prompt)
    return Message("assistant", [Text(told)] if told else [])


def _asked(inputs: Any) -> list[Any]:
    """Return prompts one by one, a conversation as a list of its messages."""
    held = items(get(inputs, "messages"))
    if held:
        return [list(held)]
    several = items(inputs)
    if not several:
        return [inputs] if inputs is not None else []
    if _is_message(several[0]):
        return [list(several)]
    found: list[Any] = []
    for each in several:
        inner = items(get(each, "messages")) or items(each)
        found.append(list(inner) if inner and _is_message(inner[0]) else each)
    return found


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) and any(_is_message(each) for each in items(cast("object", value))[:1])


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and "content" in value


def _message(value: Any) -> Message:
    """Read a message; templates know parts by their type, whose media stand under the type's name, `url` or `path`."""
    parts = items(get(value, "content"))
    if not any(string(get(each, "type")) in _MEDIA for each in parts):
        return openai_chat.message(value)
    found: list[Part] = []
    for each in parts:
        kind = string(get(each, "type"))
        if kind in _MEDIA:
            found.append(_medium(kind, each))
        else:
            found += openai_chat.message({"role": "user", "content": [each]}).parts
    return Message(string(get(value, "role")) or "user", found)


_MEDIA = ("image", "audio", "video")


def _medium(kind: str, value: Any) -> Part:
    address = next((text for name in ("url", kind, "path") if (text := string(get(value, name)))), None)
    return media(kind, address)


def _parts(value: Any) -> list[Part]:
    """Read a prompt that is no conversation: a text, bytes, or text and images side by side."""
    if isinstance(value, (bytes, bytearray)):
        return [Blob("audio", bytes(value))]
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        shown = held.get("images")
        addresses = [each for each in (items(shown) or (shown,)) if isinstance(each, str)]
        return [*(media("image", each) for each in addresses), *texts(held.get("text"))]
    return texts(value)
