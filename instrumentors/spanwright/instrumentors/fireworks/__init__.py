# SPDX-License-Identifier: Apache-2.0
"""The Fireworks SDK from 1.0 on; before, it was written by hand and is another library."""

from __future__ import annotations

from spanwright.instrumentors._families.speakers import Speaker


class FireworksInstrumentor(Speaker):
    """Patches what every request of Fireworks's clients passes."""

    supports = ("fireworks-ai >= 1.0.0a20, < 2",)
    watches = ("fireworks",)
    captures = "chat, completions, messages"
    clients = ("Fireworks", "AsyncFireworks")
    provider = "fireworks"
    speaks = ("chat", "completions", "messages")
