# SPDX-License-Identifier: Apache-2.0
"""The spans of LiveKit Agents, read from plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import livekit_spans as dialect
from spanwright.semconv.model import AgentRun, Inference, Message, Step, Text, ToolRun, WorkflowRun

SPANS = ["agent_session", "agent_turn", "function_tool", "llm_request", "realtime_inference", "user_turn"]
NAMES = st.sampled_from(
    [
        "gen_ai.provider.name",
        "gen_ai.usage.input_tokens",
        "gen_ai.agent.name",
        "lk.pii.user_input",
        "lk.pii.function_tool.output",
        "lk.function_tool.is_error",
        "gen_ai.input.messages",
    ]
)
ODD: Any = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("agent_session", WorkflowRun),
        ("agent_turn", AgentRun),
        ("function_tool", ToolRun),
        ("llm_request", Inference),
        ("realtime_inference", Inference),
        ("user_turn", Step),
        ("llm_node", type(None)),
        ("llm_request_run", type(None)),
    ],
)
def test_a_span_is_known_by_its_name(name: str, kind: type[Any]) -> None:
    assert type(dialect.subject(name, {})) is kind


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("api.openai.com", ("openai", "api.openai.com", 443)),
        ("127.0.0.1:8000", ("openai", "127.0.0.1", 8000)),
        ("api.deepseek.com", ("deepseek", "api.deepseek.com", 443)),
        ("gcp.gemini", ("gcp.gemini", None, None)),
        ("anthropic", ("anthropic", None, None)),
        ("[::1", (None, None, None)),
    ],
)
def test_a_provider_may_be_called_by_its_host(told: str, found: tuple[Any, ...]) -> None:
    subject = dialect.subject("llm_request", {"gen_ai.provider.name": told})
    assert isinstance(subject, Inference)
    assert (subject.provider, subject.address, subject.port) == found


def test_a_turn_has_what_was_said() -> None:
    told = {"lk.pii.user_input": "Where?", "lk.pii.response.text": "Here."}
    content = dialect.content("agent_turn", told)
    assert content.input == [Message("user", [Text("Where?")])]
    assert content.output == [Message("assistant", [Text("Here.")], None, "stop")]


@given(name=st.sampled_from(SPANS), told=st.dictionaries(NAMES, ODD))
def test_odd_data_is_read_without_an_error(name: str, told: Any) -> None:
    dialect.subject(name, told)
    dialect.content(name, told)
    dialect.failed(told)
