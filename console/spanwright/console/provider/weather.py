# SPDX-License-Identifier: Apache-2.0
"""Two plain endpoints beside the API: `/weather`, for a tool that makes a true HTTP call, and `/slow`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from spanwright.console.provider.request import Answer, whole_answer
from spanwright.console.provider.shape import dump, whole

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State

_SKIES = ("sunny", "partly cloudy", "cloudy", "light rain", "clear")
_KNOWN = {"paris": (18, "partly cloudy"), "london": (14, "light rain"), "tokyo": (22, "clear")}
_SLOWEST = 10_000


def weather(request: Request, _reply: Reply, _state: State) -> Answer:
    """The weather in a city; always the same for the same city."""
    city = request.query.get("city", "").strip()
    if not city:
        return whole_answer({"error": "city is required"}, 400)
    digest = hashlib.sha256(city.lower().encode()).digest()
    degrees, sky = _KNOWN.get(city.lower(), (digest[0] % 30, _SKIES[digest[1] % len(_SKIES)]))
    told = {"city": city, "temperature_c": degrees, "condition": sky, "humidity": 40 + digest[2] % 50}
    return Answer(dump(told).encode())


def slow(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers after `?ms=` milliseconds, 50 if none are named; at once when the provider stops."""
    wait = min(whole(request.query.get("ms"), 50), _SLOWEST)
    state.stopping.wait(wait / 1000)
    return whole_answer({"waited_ms": wait})
