# SPDX-License-Identifier: Apache-2.0
"""A gardening assistant: an agent with a weather service and a notebook, and a sticky note to remember it by.

There is no telemetry in this file. Watch it without a key, or with one and a stand-in for the weather:

    spanwright demo

    python -m spanwright.console.provider --port 8000
    OPENAI_API_KEY=... opentelemetry-instrument python examples/agent.py
"""

from __future__ import annotations

import os

import httpx
from langchain.agents import create_agent
from langchain_core.tools import BaseTool, create_retriever_tool, tool
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import OpenAI

MODEL = "gpt-4o-mini"
WEATHER_URL = os.environ.get("WEATHER_URL", "http://127.0.0.1:8000/weather")

NOTES = [
    "Tomatoes: water the soil, not the leaves, when it is warmer than 20 degrees and there is no rain.",
    "Basil: bring the pot inside when nights fall below 10 degrees.",
    "Lemon tree: feed it every second week from March to September.",
]


@tool
def get_weather(city: str) -> str:
    """Get the weather forecast for a city."""
    response = httpx.get(WEATHER_URL, params={"city": city})
    response.raise_for_status()
    weather = response.json()
    return f"{city}: {weather['condition']}, {weather['temperature_c']} degrees."


def notebook() -> BaseTool:
    """Make the garden notes searchable by meaning."""
    # Sends plain strings, so nothing has to be downloaded to count tokens first.
    embeddings = OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
    notes = InMemoryVectorStore.from_texts(NOTES, embeddings)
    return create_retriever_tool(
        notes.as_retriever(search_kwargs={"k": 1}),
        name="search_notes",
        description="Search the garden notes for how to water and feed a plant.",
    )


def main() -> None:
    agent = create_agent(
        ChatOpenAI(model=MODEL, temperature=0, stream_usage=True),
        tools=[get_weather, notebook()],
        system_prompt="You help with a balcony garden. Look things up before you answer, and be brief.",
        name="garden_assistant",
    )
    question = "What is the weather in Lisbon, and how should I water my tomatoes by the notes?"
    print(f"You: {question}")

    print("Garden assistant: ", end="", flush=True)
    answer = ""
    request = {"messages": [{"role": "user", "content": question}]}
    config = {"configurable": {"thread_id": "balcony-7"}}
    for message, _ in agent.stream(request, config, stream_mode="messages"):
        if message.type == "AIMessageChunk" and message.text:
            answer += message.text
            print(message.text, end="", flush=True)
    print()

    reminder = OpenAI().chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "You shorten advice to one sentence for a sticky note."},
            {"role": "user", "content": f"{answer}\n\nHow should I water the tomatoes?"},
        ],
    )
    print(f"Sticky note: {reminder.choices[0].message.content}")


if __name__ == "__main__":
    main()
