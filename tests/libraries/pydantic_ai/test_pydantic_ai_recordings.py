# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of Pydantic AI, replayed through it: what the spans say is what the recorded bodies say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from alike.clients import replayed
from recordings.tape import interactions

if TYPE_CHECKING:
    from harness import Recorder

TAPES = [tape for tape in interactions("pydantic-ai") if tape.path == "/chat/completions"]
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.mark.parametrize("fixture", ["traced", "alone"])
async def test_a_recorded_run_says_what_its_bodies_say(request: pytest.FixtureRequest, fixture: str) -> None:
    recorder: Recorder = request.getfixturevalue(fixture)
    body, _ = TAPES[0].asked
    called = [
        call["function"]["name"]
        for tape in TAPES
        for choice in json.loads(tape.text)["choices"]
        for call in choice["message"].get("tool_calls") or ()
    ]

    def get_weather(city: str) -> str:
        return f"It's sunny in {city}"

    async with replayed(TAPES) as client:
        model = OpenAIChatModel(body["model"], provider=OpenAIProvider(openai_client=client))
        result = await Agent(model, name="Replayed", tools=[get_weather]).run(body["messages"][0]["content"])
    assert result.output == json.loads(TAPES[-1].text)["choices"][0]["message"]["content"]
    chats = [dict(span.attributes or {}) for span in recorder.spans if span.name.startswith("chat")]
    for chat, tape in zip(chats, TAPES, strict=True):
        usage = json.loads(tape.text)["usage"]
        assert chat["gen_ai.usage.input_tokens"] == usage["prompt_tokens"]
        assert chat["gen_ai.usage.output_tokens"] == usage["completion_tokens"]
        assert chat["gen_ai.response.model"] == json.loads(tape.text)["model"]
    ran = [span.name for span in recorder.spans if span.name.startswith("execute_tool")]
    assert ran == [f"execute_tool {name}" for name in called]
