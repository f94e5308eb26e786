# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of a crew, replayed through CrewAI: what the spans say is what the recorded bodies say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from crewai import Agent, Crew, Task
from crewai.llms.providers.openai.completion import OpenAICompletion
from crewai.tools import tool
from openai import OpenAI

from recordings.tape import Interaction, interactions

if TYPE_CHECKING:
    from harness import Recorder

TAPES = [tape for tape in interactions("crewai") if tape.path == "/chat/completions"]
pytestmark = [
    pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there"),
    pytest.mark.needs("calls of tools by the model's own means"),
]


def replayed(model: str) -> Any:
    """Return a model whose client gets the recorded answers, one after the other."""
    left = iter(TAPES)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/input_tokens"):
            # Newer versions ask for a count before each call.
            return httpx.Response(200, json={"object": "response.input_tokens", "input_tokens": 1})
        tape = next(left)
        return httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    made = OpenAICompletion(model=model, api_key="test", base_url=TAPES[0].base_url, max_retries=0)
    http = httpx.Client(transport=httpx.MockTransport(answer))
    made._client = OpenAI(api_key="test", base_url=TAPES[0].base_url, http_client=http, max_retries=0)
    return made


def called(tape: Interaction) -> list[tuple[str, str]]:
    """Return names and ids of the tools that the recorded answer calls."""
    made = json.loads(tape.text)["choices"][0]["message"].get("tool_calls") or []
    return [(each["function"]["name"], each["id"]) for each in made]


def test_a_recorded_crew_says_what_the_bodies_say(traced: Recorder) -> None:
    bodies = [tape.asked[0] for tape in TAPES]

    @tool("scrape_website")
    def scrape(url: str) -> str:
        """Scrape text content from a website URL"""
        return "The world as we have created it."

    agents = [
        Agent(role=role, goal="Read", backstory="You read.", llm=replayed(bodies[0]["model"]), tools=tools)
        for role, tools in (("Website Scraper", [scrape]), ("Content Analyzer", []))
    ]
    agents[1].llm = agents[0].llm
    tasks = [Task(description="Read it", expected_output="A text", agent=agent) for agent in agents]
    Crew(name="Readers", agents=agents, tasks=tasks).kickoff()
    chats = [span for span in traced.spans if span.name == f"chat {bodies[0]['model']}"]
    assert len(chats) == len(TAPES)
    for span, tape in zip(chats, TAPES, strict=True):
        told = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in (span.attributes or {}).items()
        }
        assert {key: told.get(key) for key in tape.facts} == tape.facts
    ran = [
        (span.attributes["gen_ai.tool.name"], span.attributes["gen_ai.tool.call.id"])
        for span in traced.spans
        if span.name.startswith("execute_tool")
    ]
    assert ran == [call for tape in TAPES for call in called(tape)]
