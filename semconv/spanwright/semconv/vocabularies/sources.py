# SPDX-License-Identifier: Apache-2.0
"""Where every vocabulary finds input, output, variables and the conversation of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.model import AgentRun, Inference, Subject

INPUTS = (
    n.GEN_AI_INPUT_MESSAGES,
    n.GEN_AI_TOOL_CALL_ARGUMENTS,
    n.GEN_AI_RETRIEVAL_QUERY_TEXT,
    n.GEN_AI_MEMORY_QUERY_TEXT,
)
OUTPUTS = (
    n.GEN_AI_OUTPUT_MESSAGES,
    n.GEN_AI_TOOL_CALL_RESULT,
    n.GEN_AI_RETRIEVAL_DOCUMENTS,
    n.GEN_AI_MEMORY_RECORDS,
)
RERANK = "rerank"
_VARIABLE = f"{n.GEN_AI_PROMPT_VARIABLE}."


def first(keys: tuple[str, ...], taken: Mapping[str, str]) -> str | None:
    """Return the key under which there is content; an operation has one input and one output."""
    return next((key for key in keys if key in taken), None)


def variables(taken: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a prompt by name."""
    return {key.removeprefix(_VARIABLE): text for key, text in taken.items() if key.startswith(_VARIABLE)}


def usage(subject: Inference | Embeddings | AgentRun) -> Usage | None:
    """Return the token counts of a call; embeddings have those of their input alone."""
    used = subject.response.usage if subject.response is not None else None
    return Usage(used.input) if used is not None and isinstance(subject, Embeddings) else used


def conversation(subject: Subject) -> str | None:
    """Return the conversation's id, as it was given or as the answer told it."""
    told = getattr(subject, "conversation_id", None)
    return told or getattr(getattr(subject, "response", None), "conversation_id", None)
