# SPDX-License-Identifier: Apache-2.0
"""Model calls as the framework makes them, its own retries included; the client inside adds what only the wire knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import qwen_agent as dialect
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.lazy import lazy
from spanwright.instrumentors._families.methods import Method, bound
from spanwright.semconv import names as n
from spanwright.semconv.model import Inference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs, Wrapper
    from spanwright.instrumentors._kernel.operation import Operation
    from spanwright.instrumentors._kernel.reading import Reader
    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.semconv.model import Message, Response

# By the names under which models are registered; an application's own kind may be of any provider.
_PROVIDERS = {
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "oai": n.ProviderName.OPENAI,
    "openvino": "openvino",
    "qwenaudio_dashscope": "dashscope",
    "qwenomni_oai": n.ProviderName.OPENAI,
    "qwenvl_dashscope": "dashscope",
    "qwenvl_oai": n.ProviderName.OPENAI,
    "qwenvlo_dashscope": "dashscope",
    "qwen_dashscope": "dashscope",
    "transformers": "huggingface",
}
_CLASSES = {
    "TextChatAtAzure": "azure",
    "TextChatAtOAI": "oai",
    "QwenChatAtDS": "qwen_dashscope",
    "QwenVLChatAtDS": "qwenvl_dashscope",
    "OpenVINO": "openvino",
    "Transformers": "transformers",
}
_UNKNOWN = "qwen_agent"
_IN_PROCESS = frozenset({"openvino", "huggingface"})


def chats(telemetry: Telemetry) -> Wrapper:
    """Return the wrapper of `chat(messages, functions, stream)`."""
    return lazy(telemetry, _find, _streams, Method(telemetry, _find, noted=_noted))


class _Deltas:
    """Reads streams whose pieces are but what is new."""

    __slots__ = ()

    def response(self, value: Any) -> Response | None:
        """Read the facts."""
        return dialect.response(value)

    def output(self, value: Any) -> Sequence[Message]:
        """Read the answer."""
        return dialect.output(value)

    def chunks(self, *, content: bool) -> dialect.Deltas:
        """Return a keeper of what is new."""
        return dialect.Deltas(content=content)


_DELTAS = _Deltas()


def _read(
    model: Any,
    messages: Any = None,
    functions: Any = None,
    stream: Any = True,  # noqa: FBT002 - as the framework has it
    delta_stream: Any = False,  # noqa: FBT002 - as above
    extra_generate_cfg: Any = None,
) -> Found | None:
    if getattr(model, "cache", None) is not None:
        # Which of its calls reach a model, the model's client knows.
        return None
    settings = {**fields(getattr(model, "generate_cfg", None)), **fields(extra_generate_cfg)}
    provider = _provider(model)
    subject = Inference(
        n.OperationName.CHAT,
        provider,
        dialect.request(getattr(model, "model", None), {**settings, "stream": bool(stream) or None}),
        in_process=provider in _IN_PROCESS,
    )
    reader: Reader = _DELTAS if delta_stream and stream else dialect
    return subject, reader, lambda: dialect.content(messages, functions)


_find = bound(_read)


def _streams(instance: Any, args: Args, kwargs: Kwargs) -> bool:
    """Tell whether nothing is sent before the first step of what this call returns."""

    def lazily(
        messages: Any = None,
        functions: Any = None,
        stream: Any = True,  # noqa: FBT002 - as the framework has it
        delta_stream: Any = False,  # noqa: FBT002 - as above
        **_: Any,
    ) -> bool:
        del messages, functions
        return bool(stream) and not delta_stream and not getattr(instance, "use_raw_api", False)

    return lazily(*args, **kwargs)


def _provider(model: Any) -> str:
    kind = getattr(model, "model_type", None)
    if isinstance(kind, str) and kind in _PROVIDERS:
        return _PROVIDERS[kind]
    named = (each.__name__ for each in type(model).__mro__)
    return next((_PROVIDERS[_CLASSES[each]] for each in named if each in _CLASSES), _UNKNOWN)


def _noted(operation: Operation) -> None:
    """Say in the message, too, why it ended, if the client inside has told."""
    subject: Any = operation.subject
    output = subject.content.output if subject.content is not None else ()
    response = subject.response
    if output and response is not None and response.finish_reasons:
        output[-1].finish_reason = response.finish_reasons[-1]
