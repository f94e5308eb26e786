# SPDX-License-Identifier: Apache-2.0
"""Calls of pipelines, and runs of their models outside of one: what was asked, of which model."""

from __future__ import annotations

import sys
from types import GeneratorType
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects import transformers_pipelines as dialect
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors.transformers.answers import Answer
from spanwright.instrumentors.transformers.tasks import task
from spanwright.semconv import names as n
from spanwright.semconv.clean import integer
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found

PROVIDER = "huggingface"


def find(pipeline: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
    """Return subject, reader and content reader of a call; None when it makes nothing, or not before it is iterated."""
    inputs, given = _asked(*args, **kwargs)
    return None if _is_lazy(inputs) else _found(pipeline, inputs, {**_set(pipeline), **given})


def find_run(pipeline: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Found | None:
    """Return the same of a model's run with items of a generator or a dataset, one batch of them."""
    model_inputs, params = _given(*args, **kwargs)
    prompts = dialect.prompts(model_inputs)
    return _found(pipeline, prompts, {**_set(pipeline), **params}, model_inputs)


def _found(pipeline: Any, inputs: Any, given: dict[str, Any], model_inputs: Any = None) -> Found | None:
    asked_task = task(pipeline.__class__)
    if asked_task is None:
        return None
    asked = dialect.flat(given)
    request = dialect.request(asked)
    request.model = _model(pipeline)
    answer = Answer(pipeline, inputs, asked, model_inputs)
    if asked_task.operation == n.OperationName.EMBEDDINGS:
        if (
            size := integer(getattr(getattr(pipeline.model, "config", None), "hidden_size", None))
        ) is not None:
            request.extra = {n.GEN_AI_EMBEDDINGS_DIMENSION_COUNT: size}
        return Embeddings(provider=PROVIDER, request=request), answer, None
    request.output_type = asked_task.made
    chat = asked_task.chats and dialect.is_chat(inputs)
    operation = n.OperationName.CHAT if chat else asked_task.operation
    subject = Inference(operation, PROVIDER, request, in_process=True)
    return subject, answer, lambda: dialect.content(inputs, asked)


def _asked(inputs: Any, *_: Any, **given: Any) -> tuple[Any, dict[str, Any]]:
    """Bind `Pipeline.__call__(inputs, *args, num_workers, batch_size, **kwargs)`."""
    return inputs, given


def _given(model_inputs: Any, **params: Any) -> tuple[Any, dict[str, Any]]:
    """Bind `Pipeline.forward(model_inputs, **forward_params)`."""
    return model_inputs, params


def _set(pipeline: Any) -> dict[str, Any]:
    """Return what the application set when it made the pipeline; the newest versions keep it in two places."""
    held = fields(pipeline)
    return {**fields(held.get("_generate_kwargs")), **fields(held.get("_forward_params"))}


def _is_lazy(inputs: Any) -> bool:
    """Tell a generator, which is not ours to look into, or a dataset: nothing runs before the caller iterates."""
    if isinstance(inputs, GeneratorType):
        return True
    module = sys.modules.get("torch.utils.data")
    return module is not None and isinstance(inputs, cast("type", module.Dataset))


def _model(pipeline: Any) -> str | None:
    """Return the name or the folder that the model was loaded by; one that was made from a configuration has none."""
    model = getattr(pipeline, "model", None)
    return string(getattr(model, "name_or_path", None)) or string(
        getattr(getattr(model, "config", None), "_name_or_path", None)
    )
