# SPDX-License-Identifier: Apache-2.0
"""What the provider remembers between requests: its script, its prompt cache, its stored responses."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING

from spanwright.console.provider.shape import Json, dump
from spanwright.console.provider.tokens import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.wire import Wire

_MOST_BLOCKS = 100_000


class State:
    """The memory of one provider; every method may be called from any thread."""

    def __init__(self, script: Iterable[Reply], created: int, wires: Iterable[Wire] = ()) -> None:
        """`wires` are asked before the API of OpenAI. `created` is the fixed time, in seconds since the epoch, of everything that is answered."""
        self.created = created
        self.wires = tuple(wires)
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.responses: dict[str, Json] = {}
        self.inputs: dict[str, list[Json]] = {}
        self.progress: dict[str, str] = {}
        self.files: dict[str, Json] = {}
        self.texts: dict[str, str] = {}
        self._script = deque(script)
        self._seen: Counter[str] = Counter()
        self._blocks: set[tuple[str, str]] = set()

    def say(self, *replies: Reply) -> None:
        """Appends to the script."""
        with self.lock:
            self._script.extend(replies)

    def take(self, path: str, *, named: bool = False) -> Reply | None:
        """The next reply of the script for this path, if any; `named`: only one that names a path."""
        with self.lock:
            for reply in self._script:
                if path.endswith(reply.path) and (reply.path or not named):
                    self._script.remove(reply)
                    return reply
        return None

    @property
    def unsaid(self) -> int:
        """How many replies of the script were not yet asked for."""
        with self.lock:
            return len(self._script)

    def occurrence(self, *seed: object) -> int:
        """How often this was asked before: ids of equal requests differ, whatever runs in parallel."""
        key = dump([str(each) for each in seed])
        with self.lock:
            self._seen[key] += 1
            return self._seen[key] - 1

    def seed(self, request: Request) -> str:
        """What the ids of an answer are derived from: the request, and how often it came before."""
        digest = hashlib.sha256(request.raw).hexdigest()
        asked = (request.method, request.path, digest)
        return f"{' '.join(asked)} {self.occurrence(*asked)}"

    def cache(self, model: str, texts: Iterable[str]) -> tuple[int, int]:
        """The cached and the newly written tokens of a prompt, which is remembered from now on."""
        found = blocks(texts)
        with self.lock:
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.clear()
            cached = max((tokens for tokens, digest in found if (model, digest) in self._blocks), default=0)
            self._blocks.update((model, digest) for _, digest in found)
        return cached, (found[-1][0] if found else 0) - cached
