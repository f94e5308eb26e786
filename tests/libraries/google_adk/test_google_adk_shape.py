# SPDX-License-Identifier: Apache-2.0
"""The agent that every framework traces alike, in ADK: on Gemini, and on another model by way of LiteLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.adk.tools.agent_tool import AgentTool

from alike import agents as alike
from libraries.google_adk.conftest import Asking, agent
from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from libraries.google_adk.conftest import Ask
    from spanwright.console.provider import Provider


def other(provider: Provider) -> Any:
    """Return another model, which is asked by LiteLLM: that warns while it is imported."""
    from google.adk.models.lite_llm import LiteLlm

    return LiteLlm(model=f"openai/{alike.MODEL}", api_base=provider.base_url, api_key="test")


def host(model: Any) -> Any:
    inner = agent(alike.GUIDE, model=model, description="Tells the way")
    return agent(alike.HOST, model=model, tools=[alike.thermometer, AgentTool(inner)])


@pytest.mark.parametrize("gemini", [True, False])
async def test_an_agent_with_a_tool_a_sub_agent_and_a_stream(
    recorder: Recorder, provider: Provider, ask: Ask, gemini: bool
) -> None:
    provider.say(*alike.script(asking="request"))
    recorder.instrument(
        GoogleAdkInstrumentor(),
        GoogleGenAIInstrumentor(),
        LiteLLMInstrumentor(),
        OpenAIInstrumentor(),
        HttpxInstrumentor(),
    )
    model = Asking(model="gemini-2.5-flash") if gemini else other(provider)
    events = await ask(host(model), alike.ASK, stream=True)
    pieces = [event.content.parts[0].text or "" for event in events if event.partial]
    assert alike.ANSWER in "".join(pieces)
    # Gemini's own word for a model call.
    tree = [line.replace("generate_content", "chat") for line in recorder.tree()]
    assert alike.shape(tree) == alike.TREE
    chats = [span for span in recorder.spans if (span.attributes or {}).get("gen_ai.request.model")]
    chats = [span for span in chats if not span.name.startswith("invoke_agent")]
    assert len(chats) == sum(point.count for point in recorder.points("gen_ai.client.operation.duration"))
    (first, *_) = [span for span in recorder.spans if span.name.startswith(("POST", "HTTP"))]
    assert first.parent
    assert first.parent.span_id in {span.context.span_id for span in chats if span.context}


async def test_another_model_is_told_by_its_client(
    recorder: Recorder, provider: Provider, ask: Ask, server: dict[str, Any]
) -> None:
    recorder.instrument(GoogleAdkInstrumentor(), OpenAIInstrumentor())
    await ask(agent(model=other(provider)), "hi")
    told = recorder.attributes("chat")
    assert {name: told[name] for name in ("gen_ai.provider.name", "gen_ai.request.model", *server)} == {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": alike.MODEL,
        **server,
    }
    assert recorder.tree() == ["invoke_agent forecaster", f"  chat {alike.MODEL}"]
