# SPDX-License-Identifier: Apache-2.0
"""What stands in the place of a library's own object: it looks like it, and what is not ours shows through."""

from __future__ import annotations

from typing import Any, ClassVar


class StandIn:
    """Stands in the place of `_inner`. A subclass names its slots in `_own`: one that is not filled yet is not looked for inside."""

    __slots__ = ("__weakref__", "_inner")

    _own: ClassVar[frozenset[str]] = frozenset({"_inner"})

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - what `isinstance` asks
        return self._inner.__class__

    def __repr__(self) -> str:
        return repr(self._inner)

    def __getattr__(self, name: str) -> Any:
        if name in self._own:
            raise AttributeError(name)
        return getattr(self._inner, name)
