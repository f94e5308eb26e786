# SPDX-License-Identifier: Apache-2.0
"""Counts the tokens of a model's run from the tensors it was given and has returned; nothing is tokenised for it.

Both lie in main memory: a tokenizer has made the ones, the pipeline has brought the others there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from spanwright.instrumentors._dialects.wire import items

_CRITERIA = ("stop_strings", "stop_sequence", "stopping_criteria", "max_time")


class Made(NamedTuple):
    """One text that was made: its tokens without the prompt's and without padding, and why it ended."""

    ids: list[int]
    reason: str


def seen(model_inputs: Any) -> int | None:
    """Return how many tokens the model was given, padding left out."""
    mask = _member(model_inputs, "attention_mask")
    if mask is not None and _member(model_inputs, "input_ids") is not None:
        return sum(sum(row) for row in rows(mask))
    ids = _member(model_inputs, "input_ids")
    return sum(len(row) for row in rows(ids)) if ids is not None else None


def made(pipeline: Any, value: Any, asked: dict[str, Any]) -> list[Made] | None:
    """Return the texts of a run, by the names under which the pipelines return them."""
    settings = getattr(getattr(pipeline, "model", None), "generation_config", None)
    whole = _member(value, "generated_sequence")
    if whole is not None:
        prompt = _member(value, "input_ids")
        prompts = rows(prompt) if prompt is not None else []
        texts = _without_prompts(rows(whole), prompts)
    elif (whole := _member(value, "output_ids")) is not None:
        start = getattr(settings, "decoder_start_token_id", None)
        texts = [row[1:] if row and row[0] == start else row for row in rows(whole)]
    else:
        return None
    ends = _ids(asked.get("eos_token_id", getattr(settings, "eos_token_id", None)))
    pads = _ids(asked.get("pad_token_id", getattr(settings, "pad_token_id", None)))
    pads |= _ids(getattr(getattr(pipeline, "tokenizer", None), "pad_token_id", None))
    stops = any(asked.get(name) is not None for name in _CRITERIA)
    return [_ended(text, ends, pads, _limit(asked) if stops else None) for text in texts]


def rows(tensor: Any) -> list[list[int]]:
    """Return a tensor of any framework as rows of numbers, however many dimensions there are above."""
    listed: Any = tensor.tolist() if hasattr(tensor, "tolist") else tensor.numpy().tolist()
    if not isinstance(listed, list):
        return []
    found = cast("list[Any]", listed)
    if not found or not isinstance(found[0], list):
        return [found]
    while found and found[0] and isinstance(found[0][0], list):
        # What is no tensor's list may be of another depth in every place.
        found = _lists(row for group in found for row in items(group))
    return _lists(found)


def _lists(found: Iterable[Any]) -> list[Any]:
    return [each for each in found if isinstance(each, list)]


def _without_prompts(texts: list[list[int]], prompts: list[list[int]]) -> list[list[int]]:
    """Cut the prompt off where it stands before the text; a model that was given vectors does not repeat it."""
    each = len(texts) // len(prompts) if prompts else 0
    if not each:
        return texts
    found: list[list[int]] = []
    for index, text in enumerate(texts):
        prompt = prompts[min(index // each, len(prompts) - 1)]
        found.append(text[len(prompt) :] if text[: len(prompt)] == prompt else text)
    return found


def _ended(text: list[int], ends: set[int], pads: set[int], limit: int | None) -> Made:
    """Find where a text ends: at its end token, which counts, or where the padding of a batch begins.

    Nothing but its length ends a text otherwise, unless there are other criteria; then `limit` tells the two apart.
    """
    end = next((index for index, token in enumerate(text) if token in ends), None)
    if end is not None:
        return Made(text[: end + 1], "stop")
    last = len(text)
    while last and text[last - 1] in pads:
        last -= 1
    stopped = last < len(text) or (limit is not None and last < limit)
    return Made(text[:last], "stop" if stopped else "length")


def _limit(asked: dict[str, Any]) -> int | None:
    limit = asked.get("max_new_tokens")
    # Other criteria without a limit of the caller's: it is they that have ended a text.
    return limit if isinstance(limit, int) else sys.maxsize


def _ids(value: Any) -> set[int]:
    if hasattr(value, "tolist"):
        value = value.tolist()
    return {each for each in ([value] if isinstance(value, int) else items(value)) if isinstance(each, int)}


def _member(value: Any, name: str) -> Any:
    """Return a member of a mapping: a dict, or one of the library's own kinds."""
    return cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
