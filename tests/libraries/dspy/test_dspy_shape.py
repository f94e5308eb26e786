# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in DSPy, whose agents end with one more call if they are let."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dspy

from alike import agents as alike
from libraries.dspy.conftest import calls, said
from spanwright.instrumentors.dspy import DSPyInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider


async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, lm: dspy.LM, threads: None
) -> None:
    asked = {"question": (str, dspy.InputField()), "answer": (str, dspy.OutputField())}
    inner = dspy.ReAct(
        dspy.make_signature(asked, "Tell the way.", signature_name=alike.GUIDE), [], max_iters=0
    )

    def guide(input: str) -> str:  # noqa: A002 - the argument's name in every framework's agent
        """Tell the way."""
        return inner(question=input).answer

    tools = [dspy.Tool(alike.thermometer, name=alike.TOOL), dspy.Tool(guide, name=alike.GUIDE)]
    host = dspy.ReAct(dspy.make_signature(asked, "Help.", signature_name=alike.HOST), tools, max_iters=2)
    provider.say(
        calls(alike.TOOL, '{"room": "hall"}'),
        calls(alike.GUIDE, '{"input": "Where is the hall?"}'),
        said(reasoning="So.", answer="To the left."),
        said(reasoning="So.", answer=alike.ANSWER),
    )
    recorder.instrument(DSPyInstrumentor(), LiteLLMInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    events = [event async for event in dspy.streamify(host)(question=alike.ASK)]
    assert events[-1].answer == alike.ANSWER
    assert alike.shape(recorder.tree()) == alike.TREE
    chats = [span for span in recorder.spans if span.name.startswith("chat")]
    assert all((span.attributes or {}).get("gen_ai.request.stream") for span in chats)
    assert sum(point.count for point in recorder.points("gen_ai.client.operation.duration")) == len(chats)
