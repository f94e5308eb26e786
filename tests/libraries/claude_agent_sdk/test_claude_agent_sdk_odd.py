# SPDX-License-Identifier: Apache-2.0
"""Whatever Claude Code writes, reading it raises nothing, and every operation ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.context import Context

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.instrumentors.claude_agent_sdk.facts import facts
from spanwright.instrumentors.claude_agent_sdk.sessions import Session

if TYPE_CHECKING:
    from harness import Recorder

_WORD = st.sampled_from(["toolu_1", "toolu_2", "msg_1", "Task", "Read", "", "text"])
_ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 5), st.just(float("nan")), _WORD, st.just([]), st.just({})
)
_BLOCK = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(st.sampled_from(["text", "tool_use", "tool_result", "thinking"]), _ODD),
        "id": _ODD,
        "tool_use_id": _ODD,
        "name": _ODD,
        "text": _ODD,
        "input": st.one_of(_ODD, st.fixed_dictionaries({"subagent_type": _ODD, "prompt": _ODD})),
        "content": _ODD,
        "is_error": _ODD,
    },
)
_HELD = st.fixed_dictionaries(
    {},
    optional={
        "id": _ODD,
        "model": _ODD,
        "content": st.one_of(_ODD, st.lists(st.one_of(_BLOCK, _ODD), max_size=3)),
        "usage": st.one_of(_ODD, st.dictionaries(st.sampled_from(["input_tokens", "output_tokens"]), _ODD)),
        "stop_reason": _ODD,
    },
)
_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(st.sampled_from(["message_start", "message_delta", "message_stop"]), _ODD),
        "message": st.one_of(_HELD, _ODD),
        "delta": st.one_of(_HELD, _ODD),
        "usage": _ODD,
    },
)
_MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(st.sampled_from(["system", "assistant", "user", "result", "stream_event"]), _ODD),
        "subtype": st.one_of(
            st.sampled_from(["init", "task_notification", "success", "error_max_turns"]), _ODD
        ),
        "parent_tool_use_id": _ODD,
        "session_id": _ODD,
        "message": st.one_of(_HELD, _ODD),
        "event": st.one_of(_EVENT, _ODD),
        "error": _ODD,
        "is_error": _ODD,
        "usage": _ODD,
        "result": _ODD,
        "total_cost_usd": _ODD,
        "tool_use_result": _ODD,
        "tool_use_id": _ODD,
        "status": _ODD,
    },
)


@given(messages=st.lists(st.one_of(_MESSAGE, _ODD), max_size=8), prompt=_ODD)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_messages_are_survived(shown: Recorder, messages: list[Any], prompt: Any) -> None:
    session = Session(Telemetry("test", "1", **shown.providers), facts(None), Context())
    session.asked(prompt, Context())
    called = {"method": "tools/call", "params": prompt}
    try:
        for message in messages:
            session.take(message)
            session.place({"request": {"subtype": "mcp_message", "message": called}})
    finally:
        session.close()
    assert not ending._open


@given(
    options=st.one_of(_ODD, st.dictionaries(st.sampled_from(["env", "extra_args", "model", "resume"]), _ODD))
)
@settings(max_examples=50, deadline=None)
def test_odd_options_are_survived(options: Any) -> None:
    assert facts(options).provider
