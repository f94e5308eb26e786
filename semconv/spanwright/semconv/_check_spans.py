# SPDX-License-Identifier: Apache-2.0
"""Rules for one GenAI or MCP span: its type, kind, name, status and the attributes it may and must have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from spanwright.semconv import names, spans
from spanwright.semconv._check_facts import RENAMED_EVENTS, TYPES
from spanwright.semconv._check_keys import NAMESPACES, VARIABLES, is_text, keys, ours, shown
from spanwright.semconv._check_messages import content, messages
from spanwright.semconv.vocabularies.openllmetry import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spanwright.semconv._check_forms import Span
    from spanwright.semconv._check_keys import Problem
    from spanwright.semconv.spans import Attribute, SpanType

# Keys an application may stamp on any span of its own, for instance from baggage.
CONTEXT: Final = frozenset(
    (
        names.GEN_AI_CONVERSATION_ID,
        names.GEN_AI_AGENT_ID,
        names.GEN_AI_AGENT_NAME,
        names.GEN_AI_AGENT_VERSION,
    ),
)
# Namespaces in which every key on a GenAI span is judged; other keys are the application's.
JUDGED: Final = (
    *NAMESPACES,
    "aws.bedrock.",
    "azure.",
    "client.",
    "jsonrpc.",
    "rpc.",
    "server.",
    "spanwright.",
)
# Values that are only ever written when they differ from them.
NEEDLESS: Final[Mapping[str, object]] = {
    names.GEN_AI_REQUEST_STREAM: False,
    names.GEN_AI_REQUEST_CHOICE_COUNT: 1,
    names.GEN_AI_CONVERSATION_COMPACTED: False,
    names.OPENAI_REQUEST_SERVICE_TIER: names.OpenaiServiceTier.AUTO,
    names.JSONRPC_PROTOCOL_VERSION: "2.0",
    names.HTTP_REQUEST_RESEND_COUNT: 0,
}
# Codes by which an MCP server says that the client was wrong.
CLIENT_FAULTS: Final = frozenset(("-32700", "-32600", "-32601", "-32602", "-32002"))
# What may follow the tool in the name of a tool span that deals with a skill or a process.
TOOL_TARGETS: Final = (
    (names.GEN_AI_SKILL_NAME, names.GEN_AI_SKILL_RESOURCE_NAME),
    (names.GEN_AI_SKILL_RESOURCE_NAME,),
    (names.GEN_AI_SKILL_NAME,),
    (names.PROCESS_EXECUTABLE_NAME,),
)
# What only a call of a model costs: on the spans around it the same money would be counted again.
PRICED: Final = frozenset((names.SPANWRIGHT_COST,))
GENERATED: Final = frozenset((spans.INFERENCE.id, spans.FETCH_RESPONSE.id))


def type_of(span: Span) -> SpanType | None:
    """Find the type of a span by its operation, or by its MCP method, and its kind."""
    operation = _text(span, names.GEN_AI_OPERATION_NAME)
    method = _text(span, names.MCP_METHOD_NAME)
    if method and not (operation and span.kind == "INTERNAL"):
        return spans.MCP_SERVER if span.kind == "SERVER" else spans.MCP_CLIENT
    types = spans.BY_OPERATION.get(operation, ())
    return next((found for found in types if span.kind in found.kinds), types[-1] if types else None)


def genai(span: Span) -> Iterator[Problem]:
    """Judge a span that uses any key of the GenAI conventions."""
    yield from keys(span.attributes)
    yield from content(span.attributes, structured=False)
    found = type_of(span)
    if found is not None:
        yield from status(span)
        yield from typed(span, found)
        yield from _foreign(span, found)
        yield from _usage(span.attributes)
        yield from _choices(span, found)
    elif not _text(span, names.GEN_AI_OPERATION_NAME) and any(map(_needs_operation, span.attributes)):
        yield "missing-attribute", f"{names.GEN_AI_OPERATION_NAME} is not set"
    yield from _events(span)
    yield from _mcp(span, found)


def typed(span: Span, found: SpanType) -> Iterator[Problem]:
    """Judge kind, name and the attributes that a span of this type must have."""
    if span.kind not in found.kinds:
        yield "wrong-kind", f"kind is {span.kind}, not {' or '.join(found.kinds)}"
    allowed = tuple(_names(span, found))
    if allowed and span.name not in allowed:
        yield "wrong-name", f"name is {span.name!r}, not {' or '.join(map(repr, allowed))}"
    for key, attribute in _wanted(span, found).items():
        if key not in span.attributes:
            yield from _absent(span, key, attribute)
        elif key in NEEDLESS and span.attributes[key] == NEEDLESS[key]:
            yield "needless-value", f"{key} is {NEEDLESS[key]!r}"


def status(span: Span) -> Iterator[Problem]:
    """Judge the status, which instrumentation sets to ERROR with an error.type or not at all."""
    if span.status == "OK":
        yield "status-ok", "status is OK"
    if span.status == "ERROR" and names.ERROR_TYPE not in span.attributes:
        yield "error-without-type", "status is ERROR without error.type"
    if span.status != "ERROR" and names.ERROR_TYPE in span.attributes:
        yield (
            "type-without-error",
            f"error.type is{shown(span.attributes[names.ERROR_TYPE])}, status is {span.status}",
        )


def relevant(span: Span) -> bool:
    """Tell whether a span uses any key of the GenAI conventions."""
    return ours(span.attributes)


def _wanted(span: Span, found: SpanType) -> dict[str, Attribute]:
    provider = _text(span, names.GEN_AI_PROVIDER_NAME)
    wanted = dict(found.attributes)
    for refinement in spans.REFINEMENTS:
        if refinement.of == found.id and refinement.provider and refinement.provider == provider:
            wanted.update(refinement.attributes)
    return wanted


def _absent(span: Span, key: str, attribute: Attribute) -> Iterator[Problem]:
    if attribute.level == "required":
        yield "missing-attribute", f"{key} is not set"
    elif attribute.given is not None:
        other, values = attribute.given
        found = span.attributes.get(other)
        if found is not None and (not values or found in values):
            yield "missing-companion", f"{key} is not set although {other} is{shown(found)}"


def _names(span: Span, found: SpanType) -> Iterator[str]:
    first = span.attributes.get(found.name)
    if not isinstance(first, str):
        return
    targets = [value for key in found.target if (value := _text(span, key))]
    base = f"{first} {targets[0]}" if targets else first
    yield base
    if found is spans.EXECUTE_TOOL:
        for target in TOOL_TARGETS:
            found_targets = [_text(span, key) for key in target]
            if all(found_targets):
                yield " ".join((base, *found_targets))
    elif found.name == names.MCP_METHOD_NAME and (resource := _text(span, names.MCP_RESOURCE_URI)):
        # Allowed by a setting of the user's, for the price of many distinct names.
        yield f"{first} {resource}"


def _foreign(span: Span, found: SpanType) -> Iterator[Problem]:
    allowed = set(found.attributes)
    for refinement in spans.REFINEMENTS:
        if refinement.of == found.id:
            allowed.update(refinement.attributes)
    if found is spans.EXECUTE_TOOL and names.MCP_METHOD_NAME in span.attributes:
        # A traced tool call that turns out to be an MCP call takes the attributes of that call on.
        allowed.update(spans.MCP_CLIENT.attributes)
    if found in (spans.INFERENCE, spans.EMBEDDINGS):
        allowed.update(PRICED)
    for key in span.attributes:
        known = VARIABLES[:-1] if key.startswith(VARIABLES) else key
        if known in TYPES and known not in allowed and key.startswith(JUDGED) and not key.endswith("_ref"):
            yield "foreign-attribute", f"{key} does not belong on {found.id}"


def _usage(attributes: Mapping[str, object]) -> Iterator[Problem]:
    counts = {
        key: value
        for key, value in attributes.items()
        if key.startswith("gen_ai.usage.")
        and key not in SECOND
        and isinstance(value, int)
        and not isinstance(value, bool)
    }
    for key, value in counts.items():
        if value < 0:
            yield "usage-sum", f"{key} is negative"
        whole = (
            names.GEN_AI_USAGE_INPUT_TOKENS
            if key.endswith("input_tokens")
            else names.GEN_AI_USAGE_OUTPUT_TOKENS
        )
        if whole in counts and value > counts[whole]:
            yield "usage-sum", f"{key} ({value}) is more than {whole} ({counts[whole]})"


def _choices(span: Span, found: SpanType) -> Iterator[Problem]:
    reasons = span.attributes.get(names.GEN_AI_RESPONSE_FINISH_REASONS)
    written = messages(span.attributes)
    if found.id not in GENERATED or not isinstance(reasons, (list, tuple)) or not written:
        return
    expected = list(cast("list[object]", reasons))
    # A choice that failed may have nothing to show.
    if len(written) > len(expected) or (len(written) < len(expected) and "error" not in expected):
        yield "choice-count", f"{len(written)} output messages for {len(expected)} finish reasons"
        return
    for index, (message, reason) in enumerate(zip(written, expected, strict=False)):
        told = cast("dict[str, object]", message).get("finish_reason") if isinstance(message, dict) else None
        if isinstance(told, str) and told != reason and len(written) == len(expected):
            yield (
                "choice-count",
                f"message {index} ended with {told!r}, finish reason {index} is{shown(reason)}",
            )


def _events(span: Span) -> Iterator[Problem]:
    for name in span.events:
        if name in RENAMED_EVENTS:
            yield "removed-event", f"span event {name} was replaced by {RENAMED_EVENTS[name]}"


def _mcp(span: Span, found: SpanType | None) -> Iterator[Problem]:
    if found not in (spans.MCP_CLIENT, spans.MCP_SERVER):
        return
    is_call = _text(span, names.MCP_METHOD_NAME) == names.McpMethod.TOOLS_CALL
    operation = span.attributes.get(names.GEN_AI_OPERATION_NAME)
    if operation != (names.OperationName.EXECUTE_TOOL if is_call else None):
        yield "mcp-operation", f"{names.GEN_AI_OPERATION_NAME} is{shown(operation)}"
    code = _text(span, names.RPC_STATUS_CODE)
    excused = found is spans.MCP_SERVER and code in CLIENT_FAULTS
    if code and excused == (span.status == "ERROR"):
        yield "mcp-status", f"status is {span.status} for code {code} on the side of the {span.kind.lower()}"


def _needs_operation(key: str) -> bool:
    return key.startswith("gen_ai.") and key in TYPES and key not in CONTEXT and "main_agent" not in key


def _text(span: Span, key: str) -> str:
    value = span.attributes.get(key)
    return value if isinstance(value, str) and is_text(value) else ""
