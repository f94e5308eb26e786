# SPDX-License-Identifier: Apache-2.0
"""Calls of vLLM's engines: what was asked, of which model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import vllm_outputs as dialect
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors.vllm.answers import Answer
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._families.methods import Found
    from spanwright.semconv.model import Content

PROVIDER = "vllm"


def generate(engine: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    """Describe `LLM.generate`."""
    prompts, params = _prompted(*args, **kwargs)
    return _inference(
        n.OperationName.TEXT_COMPLETION, engine, params, Answer(), lambda: dialect.content(prompts)
    )


def chat(engine: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    """Describe `LLM.chat`."""
    messages, params = _conversed(*args, **kwargs)
    return _inference(
        n.OperationName.CHAT,
        engine,
        params,
        Answer(),
        lambda: dialect.conversations(messages, kwargs.get("tools")),
    )


def stream(engine: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    """Describe `AsyncLLM.generate`, whose generator gives what there is so far, what is new, or the whole."""
    prompt, params, text = _streamed(*args, **kwargs)
    kind = dialect.kind(params)
    operation = n.OperationName.TEXT_COMPLETION
    subject, answer, content = _inference(
        operation, engine, params, Answer(kind), lambda: dialect.content(prompt if text is None else text)
    )
    subject.request.stream = None if kind == dialect.FINAL_ONLY else True
    return subject, answer, content


def embed(engine: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found:
    """Describe `LLM.embed`."""
    del args, kwargs
    subject = Embeddings(provider=PROVIDER)
    subject.request.model = _model(engine)
    return subject, Answer(), None


def _inference(
    operation: str, engine: Any, params: Any, answer: Answer, content: Callable[[], Content]
) -> tuple[Inference, Answer, Callable[[], Content]]:
    request = dialect.request(params)
    request.model = _model(engine)
    return Inference(operation, PROVIDER, request, in_process=True), answer, content


def _prompted(prompts: Any = None, sampling_params: Any = None, *_: Any, **__: Any) -> tuple[Any, Any]:
    """Bind `LLM.generate(prompts, sampling_params, ...)`."""
    return prompts, sampling_params


def _conversed(messages: Any, sampling_params: Any = None, *_: Any, **__: Any) -> tuple[Any, Any]:
    """Bind `LLM.chat(messages, sampling_params, ...)`."""
    return messages, sampling_params


def _streamed(
    prompt: Any, sampling_params: Any, *_: Any, prompt_text: Any = None, **__: Any
) -> tuple[Any, Any, Any]:
    """Bind `AsyncLLM.generate(prompt, sampling_params, request_id, *, prompt_text, ...)`."""
    return prompt, sampling_params, prompt_text


def _model(engine: Any) -> str | None:
    """Return the name or the folder that the model was loaded by."""
    config = getattr(engine, "model_config", None)
    return string(getattr(config, "model", None))
