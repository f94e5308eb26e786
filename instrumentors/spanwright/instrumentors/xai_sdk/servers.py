# SPDX-License-Identifier: Apache-2.0
"""Which server a client of the SDK asks, remembered by the gRPC stubs that it hands to its chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from spanwright.instrumentors._families.servers import Server, Servers
from spanwright.instrumentors._kernel.guard import guard
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from collections.abc import Callable

_STUBS = (("chat", "_stub"), ("image", "_stub"), ("collections", "_documents_stub"))
_UNKNOWN = Server(None, None, n.ProviderName.X_AI)


class Hosts:
    """The servers by stub. Of a client that was made before instrumentation none is known."""

    def __init__(self) -> None:
        self._urls: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self._servers = Servers(n.ProviderName.X_AI)

    def of(self, stub: Any) -> Server:
        """Return the server that this stub asks."""
        url = self._urls.get(stub)
        return _UNKNOWN if url is None else self._servers.of(stub, url)

    def remembered(
        self, wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Make the client, and remember where it asks."""
        made = wrapped(*args, **kwargs)
        guard(self._remember, instance, **kwargs)
        return made

    def _remember(self, client: Any, *, api_host: Any = "api.x.ai", **_: Any) -> None:
        if not isinstance(api_host, str):
            return
        # gRPC lets a target name its resolver: `dns:///host:443`.
        url = f"https://{api_host.rpartition('/')[2]}"
        for name, attribute in _STUBS:
            stub = getattr(getattr(client, name, None), attribute, None)
            if stub is not None:
                self._urls[stub] = url
