# SPDX-License-Identifier: Apache-2.0
"""What is never sensitive of an operation: what was asked for, what was answered, what was used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Usage:
    """Billed token counts, whole numbers from 0. Sub-counts are subsets: `input` has cached, `output` reasoning tokens.

    Clean by contract: a reader leaves out what is no count.
    """

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    text_input: int | None = None
    text_output: int | None = None
    text_cache_read: int | None = None
    image_input: int | None = None
    image_output: int | None = None
    image_cache_read: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    audio_cache_read: int | None = None


@dataclass(slots=True)
class Request:
    """What the caller asked for. `extra` holds provider refinements by attribute key."""

    model: str | None = None
    stream: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    choices: int | None = None
    stop: Sequence[str] | None = None
    output_type: str | None = None
    reasoning_level: str | None = None
    previous_response_id: str | None = None
    encoding_formats: Sequence[str] | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    extra: dict[str, Any] | None = None


@dataclass(slots=True)
class Response:
    """What the provider answered. `finish_reasons` has one string a choice, already in the conventions' words.

    `error` is a failure that arrived inside a successful HTTP answer (an error event in a stream, `status: failed`).
    """

    id: str | None = None
    model: str | None = None
    finish_reasons: list[str] | None = None
    usage: Usage | None = None
    status: str | None = None
    dimensions: int | None = None
    compacted: bool | None = None
    conversation_id: str | None = None
    error: str | None = None
    extra: dict[str, Any] | None = None
