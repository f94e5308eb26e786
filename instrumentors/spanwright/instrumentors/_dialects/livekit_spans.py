# SPDX-License-Identifier: Apache-2.0
"""The spans of LiveKit Agents: told apart by their names, since most is said of them after their start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spanwright.instrumentors._dialects import convention_spans as conventions
from spanwright.instrumentors._dialects.wire import count, string
from spanwright.semconv import hosts
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Content, Inference, Message, Response, Step, Text, ToolRun
from spanwright.semconv.serial import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.model import Subject

_OPERATIONS = {
    "agent_session": n.OperationName.INVOKE_WORKFLOW,
    "agent_turn": n.OperationName.INVOKE_AGENT,
    "function_tool": n.OperationName.EXECUTE_TOOL,
    "llm_request": n.OperationName.CHAT,
    "realtime_inference": n.OperationName.CHAT,
}
# What a person wants to see of a conversation; the rest is plumbing.
_STEPS = (
    "agent_speaking",
    "amd",
    "decision_model.evaluate",
    "eou_detection",
    "job_entrypoint",
    "judge_evaluation",
    "tts_request",
    "user_speaking",
    "user_turn",
)
_TOOL_NAME = "lk.function_tool.name"
NAMING = frozenset((n.GEN_AI_AGENT_NAME, n.GEN_AI_TOOL_NAME, _TOOL_NAME))
"""What names an agent or a tool; the framework tells it after the start, among much else."""
_HTTPS = 443
_KNOWN = frozenset(each for each in vars(n.ProviderName).values() if isinstance(each, str))
_REASONING = "gen_ai.usage.reasoning.output_tokens"
_CACHED = ("gen_ai.usage.input_cached_tokens", n.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS)
# Since 1.8 what is content has a part of its own in its name.
_MARKS = ("lk.pii.", "lk.")


def subject(name: str, told: Mapping[str, Any]) -> Subject | None:
    """Return what a span is about; None for plumbing."""
    operation = _OPERATIONS.get(name)
    if operation is None:
        return Step(name) if name in _STEPS else None
    found = conventions.subject({**told, n.GEN_AI_OPERATION_NAME: operation})
    if isinstance(found, AgentRun):
        found.id = None
    elif isinstance(found, ToolRun):
        found.name = string(told.get(n.GEN_AI_TOOL_NAME)) or string(told.get(_TOOL_NAME)) or "tool"
        found.call_id = found.call_id or string(told.get("lk.function_tool.id"))
        found.agent_name = string(told.get(n.GEN_AI_AGENT_NAME))
    elif isinstance(found, Inference):
        found.request.output_type = None
        found.provider, found.address, found.port = _server(found.provider)
        _complete(found.response, told)
    return found


def failed(told: Mapping[str, Any]) -> bool:
    """Tell whether a tool has answered that it failed."""
    return told.get("lk.function_tool.is_error") is True


def content(name: str, told: Mapping[str, Any]) -> Content:
    """Return the content of any span."""
    operation = _OPERATIONS.get(name)
    if operation == n.OperationName.INVOKE_AGENT:
        instructions = string(_own(told, "instructions"))
        return Content(
            system=[Text(instructions)] if instructions else (),
            input=_said("user", _own(told, "user_input")),
            output=_said("assistant", _own(told, "response.text")),
        )
    if operation == n.OperationName.EXECUTE_TOOL:
        return Content(
            arguments=parsed(_own(told, "function_tool.arguments")),
            result=None if failed(told) else parsed(_own(told, "function_tool.output")),
        )
    return conventions.content(told) if operation == n.OperationName.CHAT else Content()


def _own(told: Mapping[str, Any], name: str) -> Any:
    return next((told[mark + name] for mark in _MARKS if mark + name in told), None)


def _said(role: str, text: Any) -> list[Message]:
    reason = "stop" if role == "assistant" else None
    return [Message(role, [Text(text)], None, reason)] if isinstance(text, str) and text else []


def _complete(response: Response | None, told: Mapping[str, Any]) -> None:
    if response is None:
        return
    # It is the one that was asked for.
    response.model = None
    used = response.usage
    if used is not None:
        used.reasoning = count(told.get(_REASONING))
        used.cache_read = next((found for key in _CACHED if (found := count(told.get(key)))), None)


def _server(provider: str | None) -> tuple[str | None, str | None, int | None]:
    """Return provider, host and port: the plugin for OpenAI calls its provider by the host that it asks."""
    if provider is None or not ("." in provider or ":" in provider) or provider in _KNOWN:
        return provider, None, None
    try:
        url = urlsplit(f"https://{provider}")
        host, port = url.hostname, url.port
    except ValueError:
        return None, None, None
    return hosts.provider(host) or n.ProviderName.OPENAI, host, port or _HTTPS
