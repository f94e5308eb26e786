# SPDX-License-Identifier: Apache-2.0
"""Reading Claude Code's stream of JSON messages."""

from __future__ import annotations

from typing import Any

from spanwright.instrumentors._dialects import claude_messages as wire
from spanwright.semconv.model import Response, Text, Usage


def assistant(*blocks: Any, **held: Any) -> dict[str, Any]:
    message = {"id": "msg_1", "model": "claude-opus-5", "content": list(blocks), **held}
    return {"type": "assistant", "message": message}


def test_an_answer_is_put_together_from_its_pieces() -> None:
    answer = wire.Answer("msg_1")
    answer.add(assistant({"type": "text", "text": "One."}))
    answer.add(
        assistant({"type": "text", "text": "Two."}, stop_reason="end_turn", usage={"output_tokens": 5})
    )
    assert answer.value()["content"] == [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    assert answer.response() == Response(
        id="msg_1", model="claude-opus-5", finish_reasons=["stop"], usage=Usage(output=5)
    )


def test_output_tokens_count_only_at_the_end() -> None:
    answer = wire.Answer("msg_1")
    answer.add(assistant(usage={"input_tokens": 3, "output_tokens": 1}))
    assert answer.response().usage == Usage(input=3)


def test_an_event_at_the_end_completes_the_counts() -> None:
    answer = wire.Answer("msg_1")
    answer.event(
        {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 3, "output_tokens": 1}}}
    )
    answer.event(
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 9}}
    )
    assert answer.response().usage == Usage(input=3, output=9)
    assert answer.response().finish_reasons == ["tool_call"]


def test_a_message_that_claude_code_made_up_is_told_from_a_failed_call() -> None:
    made_up = assistant(model="<synthetic>")
    assert wire.is_made_up(made_up)
    assert not wire.is_made_up({**made_up, "error": "rate_limit"})


def test_tool_calls_and_results() -> None:
    called = assistant(
        {"type": "tool_use", "id": "t1", "name": "Read", "input": {"a": 1}}, {"type": "tool_use"}
    )
    assert list(wire.calls(called)) == [("t1", "Read", {"a": 1})]
    block = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "ok"}]}
    assert list(wire.results({"message": {"content": [block, {"type": "text"}]}})) == [("t1", block)]
    assert wire.returned(block) is not None


def test_only_the_tools_that_start_sub_agents_do() -> None:
    assert wire.sub_agent("Task", {"subagent_type": "guide", "prompt": "Where?"}) == ("guide", "Where?")
    assert wire.sub_agent("Agent", {"prompt": "Where?"}) == (None, "Where?")
    assert wire.sub_agent("Read", {"prompt": "Where?"}) is None
    assert wire.sub_agent("Task", None) is None


def test_a_sub_agent_in_the_background_goes_on_until_it_is_told() -> None:
    assert wire.goes_on({"tool_use_result": {"status": "async_launched"}})
    assert not wire.goes_on({"tool_use_result": {"status": "completed"}})
    over = {"subtype": "task_notification", "tool_use_id": "t1", "status": "failed"}
    assert wire.ended(over) == ("t1", "failed")
    assert wire.ended({**over, "status": "completed"}) == ("t1", None)
    assert wire.ended({"subtype": "task_progress", "tool_use_id": "t1"}) is None


def test_results_tell_how_a_run_ended() -> None:
    assert wire.result({"subtype": "success", "is_error": False, "session_id": "s"}) == Response(
        conversation_id="s"
    )
    assert wire.result({"subtype": "error_max_turns", "is_error": False}).error == "error_max_turns"
    assert wire.result({"subtype": "success", "is_error": True, "api_error_status": 529}).error == "529"
    assert wire.result({"subtype": "success", "is_error": True}).error == "error"


def test_instructions_may_be_added_to_claude_code_s_own() -> None:
    assert wire.instructions("Be short.") == [Text("Be short.")]
    assert wire.instructions({"type": "preset", "append": "Be short."}) == [Text("Be short.")]
    assert wire.instructions(None) == []


def test_a_cost_is_a_number() -> None:
    assert wire.cost({"total_cost_usd": 1}) == 1.0
    assert wire.cost({"total_cost_usd": True}) is None
