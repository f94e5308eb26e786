# SPDX-License-Identifier: Apache-2.0
"""Runs of `query()`: what the trace says of the run, its model calls, its tools and its sub-agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from claude_agent_sdk import ResultMessage, query

from libraries.claude_agent_sdk import playing as p

if TYPE_CHECKING:
    from harness import Recorder

SESSION = "5e55a0a0-0000-4000-8000-000000000001"
LOOK = p.use("Read", "toolu_1", file_path="/etc/hosts")


async def asked(play: p.Play, prompt: Any = "Look it up", **options: Any) -> list[Any]:
    return [message async for message in query(prompt=prompt, options=play.options(**options))]


async def test_a_run_is_an_agent_with_its_model_calls_and_tools(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant(LOOK), p.returned("toolu_1"), p.assistant("Found.", key="msg_2"))]
    await asked(play)
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", "  execute_tool Read", f"  chat {p.MODEL}"]


async def test_a_run_tells_its_conversation_usage_and_cost(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play, model="sonnet", extra_args={"agent": "host"})
    assert traced.attributes("invoke_agent") == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "host",
        "gen_ai.request.model": "sonnet",
        "gen_ai.conversation.id": SESSION,
        "gen_ai.usage.input_tokens": 123,
        "gen_ai.usage.output_tokens": 40,
        "claude_agent_sdk.total_cost_usd": 0.0125,
    }


async def test_the_only_model_call_of_a_run_has_the_whole_run_s_usage(traced: Recorder, play: p.Play) -> None:
    play.turns = [[p.init(), p.assistant("Hello."), p.result(stop_reason="end_turn")]]
    await asked(play)
    assert traced.attributes("chat") == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": p.MODEL,
        "gen_ai.response.model": p.MODEL,
        "gen_ai.response.id": "msg_1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.conversation.id": SESSION,
        "gen_ai.usage.input_tokens": 123,
        "gen_ai.usage.output_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_write.input_tokens": 20,
    }


async def test_counts_that_are_not_final_are_not_told(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant(LOOK), p.returned("toolu_1"), p.assistant("Found.", key="msg_2"))]
    await asked(play)
    chats = [span.attributes or {} for span in traced.spans if span.name.startswith("chat")]
    assert [chat.get("gen_ai.usage.output_tokens") for chat in chats] == [None, None]
    assert [chat.get("gen_ai.usage.input_tokens") for chat in chats] == [123, 123]


async def test_the_pieces_of_an_answer_are_one_model_call(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("I look."), p.assistant(LOOK), p.returned("toolu_1"))]
    await asked(play)
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", "  execute_tool Read"]


async def test_a_tool_tells_its_call(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant(LOOK), p.returned("toolu_1"))]
    await asked(play, extra_args={"agent": "host"})
    assert traced.attributes("execute_tool") == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "Read",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "toolu_1",
        "gen_ai.agent.name": "host",
        "gen_ai.conversation.id": SESSION,
    }


async def test_tools_that_run_side_by_side_are_siblings(traced: Recorder, play: p.Play) -> None:
    both = p.assistant(LOOK, p.use("Bash", "toolu_2", command="ls"))
    play.turns = [p.turn(both, p.returned("toolu_2"), p.returned("toolu_1"))]
    await asked(play)
    assert traced.tree() == [
        "invoke_agent",
        f"  chat {p.MODEL}",
        "  execute_tool Read",
        "  execute_tool Bash",
    ]


async def test_a_tool_that_failed_is_told_though_the_agent_goes_on(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant(LOOK), p.returned("toolu_1", "No such file", is_error=True))]
    await asked(play)
    assert traced.attributes("execute_tool")["error.type"] == "tool_error"
    assert "error.type" not in traced.attributes("invoke_agent")


async def test_a_sub_agent_works_behind_its_tool(traced: Recorder, play: p.Play) -> None:
    task = p.use("Task", "toolu_1", subagent_type="guide", description="Find", prompt="Where is the hall?")
    play.turns = [
        p.turn(
            p.assistant(task),
            p.assistant(p.use("Grep", "toolu_2", pattern="hall"), key="msg_2", parent="toolu_1"),
            p.returned("toolu_2", parent="toolu_1"),
            p.returned("toolu_1", [{"type": "text", "text": "Left."}]),
            p.assistant("Left.", key="msg_3"),
        )
    ]
    await asked(play)
    assert traced.tree() == [
        "invoke_agent",
        f"  chat {p.MODEL}",
        "  execute_tool Task",
        "    invoke_agent guide",
        f"      chat {p.MODEL}",
        "      execute_tool Grep",
        f"  chat {p.MODEL}",
    ]


async def test_a_sub_agent_counts_its_own_calls(traced: Recorder, play: p.Play) -> None:
    task = p.use("Agent", "toolu_1", subagent_type="guide", prompt="Where?")
    play.turns = [
        p.turn(
            p.assistant(task),
            p.assistant(p.use("Grep", "toolu_2"), key="msg_2", parent="toolu_1"),
            p.returned("toolu_2", parent="toolu_1"),
            p.returned("toolu_1"),
        )
    ]
    await asked(play, extra_args={"agent": "host"})
    counted = {
        (point.metric, point.labels["gen_ai.agent.name"]): point.sum
        for point in traced.points("gen_ai.invoke_agent.t")
    }
    assert counted == {
        ("gen_ai.invoke_agent.tool_calls", "host"): 1,
        ("gen_ai.invoke_agent.tool_calls", "guide"): 1,
    }


async def test_a_sub_agent_in_the_background_outlives_its_tool(traced: Recorder, play: p.Play) -> None:
    task = p.use("Task", "toolu_1", subagent_type="guide", prompt="Where?")
    over = {
        "type": "system",
        "subtype": "task_notification",
        "tool_use_id": "toolu_1",
        "task_id": "t",
        "status": "completed",
        "output_file": "",
        "summary": "",
    }
    play.turns = [
        p.turn(
            p.assistant(task),
            p.returned("toolu_1", "started", tool_use_result={"status": "async_launched"}),
            p.assistant(p.use("Grep", "toolu_2"), key="msg_2", parent="toolu_1"),
            p.returned("toolu_2", parent="toolu_1"),
            {"emit": over},
        )
    ]
    await asked(play)
    assert traced.tree()[2:] == [
        "  execute_tool Task",
        "    invoke_agent guide",
        f"      chat {p.MODEL}",
        "      execute_tool Grep",
    ]


async def test_a_stream_of_prompts_makes_a_run_of_each(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One.")), p.turn(p.assistant("Two.", key="msg_2"))]
    messages = await asked(play, p.prompts("First", "Second"))
    assert sum(isinstance(message, ResultMessage) for message in messages) == 2
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", "invoke_agent", f"  chat {p.MODEL}"]


async def test_events_of_the_model_s_stream_tell_when_it_began_and_what_it_used(
    traced: Recorder, play: p.Play
) -> None:
    begun = {"type": "message_start", "message": {"id": "msg_1", "model": p.MODEL, "usage": p.USED}}
    play.turns = [
        p.turn(
            p.event(**begun),
            p.event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello."}),
            p.assistant("Hello."),
            p.event(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 7}),
            p.event(type="message_stop"),
        )
    ]
    await asked(play, include_partial_messages=True)
    chat = traced.attributes("chat")
    assert chat["gen_ai.request.stream"] is True
    assert chat["gen_ai.response.time_to_first_chunk"] >= 0
    assert chat["gen_ai.usage.output_tokens"] == 7
    assert chat["gen_ai.response.finish_reasons"] == ["stop"]


async def test_a_failed_model_call_is_told_with_its_kind(traced: Recorder, play: p.Play) -> None:
    failed = p.assistant("API Error: 429", model="<synthetic>", error="rate_limit")
    play.turns = [[p.init(), failed, p.result("API Error: 429", is_error=True, api_error_status=429)]]
    await asked(play)
    assert traced.attributes("chat")["error.type"] == "rate_limit"
    assert traced.attributes("invoke_agent")["error.type"] == "429"


async def test_what_claude_code_wrote_itself_is_no_model_call(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("No response requested.", model="<synthetic>"))]
    await asked(play)
    assert traced.tree() == ["invoke_agent"]


@pytest.mark.parametrize("subtype", ["error_max_turns", "error_during_execution"])
async def test_a_run_that_ended_early_tells_why(traced: Recorder, play: p.Play, subtype: str) -> None:
    play.turns = [[p.init(), p.assistant("Hm."), p.result(None, subtype=subtype, is_error=True)]]
    await asked(play)
    assert traced.attributes("invoke_agent")["error.type"] == subtype


async def test_another_cloud_is_the_provider(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play, env={"CLAUDE_CODE_USE_BEDROCK": "1"})
    assert traced.attributes("chat")["gen_ai.provider.name"] == "aws.bedrock"


async def test_a_base_address_is_the_server(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play, env={"ANTHROPIC_BASE_URL": "http://gateway.test:8080"})
    chat = traced.attributes("chat")
    assert (chat["server.address"], chat["server.port"]) == ("gateway.test", 8080)
