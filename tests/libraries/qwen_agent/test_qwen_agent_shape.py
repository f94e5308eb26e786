# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in Qwen-Agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alike import agents as alike
from libraries.qwen_agent.conftest import Function, answer, ask, calls
from spanwright.console.provider import Reply
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, make: Callable[..., Any]
) -> None:
    inner = make(alike.GUIDE)

    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return inner.run_nonstream(ask(input))[-1]["content"]

    host = make(alike.HOST, Function(alike.thermometer, "room"), Function(guide, "input"))
    provider.say(
        calls(alike.TOOL, room="hall"),
        calls(alike.GUIDE, input="Where is the hall?"),
        Reply("To the left."),
        Reply(alike.ANSWER),
    )
    recorder.instrument(QwenAgentInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    assert answer(host.run(ask(alike.ASK))) == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
