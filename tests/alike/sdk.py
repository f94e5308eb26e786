# SPDX-License-Identifier: Apache-2.0
"""What the tests that several SDKs share need to know of one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from asking import HELLO

if TYPE_CHECKING:
    from types import ModuleType

    from spanwright.console.provider import Wire
    from spanwright.instrumentors._kernel.instrumentor import Instrumentor


@dataclass(frozen=True)
class SDK:
    """One SDK: its module, its clients, the wire that it speaks, and where it chats."""

    module: ModuleType
    instrumentor: type[Instrumentor]
    client: type[Any]
    aclient: type[Any]
    wire: Wire
    provider: str
    model: str
    answered: str = ""
    """The model that answers, where it is another one."""
    method: str = "chat.completions.create"
    path: str = ""
    """Of the base address."""
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the span of every answer tells besides."""
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of the clients' constructors."""
    errors: str = ""
    """The module that the classes of errors name."""
    usage_unasked: bool = True
    """Whether a stream tells its usage in any case."""
    inner: type[Any] | None = None
    """The class that is patched, where it is not the client's own."""

    def chat(self, client: Any, **given: Any) -> Any:
        """Ask for a chat completion."""
        return attrgetter(self.method)(client)(**{"model": self.model, "messages": HELLO, **given})

    def resource(self, client: Any) -> tuple[Any, str]:
        """Return the resource that chats, and its method's name."""
        place, _, name = self.method.rpartition(".")
        return attrgetter(place)(client), name

    @property
    def seam(self) -> type[Any]:
        """The class that is patched."""
        return self.inner or self.client

    @property
    def name(self) -> str:
        """The name of a chat's span."""
        return f"chat {self.model}"

    def error(self, name: str) -> str:
        """Return the `error.type` of one of the SDK's errors."""
        return f"{self.errors or self.module.__name__}.{name}"

    @property
    def asked(self) -> dict[str, Any]:
        """What the span of a chat tells before it is answered."""
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": self.provider,
            "gen_ai.request.model": self.model,
        }

    @property
    def answer(self) -> dict[str, Any]:
        """What it tells when it is answered, but for its id and usage."""
        return {
            **self.asked,
            **self.told,
            "gen_ai.response.model": self.answered or self.model,
            "gen_ai.response.finish_reasons": ["stop"],
        }
