# SPDX-License-Identifier: Apache-2.0
"""Which of a library's tests tells most about it, judged by what it recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.trace import StatusCode

from spanwright.semconv import names
from spanwright.semconv.spans import SPANS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

CONTENT = {
    key
    for kind in SPANS
    for key, attribute in kind.attributes.items()
    if attribute.level == "opt_in" and key.startswith("gen_ai.")
}
"""Keys that stand on a span only when content is captured."""
_FEWEST, _MOST = 1, 14
# What a reader looks for; anything else is worth one.
_WORTH = {
    "invoke_agent": 4,
    "execute_tool": 4,
    "chat": 4,
    "generate_content": 4,
    "invoke_workflow": 3,
    "retrieval": 3,
    "embeddings": 2,
    "POST": 2,
    "step": 0,
}
_TOLD = (
    names.GEN_AI_OPERATION_NAME,
    names.MCP_METHOD_NAME,
    names.DB_OPERATION_NAME,
    names.HTTP_REQUEST_METHOD,
)


def operation(span: ReadableSpan) -> str:
    """Return what a span is a case of: `chat`, `tools/call`, `POST`; `step` where it tells nothing."""
    attributes = span.attributes or {}
    return next((str(attributes[key]) for key in _TOLD if key in attributes), "step")


def is_of(span: ReadableSpan, library: str) -> bool:
    """Tell whether a span was made by the library's own instrumentor; by any of ours where none is named."""
    scope = span.instrumentation_scope
    ours = "spanwright.instrumentors."
    return scope is not None and (
        scope.name == f"{ours}{library}" if library else scope.name.startswith(ours)
    )


def is_fit(spans: Sequence[ReadableSpan], library: str) -> bool:
    """Tell whether spans would make a picture: a few, all ours, whole, none in error, no content, some the library's."""
    known = {span.context.span_id for span in spans if span.context}
    return (
        _FEWEST <= len(spans) <= _MOST
        and any(is_of(span, library) for span in spans)
        and all(is_of(span, "") for span in spans)
        and all(span.parent is None or span.parent.span_id in known for span in spans)
        and not any(
            span.status.status_code is StatusCode.ERROR or CONTENT & set(span.attributes or ())
            for span in spans
        )
    )


def weight(spans: Sequence[ReadableSpan], test: str) -> tuple[int, int, int, int, str]:
    """Return what is greater, the more a picture of the spans would tell: kinds of operations, one whole, facts."""
    roots = sum(span.parent is None for span in spans)
    facts = {(operation(span), key) for span in spans for key in span.attributes or ()}
    worth = sum(_WORTH.get(each, 1) for each in set(map(operation, spans)))
    return worth, -roots, len(facts), -len(spans), test
