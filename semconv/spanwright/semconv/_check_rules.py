# SPDX-License-Identifier: Apache-2.0
"""Every rule of the conformance oracle, with one sentence that says how to obey it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

RULES: Final[Mapping[str, str]] = {
    # Attributes, wherever they are.
    "unknown-key": "Use a key of the conventions, or put your own into a namespace of your own.",
    "renamed-key": "Write the successor instead; the old key is no longer read.",
    "renamed-value": "Write the well-known value instead of the old or home-made one.",
    "wrong-type": "Convert the value to the type of the attribute, or leave the attribute out.",
    "placeholder-value": "Leave the attribute out when its value is not known.",
    # Spans.
    "wrong-kind": "Start the span with a kind that its operation allows.",
    "wrong-name": "Name the span for its operation and, when that is set, its target.",
    "missing-attribute": "Set the attribute; every span of this type has one.",
    "missing-companion": "Set the attribute too; another one on the span calls for it.",
    "foreign-attribute": "Leave the attribute out; it does not describe this operation.",
    "needless-value": "Leave the attribute out; it is written only when it differs from the normal case.",
    "error-without-type": "Set error.type whenever the status is ERROR.",
    "type-without-error": "Set the status to ERROR whenever error.type is set.",
    "status-ok": "Leave the status unset on success; OK belongs to the application.",
    "removed-event": "Drop the event; content goes to attributes or to the details event.",
    "usage-sum": "Report parts of the usage as subsets of the totals, which include them.",
    "choice-count": "Write one output message per choice, in the order of the finish reasons.",
    "mcp-operation": "Set gen_ai.operation.name to execute_tool for tools/call, and for nothing else.",
    "mcp-status": "An error code is an ERROR for a client, and for a server when the server is at fault.",
    # Content.
    "content-not-json": "Write content on a span as one JSON text; shorten it inside the structure.",
    "content-not-structured": "Write content on a log event as lists and maps, not as text.",
    "malformed-message": "Give every message a role and a list of parts.",
    "malformed-part": "Give every part the fields of its type; write parts of no known type as generic.",
    "malformed-tool": "Give every tool definition a type and a name.",
    "malformed-document": "Write documents and memories as maps with ids of text and scores of numbers.",
    "malformed-arguments": "Write tool arguments and results as the object they are, encoded once.",
    # Metrics.
    "unknown-metric": "Use a metric of the conventions, or a namespace of your own.",
    "renamed-metric": "Record the successor instead; the old metric is no longer read.",
    "metric-instrument": "Create the instrument the conventions ask for.",
    "metric-unit": "Create the instrument with the unit of the conventions.",
    "metric-value": "Record whole numbers where the conventions count things, and never negative ones.",
    "metric-buckets": "Create the histogram with the advised bucket bounds, which fit its unit.",
    "metric-missing": "Add the attribute; the metric cannot be told apart without it.",
    "metric-extra": "Drop the attribute; every value of it makes another time series.",
    # Log events.
    "unknown-event": "Use an event of the conventions, or a namespace of your own.",
    "event-severity": "Emit the event with the severity of the conventions.",
    "event-body": "Leave the body empty; everything is in the attributes.",
    "event-missing": "Set the attribute; every event of this name has one.",
    "event-foreign": "Leave the attribute out; it does not belong to this event.",
    # HTTP client spans.
    "http-status": "Set the status to ERROR for answers of 400 and more.",
    "secret-in-url": "Replace the values of secret query parameters by REDACTED.",
    "user-in-url": "Take user name and password out of the URL, or replace both by REDACTED.",
    "secret-header": "Never record headers that carry credentials.",
    # The tree.
    "doubled-call": "Record one span per model call: the outer layer owns it, the inner one enriches it.",
    "doubled-tool": "Record one span per tool call: add the attributes of MCP to the tool's span.",
    "strange-trace": "Give a child the trace id of its parent.",
    "lost-parent": "Export the parent too, or give the span a parent that is exported.",
}
