# SPDX-License-Identifier: Apache-2.0
"""DSPy's ReAct, whose model is one of DSPy's own kind, in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dspy
from bench.agents.model import ANSWER, ASK, TURNS, called, clock, thermometer
from openai.types.chat import ChatCompletion

from spanwright.instrumentors.dspy import DSPyInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = DSPyInstrumentor
DISTRIBUTIONS = ("dspy",)

_SAID = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": "gpt-4o-mini"}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


def _text(done: int) -> str:
    """Return an answer in the form that the framework's adapter asks for; two turns of the ten end a run."""
    name, arguments = called(done) if done < TURNS - 2 else ("finish", {})
    parts = {"next_thought": "I look.", "next_tool_name": name, "next_tool_args": json.dumps(arguments)}
    if done >= TURNS - 1:
        parts = {"reasoning": "It is so.", "answer": ANSWER}
    return "\n\n".join(
        [*(f"[[ ## {key} ## ]]\n{value}" for key, value in parts.items()), "[[ ## completed ## ]]"]
    )


class Asked(dspy.BaseLM):
    """A model of the framework that answers by itself."""

    def __init__(self, model: Model) -> None:
        super().__init__("gpt-4o-mini", cache=False)
        self._decides = model

    async def aforward(self, prompt: Any = None, messages: Any = None, **_: Any) -> Any:
        """Answer."""
        done = str(messages[-1]).count("[[ ## observation_")
        if not await self._decides.astep(done):
            raise ConnectionError
        message = {"role": "assistant", "content": _text(done)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return ChatCompletion.model_validate({**_SAID, "choices": [choice], "usage": _USAGE})


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    asked = Asked(model)
    host = dspy.ReAct("question -> answer", tools=[thermometer, clock], max_iters=TURNS)

    async def run() -> object:
        with dspy.context(lm=asked):
            return await host.acall(question=ASK)

    return run
