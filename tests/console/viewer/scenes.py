# SPDX-License-Identifier: Apache-2.0
"""Traces to look at: a trip that goes wrong and recovers, what an attacker writes, and more spans than fit a screen."""

from __future__ import annotations

from typing import Any

from console.viewer.recording import TRACE, nanoseconds, operation, pairs, span

EVIL = [
    "</script><script>window.harmed=1</script>",
    "<!--<script>",
    "<img src=http://127.0.0.1:9/pixel.png onerror=window.harmed=1>",
    "javascript:window.harmed=1",
    "\u2028\u2029",
    "lone \ud800 and \udfff",
    "\u202eright to left",
    "nul \0 bell \a escape \x1b[31m",
    "{{constructor.constructor('window.harmed=1')()}}",
    "__proto__",
]


def trip() -> list[dict[str, Any]]:
    """An agent and its researcher: a retried request, a failing tool, reasoning, an image, and an answer."""
    question = [
        {"role": "system", "parts": [{"type": "text", "content": "You plan trips. Be brief."}]},
        {
            "role": "user",
            "parts": [
                {
                    "type": "text",
                    "content": "Find me a flight to Lisbon for this view, and tell me what to pack.",
                },
                {
                    "type": "blob",
                    "modality": "image",
                    "mime_type": "image/png",
                    "byte_size": 48213,
                    "sha256": "9f86d081884c7d65",
                },
                {"type": "uri", "modality": "image", "uri": "http://127.0.0.1:9/tracking.png"},
            ],
        },
    ]
    called = [
        {
            "role": "assistant",
            "finish_reason": "tool_call",
            "parts": [
                {"type": "reasoning", "content": "The picture shows the Tagus, so the city is Lisbon."},
                {
                    "type": "tool_call",
                    "id": "call_1",
                    "name": "book_flight",
                    "arguments": {"to": "LIS", "day": "2026-05-01"},
                },
            ],
        }
    ]
    answered = [
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": "No seats left"}],
        },
    ]
    answer = [
        {
            "role": "assistant",
            "finish_reason": "stop",
            "parts": [
                {"type": "text", "content": "TP 1234 is full. Take the night train, and a light jacket."}
            ],
        }
    ]
    return [
        span(1, "plan_trip", took=3420),
        operation(2, "invoke_agent", "Trip Planner", under=1, at=2, took=3400),
        operation(
            3, "chat", "gpt-4o-mini", under=2, at=10, took=812, provider__name="openai",
            usage__input_tokens=312, usage__output_tokens=18, response__finish_reasons=["tool_call"],
            response__time_to_first_chunk=0.62, input__messages=question, output__messages=called,
        ),  # fmt: skip
        span(4, "POST", under=3, at=14, took=12, kind=3, raw=request(429)),
        span(5, "POST", under=3, at=500, took=320, kind=3, raw=request(200)),
        operation(
            6, "execute_tool", "book_flight", under=2, at=830, took=140, error="No seats left on TP 1234",
            tool__call__arguments={"to": "LIS", "day": "2026-05-01"}, raw={"error.type": "app.SeatsUnavailable"},
            events=[raised("app.SeatsUnavailable", "No seats left on TP 1234", at=960)],
        ),  # fmt: skip
        operation(7, "invoke_agent", "Researcher", under=2, at=980, took=600),
        operation(
            8, "chat", "claude-sonnet-4-5", under=7, at=985, took=560, provider__name="anthropic",
            usage__input_tokens=1840, usage__output_tokens=220, usage__cache_read__input_tokens=1024,
        ),  # fmt: skip
        # The same call, seen by the client library too.
        operation(
            9, "chat", "claude-sonnet-4-5", under=8, at=990, took=550, provider__name="anthropic",
            usage__input_tokens=1840, usage__output_tokens=220, usage__cache_read__input_tokens=1024,
        ),  # fmt: skip
        operation(10, "execute_tool", "search_guide", under=2, at=1600, took=210, tool__call__result="Bring a jacket."),
        operation(11, "embeddings", "text-embedding-3-small", under=10, at=1610, took=120, usage__input_tokens=9),
        operation(
            12, "chat", "gpt-4o-mini", under=2, at=1820, took=1560, provider__name="openai",
            usage__input_tokens=640, usage__output_tokens=212, usage__reasoning__output_tokens=64,
            response__time_to_first_chunk=0.9, response__finish_reasons=["stop"],
            input__messages=question + called + answered, output__messages=answer,
        ),  # fmt: skip
    ]  # fmt: skip


def request(status: int) -> dict[str, Any]:
    return {
        "http.request.method": "POST",
        "url.full": "https://api.openai.com/v1/chat/completions",
        "http.response.status_code": status,
        **({"error.type": str(status)} if status >= 400 else {}),
    }


def raised(kind: str, message: str, *, at: float) -> dict[str, Any]:
    stack = f'Traceback (most recent call last):\n  File "app.py", line 7\n{kind}: {message}'
    attributes = {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
    return {"name": "exception", "timeUnixNano": nanoseconds(at), "attributes": pairs(attributes)}


def hostile() -> list[dict[str, Any]]:
    """Every text that a span has room for, and every shape of a message."""
    everything = "\n".join(EVIL)
    part = {"type": "text", "content": everything}
    odd: list[Any] = [
        {"role": evil, "parts": [part, {"type": evil, evil: evil}, evil, None, 7], "name": evil}
        for evil in EVIL
    ]
    odd += [
        None,
        7,
        "text",
        [],
        {},
        {"role": "user", "parts": "text"},
        {"role": "tool", "parts": [{"type": "__proto__"}]},
    ]
    odd += [{"role": "user", "parts": [{"type": "uri", "uri": evil, "modality": evil}]} for evil in EVIL]
    odd += [
        {"role": "assistant", "parts": [{"type": "tool_call", "name": evil, "arguments": evil, "id": evil}]}
        for evil in EVIL
    ]
    named = {
        "__proto__": everything,
        "constructor": "c",
        "toString": "t",
        everything: everything,
        "huge": "x" * 3_000_000,
    }
    found = [
        operation(
            1, "chat", everything, error=everything, input__messages=odd, output__messages=odd,
            system_instructions=[part], tool__definitions=[{"name": evil} for evil in EVIL], raw=named,
            events=[raised(everything, everything, at=3)], provider__name=everything,
        )
    ]  # fmt: skip
    found += [
        operation(number + 2, "execute_tool", evil, under=1, raw={evil: evil})
        for number, evil in enumerate(EVIL)
    ]
    found += [operation(number + 20, "invoke_agent", evil, under=1) for number, evil in enumerate(EVIL)]
    return found


def crowd(number: int = 10_000) -> list[dict[str, Any]]:
    """One trace of a long run: agents that call models and tools, again and again."""
    found = [operation(1, "invoke_agent", "orchestrator", took=number * 10)]
    text = "The quick brown fox jumps over the lazy dog. " * 20
    agent = 1
    for count in range(2, number + 1):
        at = count * 10
        if count % 50 == 2:
            agent = count
            found.append(operation(count, "invoke_agent", f"worker_{count % 7}", under=1, at=at, took=490))
        elif count % 3 == 0:
            failed = {"error": "timed out", "raw": {"error.type": "TimeoutError"}} if count % 99 == 0 else {}
            found.append(
                operation(count, "execute_tool", f"tool_{count % 11}", under=agent, at=at, took=8, **failed)
            )
        else:
            messages = [{"role": "user", "parts": [{"type": "text", "content": f"{text} number {count}"}]}]
            found.append(
                operation(
                    count, "chat", ("gpt-4o-mini", "claude-sonnet-4-5")[count % 2], under=agent, at=at, took=9,
                    usage__input_tokens=100 + count % 37, usage__output_tokens=20, input__messages=messages,
                )
            )  # fmt: skip
    return found


def many(number: int = 1000) -> list[dict[str, Any]]:
    """A trace each."""
    return [
        operation(1, "chat", "gpt-4o-mini", trace=f"{count:032x}", at=count * 1000, usage__input_tokens=10)
        for count in range(1, number + 1)
    ]


__all__ = ["EVIL", "TRACE", "crowd", "hostile", "many", "trip"]
