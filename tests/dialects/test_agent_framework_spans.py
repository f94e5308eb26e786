# SPDX-License-Identifier: Apache-2.0
"""The Agent Framework's own spans, read without the framework."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import agent_framework_spans as dialect
from spanwright.semconv.model import (
    AgentRun,
    Embeddings,
    Inference,
    Request,
    Response,
    Step,
    ToolRun,
    Usage,
    WorkflowRun,
)
from strange_answers import ANY


class Word(str, Enum):
    """Attributes as the framework has them."""

    OPERATION = "gen_ai.operation.name"
    CHAT = "chat"


@pytest.mark.parametrize(
    ("name", "told", "subject"),
    [
        (
            "invoke_agent host",
            {
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.provider.name": "microsoft.agent_framework",
                "gen_ai.agent.id": "a1",
                "gen_ai.agent.name": "host",
                "gen_ai.agent.description": "Hosts.",
                "gen_ai.conversation.id": "t1",
                "gen_ai.request.choice.count": 1,
                "gen_ai.usage.input_tokens": 9,
            },
            AgentRun(name="host", id="a1", description="Hosts.", conversation_id="t1"),
        ),
        (
            "invoke_agent a1",
            {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.id": "a1", "gen_ai.agent.name": "a1"},
            AgentRun(id="a1"),
        ),
        (
            "execute_tool look",
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "look",
                "gen_ai.tool.call.id": "unknown",
                "gen_ai.tool.type": "function",
            },
            ToolRun(name="look", type="function"),
        ),
        ("workflow.run", {"workflow.id": "w1", "workflow.name": "essay"}, WorkflowRun(name="essay")),
        (
            "executor.process writer",
            {"executor.id": "writer", "executor.type": "AgentExecutor"},
            Step("executor writer", attributes={"agent_framework.executor.type": "AgentExecutor"}),
        ),
        ("message.send", {"message.type": "standard"}, None),
        ("edge_group.process SingleEdgeGroup", {"edge_group.type": "SingleEdgeGroup"}, None),
        ("workflow.build", {}, None),
        (
            "embeddings m1",
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "m1",
                "gen_ai.usage.input_tokens": 3,
            },
            Embeddings(provider="openai", request=Request("m1"), response=Response(usage=Usage(3))),
        ),
    ],
)
def test_each_span_is_read(name: str, told: dict[str, Any], subject: Any) -> None:
    assert dialect.subject(name, told) == subject


def test_a_model_call_is_read_without_fillers() -> None:
    told = {
        Word.OPERATION: Word.CHAT,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "unknown",
        "gen_ai.request.choice.count": 1,
        "server.address": "https://api.example.com/v1/",
        "gen_ai.response.finish_reasons": '["tool_calls"]',
        "gen_ai.response.model": "m1",
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.reasoning.output_tokens": 2,
    }
    found = dialect.subject("chat unknown", told)
    assert found == Inference(
        provider="openai",
        request=Request(),
        response=Response(
            model="m1", finish_reasons=["tool_call"], usage=Usage(input=5, output=7, reasoning=2)
        ),
        address="api.example.com",
        port=443,
    )
    assert isinstance(found, Inference)
    assert type(found.operation) is str


@pytest.mark.parametrize("address", ["unknown", "None", "//", "https://[", "api.example.com"])
def test_an_address_that_is_none_is_left_out(address: str) -> None:
    found = dialect.subject("chat", {"gen_ai.operation.name": "chat", "server.address": address})
    assert found == Inference(request=Request())


def test_content_is_read_from_json() -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    found = dialect.content(
        {"gen_ai.input.messages": json.dumps(asked), "gen_ai.tool.call.arguments": "None"}
    )
    assert found.input[0].role == "user"
    assert found.arguments is None


_KEYS = st.sampled_from(
    [
        "gen_ai.operation.name",
        "gen_ai.agent.name",
        "server.address",
        "gen_ai.response.finish_reasons",
        "gen_ai.usage.input_tokens",
        "gen_ai.input.messages",
        "executor.id",
        "workflow.name",
    ]
)


@given(
    st.sampled_from(["chat", "workflow.run", "executor.process x"]),
    st.dictionaries(_KEYS, ANY | st.sampled_from(["chat", "invoke_agent"]) | ANY.map(json.dumps), max_size=6),
)
def test_odd_values_are_no_error(name: str, told: dict[str, Any]) -> None:
    dialect.subject(name, told)
    dialect.content(told)
