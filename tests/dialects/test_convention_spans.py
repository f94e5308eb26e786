# SPDX-License-Identifier: Apache-2.0
"""Spans that libraries make in the conventions' words, of today or of an older year."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import convention_spans as dialect
from spanwright.semconv.model import (
    AgentRun,
    Content,
    Generic,
    Inference,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResponse,
    ToolRun,
    Usage,
    WorkflowRun,
)

ODD: Any = (
    st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text())
)


def test_a_model_call_of_an_older_year() -> None:
    assert dialect.subject(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "az.ai.openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 5,
            "gen_ai.usage.completion_tokens": 7,
            "gen_ai.usage.cache_creation.input_tokens": 2,
            "gen_ai.response.finish_reasons": ("tool_calls",),
        }
    ) == Inference(
        provider="azure.ai.openai",
        request=Request("gpt-4o"),
        response=Response(finish_reasons=["tool_call"], usage=Usage(5, 7, cache_write=2)),
    )


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        (
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "look",
                "gen_ai.tool.call.id": "c1",
            },
            ToolRun(name="look", type="function", call_id="c1"),
        ),
        (
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.agent.name": "host",
                "gen_ai.conversation.id": "7",
            },
            AgentRun(name="host", conversation_id="7"),
        ),
        ({"gen_ai.operation.name": "invoke_workflow"}, WorkflowRun()),
        ({"gen_ai.operation.name": "dance"}, None),
        ({}, None),
    ],
)
def test_each_operation_is_read(told: dict[str, Any], subject: Any) -> None:
    assert dialect.subject(told) == subject


def test_messages_are_read_from_json() -> None:
    told = {
        "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief."}]',
        "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
        "gen_ai.output.messages": (
            '[{"role": "assistant", "finish_reason": "tool_calls", "parts": ['
            '{"type": "thinking", "content": "Hm."},'
            '{"type": "tool_call", "id": "c1", "name": "look", "arguments": "{\\"at\\": 1}"},'
            '{"type": "tool_call_response", "id": "c1", "result": "seen"},'
            '{"type": "new", "x": 1}]}]'
        ),
        "gen_ai.tool.definitions": '[{"type": "function", "name": "look"}]',
    }
    assert dialect.content(told) == Content(
        system=[Text("Be brief.")],
        input=[Message("user", [Text("Hi")])],
        output=[
            Message(
                "assistant",
                [
                    Reasoning("Hm."),
                    ToolCall("look", "c1", {"at": 1}),
                    ToolResponse("seen", "c1"),
                    Generic("new", {"type": "new", "x": 1}),
                ],
                finish_reason="tool_call",
            )
        ],
        tools=[Tool("look")],
    )


@given(
    st.dictionaries(
        st.sampled_from(
            ["gen_ai.operation.name", "gen_ai.usage.input_tokens", "gen_ai.input.messages", "gen_ai.system"]
        ),
        ODD | st.sampled_from(["chat", "execute_tool", "invoke_agent", "[1]", '[{"parts": 1}]', "{"]),
    )
)
def test_odd_values_are_no_error(told: dict[str, Any]) -> None:
    dialect.subject(told)
    dialect.content(told)
