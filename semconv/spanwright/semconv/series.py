# SPDX-License-Identifier: Apache-2.0
"""How many series of metric points there are: at most so many, however many names callers and servers make up."""

from __future__ import annotations

from typing import Any

from spanwright.semconv import names as n

AT_MOST = 2000
"""Label sets of either kind in a process. The SDK keeps every series for ever, and has no limit of its own."""
OTHER = "_OTHER"
# Labels whose values come from callers and servers, and so from anybody.
_FREE = (
    n.DB_COLLECTION_NAME,
    n.ERROR_TYPE,
    n.GEN_AI_AGENT_NAME,
    n.GEN_AI_PROMPT_NAME,
    n.GEN_AI_PROVIDER_NAME,
    n.GEN_AI_REQUEST_MODEL,
    n.GEN_AI_RESPONSE_MODEL,
    n.GEN_AI_TOOL_NAME,
    n.GEN_AI_TOOL_TYPE,
    n.GEN_AI_WORKFLOW_NAME,
    n.MCP_METHOD_NAME,
    n.MCP_PROTOCOL_VERSION,
    n.NETWORK_PROTOCOL_NAME,
    n.NETWORK_PROTOCOL_VERSION,
    n.RPC_STATUS_CODE,
    n.SERVER_ADDRESS,
)
calls: dict[tuple[Any, ...], tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {}
"""Label sets of model calls, and with them those of their input and output tokens: costly to build at every call."""
# The label sets of everything else, and of failures.
_others: dict[tuple[Any, ...], None] = {}


def bounded(labels: dict[str, Any]) -> dict[str, Any]:
    """Return the labels of a series that is known or may still be added, else those that it falls under.

    Then each value that anybody can choose is `_OTHER`; the span has the true one.
    """
    key = tuple(labels.items())
    if key in _others:
        return labels
    if len(_others) < AT_MOST:
        _others[key] = None
        return labels
    return fallen(labels)


def fallen(labels: dict[str, Any]) -> dict[str, Any]:
    """Return labels without what anybody can choose."""
    found = {name: OTHER if name in _FREE else value for name, value in labels.items()}
    if n.SERVER_PORT in found:
        # It must be a number, and stand wherever there is an address.
        found[n.SERVER_PORT] = 0
    return found


def forget() -> None:
    """Forget which series there are, as a new process does."""
    calls.clear()
    _others.clear()
