# SPDX-License-Identifier: Apache-2.0
"""The Groq SDK, which speaks OpenAI's protocol with usage and errors of its own in streams."""

from __future__ import annotations

from spanwright.instrumentors._families.speakers import Speaker


class GroqInstrumentor(Speaker):
    """Patches what every request of Groq's clients passes."""

    supports = ("groq >= 0.13, < 2",)
    watches = ("groq",)
    captures = "chat, embeddings, speech, transcription and translation"
    clients = ("Groq", "AsyncGroq")
    provider = "groq"
    speaks = ("chat", "embeddings", "audio")
