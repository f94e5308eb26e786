# SPDX-License-Identifier: Apache-2.0
"""Which pipelines make something, and what each of them is in the conventions' words."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from spanwright.semconv import names as n


class Task(NamedTuple):
    """One kind of pipeline: the operation with a prompt, what comes out, and whether a chat may be asked for."""

    operation: str
    made: str | None = None
    chats: bool = False


_TEXT = n.OutputType.TEXT
_MADE = n.OperationName.GENERATE_CONTENT
# By class, for a pipeline that the application constructs itself knows no task. Whatever is not here (classification,
# masks, answers found in a text, ...) makes nothing.
_TASKS = {
    "TextGenerationPipeline": Task(n.OperationName.TEXT_COMPLETION, chats=True),
    "Text2TextGenerationPipeline": Task(n.OperationName.TEXT_COMPLETION),
    "SummarizationPipeline": Task(_MADE, _TEXT),
    "TranslationPipeline": Task(_MADE, _TEXT),
    "ImageToTextPipeline": Task(_MADE, _TEXT),
    "ImageTextToTextPipeline": Task(_MADE, _TEXT, chats=True),
    "AnyToAnyPipeline": Task(_MADE, chats=True),
    "AutomaticSpeechRecognitionPipeline": Task(_MADE, _TEXT),
    "TextToAudioPipeline": Task(_MADE, n.OutputType.SPEECH),
    "FeatureExtractionPipeline": Task(n.OperationName.EMBEDDINGS),
    "ImageFeatureExtractionPipeline": Task(n.OperationName.EMBEDDINGS),
}


@lru_cache(maxsize=256)
def task(kind: type) -> Task | None:
    """Return what pipelines of a class do; an application's own class does what the one it stands on does."""
    return next((_TASKS[each.__name__] for each in kind.__mro__ if each.__name__ in _TASKS), None)
