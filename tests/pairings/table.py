# SPDX-License-Identifier: Apache-2.0
"""The rows of the table: each framework that is installed, with each client and in each way that its module here has.

A module `<framework>.py` beside this one has a function for each family of clients that the framework speaks through,
which takes the provider and returns a model or an agent, and one for each way of asking it, in `WAYS` with the number of
model calls that it makes. What the framework leaves to the client's own layer stands in `LEFT`, where it
does not know the usage in `UNTOLD`, what it takes for the usage where it is mistaken in `MISTOLD`, and the ways that a
family does not have in `WITHOUT`.

The Claude Agent SDK has no module: Claude Code asks the model in a process of its own, where no client's layer of ours is.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from present import LANE, installed, named
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.anthropic import AnthropicInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.litellm import LiteLLMInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spanwright.instrumentors._kernel.instrumentor import Instrumentor

GIVEN, TAKEN = 11, 5


@dataclass(frozen=True)
class Family:
    """Clients that speak one wire: who instruments them, where they ask, and how they are told of `GIVEN` and `TAKEN`."""

    clients: tuple[type[Instrumentor], ...]
    path: str
    usage: dict[str, Any]


_CHAT = {"prompt_tokens": GIVEN, "completion_tokens": TAKEN, "total_tokens": GIVEN + TAKEN}
_PLAIN = {"input_tokens": GIVEN, "output_tokens": TAKEN}
_DETAILS = {
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": GIVEN + TAKEN,
}
_GEMINI = {"promptTokenCount": GIVEN, "candidatesTokenCount": TAKEN, "totalTokenCount": GIVEN + TAKEN}
FAMILIES = {
    "chat": Family((OpenAIInstrumentor,), "/chat/completions", _CHAT),
    "responses": Family((OpenAIInstrumentor,), "/responses", {**_PLAIN, **_DETAILS}),
    "messages": Family((AnthropicInstrumentor,), "/messages", _PLAIN),
    "gemini": Family((GoogleGenAIInstrumentor,), "enerateContent", _GEMINI),
    "own": Family((), "/chat/completions", _CHAT),
    "litellm": Family((LiteLLMInstrumentor, OpenAIInstrumentor), "/chat/completions", _CHAT),
}


@dataclass(frozen=True)
class Pairing:
    """A framework that asks through a client, in one way."""

    framework: str
    family: str
    way: str

    def __str__(self) -> str:
        return f"{self.framework}-{self.family}-{self.way}"

    @property
    def told(self) -> Family:
        """Return what is known of the client."""
        return FAMILIES[self.family]

    @property
    def calls(self) -> int:
        """Return how many model calls are made."""
        return _module(self.framework).WAYS[self._asking]

    @property
    def left(self) -> bool:
        """Tell whether the framework's own layer leaves model calls to the client's."""
        return self.family in getattr(_module(self.framework), "LEFT", ())

    @property
    def alone(self) -> int:
        """Return how many tokens a call has by what the framework's own layer gets to know."""
        module = _module(self.framework)
        if self.family in getattr(module, "UNTOLD", ()):
            return 0
        return getattr(module, "MISTOLD", {}).get(self.family, GIVEN + TAKEN)

    @property
    def _asking(self) -> Callable[[Any], Any]:
        return getattr(_module(self.framework), self.way)

    def layers(self, chosen: str) -> list[Instrumentor]:
        """Return the instrumentors that are on."""
        framework = named(self.framework)
        assert framework
        kinds: list[type[Instrumentor]] = []
        kinds += [framework] if "framework" in chosen else []
        kinds += self.told.clients if "client" in chosen else ()
        kinds += [HttpxInstrumentor] if "HTTP" in chosen else []
        return [kind() for kind in kinds]

    def made(self, provider: Provider) -> Any:
        """Return the model or the agent, which asks this provider."""
        return getattr(_module(self.framework), self.family)(provider)

    def ask(self, made: Any) -> Any:
        """Ask it; what is returned may have to be awaited."""
        return self._asking(made)

    def reply(self) -> Reply:
        """Return what the model says."""
        said = getattr(_module(self.framework), "SAID", {"text": "Hello there."})
        return Reply(
            **said,
            usage=self.told.usage,
            path="enerateContent" if self.family == "gemini" else self.told.path,
        )


def rows() -> Iterator[Pairing]:
    """Yield the table; in a lane of the matrix the rows of its library."""
    for file in sorted(Path(__file__).parent.glob("*.py")):
        framework = file.stem
        if (
            named(framework) is None
            or not installed(framework)
            or (LANE and framework != LANE.rpartition("-")[0])
        ):
            continue
        module = _module(framework)
        for family in FAMILIES:
            if hasattr(module, family):
                skipped = getattr(module, "WITHOUT", {}).get(family, ())
                yield from (
                    Pairing(framework, family, way.__name__)
                    for way in module.WAYS
                    if way.__name__ not in skipped
                )


def _module(framework: str) -> Any:
    return importlib.import_module(f"pairings.{framework}")
