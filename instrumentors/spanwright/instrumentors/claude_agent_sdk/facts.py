# SPDX-License-Identifier: Apache-2.0
"""What the options of a run tell of it before it starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects.wire import get, string
from spanwright.instrumentors._families.servers import Servers
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from collections.abc import Mapping

# How Claude Code is told to ask another provider; Microsoft's has no name in the conventions.
_CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": n.ProviderName.AWS_BEDROCK,
    "CLAUDE_CODE_USE_VERTEX": n.ProviderName.GCP_VERTEX_AI,
    "CLAUDE_CODE_USE_FOUNDRY": n.ProviderName.AZURE_AI_INFERENCE,
}
_ON = frozenset(("1", "true", "yes", "on"))
_servers = Servers(n.ProviderName.ANTHROPIC)


@dataclass(frozen=True, slots=True)
class Facts:
    """The agent's name, if its user gave it one, its model, and who is asked; `system` is content."""

    name: str | None
    model: str | None
    provider: str
    address: str | None
    port: int | None
    conversation: str | None
    streams: bool
    system: Any


def facts(options: Any) -> Facts:
    """Read the options of a run; None are the SDK's defaults."""
    given = _mapping(get(options, "env"))
    cloud = next((name for key, name in _CLOUDS.items() if _said(given, key) in _ON), None)
    base = _said(given, "ANTHROPIC_BASE_URL") if cloud is None else None
    server = _servers.of(None, base) if base else None
    # A forked session gets an id of its own.
    resumed = None if get(options, "fork_session") else string(get(options, "resume"))
    return Facts(
        name=string(_mapping(get(options, "extra_args")).get("agent")),
        model=string(get(options, "model")),
        provider=cloud or (server.provider if server is not None else n.ProviderName.ANTHROPIC),
        address=server.address if server is not None else None,
        port=server.port if server is not None else None,
        conversation=resumed or string(get(options, "session_id")),
        streams=get(options, "include_partial_messages") is True,
        system=get(options, "system_prompt"),
    )


def _said(given: Mapping[str, Any], key: str) -> str:
    found = given.get(key, os.environ.get(key))
    return found.strip() if isinstance(found, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
