# SPDX-License-Identifier: Apache-2.0
"""What is said in a pipeline is captured if that is asked for, and not otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike.runs import content
from alike.weather import ASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder


async def test_nothing_is_captured_by_default(traced: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2)
    assert "Lisbon" not in traced.everything()


async def test_a_function_has_its_arguments_and_its_result(shown: Recorder, talk: Callable[..., Any]) -> None:
    await talk(ASK, 2)
    assert content(shown, "execute_tool") == {
        "tool.call.arguments": {"city": "Lisbon"},
        "tool.call.result": "It is sunny in Lisbon.",
    }


async def test_a_turn_has_what_was_asked_and_what_was_answered_at_last(
    shown: Recorder, talk: Callable[..., Any]
) -> None:
    messages = await talk(ASK, 2)
    found = content(shown, "invoke_agent")
    assert found["input.messages"] == [{"role": "user", "parts": [{"type": "text", "content": ASK}]}]
    (answer,) = found["output.messages"]
    assert answer["parts"] == content(shown, "chat", 1)["output.messages"][0]["parts"]
    assert messages[-1]["role"] in ("assistant", "tool")


async def test_the_applications_messages_are_what_they_are_without_us(
    recorder: Recorder, instrumentor: Any, talk: Callable[..., Any]
) -> None:
    bare = [each["role"] for each in await talk(ASK, 2)]
    recorder.instrument(instrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    assert [each["role"] for each in await talk(ASK, 2)] == bare
