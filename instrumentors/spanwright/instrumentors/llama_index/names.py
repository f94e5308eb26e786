# SPDX-License-Identifier: Apache-2.0
"""What an application calls its workflows and engines."""

from __future__ import annotations

_OWN = ("llama_index", "workflows")


def named(instance: object) -> str | None:
    """Return the name of the application's own class; LlamaIndex's classes say how a thing is built, not what it is."""
    kind = type(instance)
    return None if kind.__module__.partition(".")[0] in _OWN else kind.__name__
