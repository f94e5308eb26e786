# SPDX-License-Identifier: Apache-2.0
"""Runs of `ClaudeSDKClient`, which connects once, asks and receives as often as it likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from claude_agent_sdk import ClaudeSDKClient
from opentelemetry import trace

from libraries.claude_agent_sdk import playing as p
from spanwright.instrumentors.claude_agent_sdk import ClaudeAgentSdkInstrumentor

if TYPE_CHECKING:
    from harness import Recorder


async def talk(client: ClaudeSDKClient, prompt: Any) -> list[Any]:
    await client.query(prompt)
    return [message async for message in client.receive_response()]


async def test_each_question_is_a_run_of_one_conversation(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One.")), p.turn(p.assistant("Two.", key="msg_2"))]
    async with ClaudeSDKClient(play.options()) as client:
        await talk(client, "First")
        await talk(client, "Second")
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}"] * 2
    (conversation,) = {(span.attributes or {})["gen_ai.conversation.id"] for span in traced.spans}
    assert conversation == "5e55a0a0-0000-4000-8000-000000000001"


async def test_a_run_stands_under_what_asked(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One."))]
    async with ClaudeSDKClient(play.options()) as client:
        with traced.tracer_provider.get_tracer("application").start_as_current_span("request"):
            await talk(client, "First")
    assert traced.tree() == ["request", "  invoke_agent", f"    chat {p.MODEL}"]


async def test_nothing_of_ours_is_current_for_who_receives(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One."))]
    async with ClaudeSDKClient(play.options()) as client:
        await client.query("First")
        seen = [trace.get_current_span().get_span_context().is_valid async for _ in client.receive_response()]
    assert not any(seen)


async def test_a_prompt_that_is_a_stream_is_one_run(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One."))]
    async with ClaudeSDKClient(play.options()) as client:
        await talk(client, p.prompts("First"))
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}"]


async def test_a_prompt_to_connect_with_is_a_run(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("One."))]
    client = ClaudeSDKClient(play.options())
    await client.connect(p.prompts("First"))
    async for _ in client.receive_response():
        pass
    await client.disconnect()
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}"]


async def test_a_prompt_that_is_sent_while_a_run_goes_on_is_part_of_it(
    traced: Recorder, play: p.Play
) -> None:
    play.turns = [[p.init(), p.assistant("Wait.")], p.turn(p.assistant("Both.", key="msg_2"))]
    async with ClaudeSDKClient(play.options()) as client:
        await client.query("First")
        await client.query("And this")
        async for _ in client.receive_response():
            pass
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", f"  chat {p.MODEL}"]


async def test_an_interrupted_run_ends_with_its_result(traced: Recorder, play: p.Play) -> None:
    play.turns = [
        [
            p.init(),
            p.assistant(p.use("Bash", "toolu_1", command="sleep 9")),
            {"hold": True},
            p.result(None, subtype="error_during_execution", is_error=True),
        ]
    ]
    async with ClaudeSDKClient(play.options()) as client:
        await client.query("First")
        async for message in client.receive_response():
            if type(message).__name__ == "AssistantMessage":
                await client.interrupt()
    assert traced.attributes("invoke_agent")["error.type"] == "error_during_execution"
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", "  execute_tool Bash"]


async def test_a_client_that_is_disconnected_early_ends_its_run(traced: Recorder, play: p.Play) -> None:
    play.turns = [[p.init(), p.assistant(p.use("Bash", "toolu_1")), {"hold": True}]]
    async with ClaudeSDKClient(play.options()) as client:
        await client.query("First")
        async for message in client.receive_messages():
            if type(message).__name__ == "AssistantMessage":
                break
    assert traced.tree() == ["invoke_agent", f"  chat {p.MODEL}", "  execute_tool Bash"]
    assert "error.type" not in traced.attributes("invoke_agent")


async def test_a_client_that_was_connected_before_is_traced_from_its_next_question(
    recorder: Recorder, play: p.Play
) -> None:
    play.turns = [p.turn(p.assistant("One.")), p.turn(p.assistant("Two.", key="msg_2"))]
    async with ClaudeSDKClient(play.options()) as client:
        await talk(client, "First")
        recorder.instrument(ClaudeAgentSdkInstrumentor())
        await talk(client, "Second")
    assert recorder.tree() == ["invoke_agent", f"  chat {p.MODEL}"]


async def test_a_client_that_is_not_connected_fails_as_ever(traced: Recorder, play: p.Play) -> None:
    with pytest.raises(Exception, match="Not connected"):
        await ClaudeSDKClient(play.options()).query("First")
    assert traced.spans == []
