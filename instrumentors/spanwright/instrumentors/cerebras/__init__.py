# SPDX-License-Identifier: Apache-2.0
"""The Cerebras SDK: OpenAI's chat and text completions."""

from __future__ import annotations

from spanwright.instrumentors._families.speakers import Speaker


class CerebrasInstrumentor(Speaker):
    """Patches what every request of Cerebras's clients passes."""

    supports = ("cerebras-cloud-sdk >= 1.13, < 2",)
    watches = ("cerebras.cloud.sdk",)
    captures = "chat, completions"
    clients = ("Cerebras", "AsyncCerebras")
    provider = "cerebras"
    speaks = ("chat", "completions")
