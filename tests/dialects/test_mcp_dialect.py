# SPDX-License-Identifier: Apache-2.0
"""The protocol's messages, read from JSON alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import mcp_messages as wire
from spanwright.semconv.model import Content, McpMessage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "uri", "arguments", "_meta", "content", "data", "isError", "resource"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
METHODS = st.sampled_from(["tools/call", "prompts/get", "resources/read", "initialize", "x"]) | JSON


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("tools/call", {"name": "add"}, McpMessage("tools/call", operation="execute_tool", tool="add")),
        ("prompts/get", {"name": "greet"}, McpMessage("prompts/get", prompt="greet")),
        ("resources/read", {"uri": "file:///a"}, McpMessage("resources/read", resource_uri="file:///a")),
        ("tools/list", None, McpMessage("tools/list")),
        ("logging/setLevel", {"name": "x", "uri": "y"}, McpMessage("logging/setLevel")),
        (
            "ping",
            {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}},
            McpMessage("ping", protocol_version="2026-07-28"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_facts_of_a_message(method: str, params: Any, expected: McpMessage) -> None:
    assert wire.message(method, params) == expected


def test_a_model_is_read_like_json() -> None:
    found = wire.message("tools/call", SimpleNamespace(name="add"), received=True)
    assert found == McpMessage("tools/call", received=True, operation="execute_tool", tool="add")


def test_only_tools_and_prompts_have_content() -> None:
    given = {"name": "n", "arguments": {"a": "1", "b": 2}}
    assert wire.content("tools/call", given) == Content(arguments={"a": "1", "b": 2})
    assert wire.content("prompts/get", given) == Content(variables={"a": "1"})
    assert wire.content("completion/complete", given) == Content()


@pytest.mark.parametrize("key", ["isError", "is_error"])
def test_a_tool_says_itself_that_it_failed(key: str) -> None:
    assert wire.failure("tools/call", {key: True}) == "tool_error"
    assert wire.failure("tools/call", {key: "yes"}) is None
    assert wire.failure("tools/list", {key: True}) is None


def test_media_stays_out_of_a_result() -> None:
    blocks = [
        {"type": "text", "text": "seen"},
        {"type": "image", "data": "QUJD", "mimeType": "image/png"},
        {"type": "resource", "resource": {"uri": "file:///a", "blob": "QUJD"}},
    ]
    found = wire.result("tools/call", {"content": blocks, "_meta": {"a": 1}})
    assert "QUJD" not in str(found)
    assert found["content"][0] == {"type": "text", "text": "seen"}
    assert found["content"][1]["bytes"] == found["content"][2]["resource"]["bytes"] == 3


def test_a_boolean_is_no_id() -> None:
    assert [wire.identity(value) for value in (0, "a", True, None, 1.5)] == ["0", "a", None, None, None]


@given(METHODS, JSON)
def test_odd_messages_are_read_without_an_error(method: Any, value: Any) -> None:
    wire.message(method, value)
    wire.content(method, value)
    wire.failure(method, value)
    wire.result(method, value)
    wire.version(value)
