# SPDX-License-Identifier: Apache-2.0
"""Qwen-Agent, which waits for its model in the calling thread."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

# Files are kept where the process runs, unless it is told otherwise before it is imported.
_home = tempfile.TemporaryDirectory()
os.environ["QWEN_AGENT_DEFAULT_WORKSPACE"] = _home.name

import openai
from bench.agents import chat
from bench.agents import model as ours
from bench.agents.model import ANSWER, ASK, TURNS, called
from qwen_agent.agents import FnCallAgent
from qwen_agent.llm import get_chat_model
from qwen_agent.tools.base import BaseTool

from spanwright.instrumentors.qwen_agent import QwenAgentInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = QwenAgentInstrumentor
DISTRIBUTIONS = ("qwen-agent",)


class Tool(BaseTool):
    """A tool that is a function of one argument."""

    def __init__(self, function: Callable[..., str], argument: str) -> None:
        self.name, self.description = function.__name__, "Tell it."
        self.parameters = [{"name": argument, "type": "string", "description": "It.", "required": True}]
        self._function = function
        super().__init__()

    def call(self, params: Any, **_: Any) -> str:
        """Call it."""
        return self._function(**self._verify_json_format_args(params))


def _replied(done: int) -> dict[str, Any]:
    """Return an answer in the words by which the framework has its tools called."""
    name, arguments = called(done)
    told = json.dumps({"name": name, "arguments": arguments})
    return chat.says(f"<tool_call>\n{told}\n</tool_call>" if done < TURNS - 1 else ANSWER)


def _counted(asked: Any) -> int:
    return sum(str(each["content"]).count("<tool_response>") for each in asked["messages"])


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    sender = chat.http(model, chat.Wire(_counted, _replied))
    client = openai.OpenAI(api_key="test", base_url=chat.URL, max_retries=0, http_client=sender)
    told = {"model": chat.NAME, "model_type": "oai", "model_server": chat.URL, "api_key": "test"}
    asked: Any = get_chat_model({**told, "generate_cfg": {"max_retries": 0}})
    # It makes a client for each call.
    asked._chat_complete_create = client.chat.completions.create
    tools: list[Any] = [Tool(ours.thermometer, "room"), Tool(ours.clock, "place")]
    host = FnCallAgent(function_list=tools, llm=asked, name="host")

    async def run() -> object:
        *_, last = host.run([{"role": "user", "content": ASK}])
        return last

    return run
