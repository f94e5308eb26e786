# SPDX-License-Identifier: Apache-2.0
"""A LangGraph agent with a model in memory: it calls a tool, then answers."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool

ASKED = {"messages": [{"role": "user", "content": "How warm is it?"}]}


class Model(BaseChatModel):
    """Asks for the tool once a conversation, then answers; `pause` never ends, for runs to be cancelled in.

    `frame` is what stands around each call by hand, for the floor.
    """

    pause: bool = False
    frame: Any = None

    @property
    def _llm_type(self) -> str:
        return "memory"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        return self._answer(messages) if self.frame is None else self.frame(lambda: self._answer(messages))

    def _answer(self, messages: list[BaseMessage]) -> ChatResult:
        usage = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
        if isinstance(messages[-1], ToolMessage):
            answer = AIMessage("It is warm.", usage_metadata=usage)
        else:
            calls = [{"name": "thermometer", "args": {"room": "hall"}, "id": "call-1"}]
            answer = AIMessage("", tool_calls=calls, usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        if self.pause:
            await asyncio.Event().wait()
        return self._generate(messages)


@tool
def thermometer(room: str) -> str:
    """Tell the temperature of a room."""
    return f"21 degrees in the {room}"


@tool
def clock(place: str) -> str:
    """Tell the time of a place."""
    return f"noon in {place}"


def agent(*, pause: bool = False, model: Any = None, tools: Any = None) -> Any:
    """Return an agent; `model` and `tools` are what stands around each call of theirs by hand, for the floor."""
    if tools is None:
        return create_agent(Model(pause=pause, frame=model), [thermometer, clock], name="host")

    @tool("thermometer")
    def framed(room: str) -> str:
        """Tell the temperature of a room."""
        return tools(lambda: f"21 degrees in the {room}")

    return create_agent(Model(frame=model), [framed, clock], name="host")
