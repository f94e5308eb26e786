# SPDX-License-Identifier: Apache-2.0
"""What the applications of these tests do in threads, tasks and processes: ask a client, or run an agent that asks one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

_TRACED = """
import asyncio
from opentelemetry import propagate, trace

tracer = trace.get_tracer("app")

def carrier():
    found = {}
    propagate.inject(found)
    return found
"""
ASKING = f"""{CLIENT}{_TRACED}
later = openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)

async def aask(model="gpt-4o-mini"):
    messages = [{{"role": "user", "content": "Hello there"}}]
    return await later.chat.completions.create(model=model, messages=messages)
"""
RUNNING = f"""
import os, sys
from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
{_TRACED}
model = ChatOpenAI(model="gpt-4o-mini", base_url=os.environ["PROVIDER"], api_key="test")
agent = create_agent(model, [], name="host")
words = {{"messages": [("user", "Hello there")]}}

def ask(*_):
    agent.invoke(words)

async def aask(*_):
    await agent.ainvoke(words)
"""
DOING = {"chat gpt-4o-mini": ASKING, "invoke_agent host": RUNNING}
"""What is done, by the name of the span in which it is done."""


def judge(receiver: Receiver, name: str, around: str = "request", times: int = 2) -> None:
    """Compare what was received with a trace in which a span has so many of that name right below it."""
    (above,) = [span for span in receiver.received if span.name == around]
    assert [span.parent for span in receiver.received if span.name == name] == [above.id] * times
    assert len(receiver.chats()) == times
    assert {span.trace for span in receiver.received} == {above.trace}
