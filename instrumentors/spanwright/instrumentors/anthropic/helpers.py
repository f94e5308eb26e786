# SPDX-License-Identifier: Apache-2.0
"""The stream helpers before 0.50, which take the response out of the SDK's stream and read it with one of their own.

The first stream, whose chunks we see, is never read and never closed there. So the second one is made to read
through the iterator of the first, which decodes the same response in the same way.
"""

from __future__ import annotations

import sys
from inspect import signature
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from spanwright.instrumentors._families import stainless
from spanwright.instrumentors._kernel.call import after
from spanwright.instrumentors._kernel.patching import Patch
from spanwright.instrumentors._kernel.streams import AsyncPulls, Pulls

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODULE = "anthropic.lib.streaming._messages"
_CACHING = "anthropic.lib.streaming._prompt_caching_beta_messages"
_HELPERS = (
    (_MODULE, "MessageStream"),
    (_MODULE, "AsyncMessageStream"),
    (_CACHING, "PromptCachingBetaMessageStream"),
    (_CACHING, "AsyncPromptCachingBetaMessageStream"),
)
# The first stream of a response.
_streams: WeakKeyDictionary[Any, ref[Any]] = WeakKeyDictionary()


def patches() -> Iterable[Patch]:
    """Yield what the installed version needs: since 0.50 nothing, its helpers read and close the SDK's stream."""
    helper = getattr(sys.modules.get(_MODULE), "MessageStream", None)
    if helper is None or "response" not in signature(helper.__init__).parameters:
        return
    for name in ("Stream", "AsyncStream"):
        yield Patch("anthropic._streaming", f"{name}.__init__", after(_remember), optional=True)
    for module, name in _HELPERS:
        yield Patch(module, f"{name}.__init__", after(_join), optional=True)
        yield Patch(module, f"{name}.close", after(stainless.closed), optional=True)


def _remember(stream: Any) -> None:
    if (response := getattr(stream, "response", None)) is not None:
        _streams.setdefault(response, ref(stream))


def _join(helper: Any) -> None:
    found = _streams.pop(getattr(helper, "response", None), None)
    first = found() if found is not None else None
    if isinstance(iterator := getattr(first, "_iterator", None), (Pulls, AsyncPulls)):
        helper._raw_stream._iterator = iterator  # noqa: SLF001 - where both streams of the SDK take their chunks from
