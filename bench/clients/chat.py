# SPDX-License-Identifier: Apache-2.0
"""OpenAI's chat protocol, which many speak, and the SDKs that Stainless generated for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients import Case
from clients.memory import answering, events, words

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello to you."}}
    ],
    "usage": {
        "prompt_tokens": 9,
        "completion_tokens": 3,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
    "service_tier": "default",
    "system_fingerprint": "fp_1",
}


def _chunk(**choice: object) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "finish_reason": None, "delta": {}, **choice}],
    }


STREAM = events(
    [
        _chunk(delta={"role": "assistant", "content": ""}),
        *(_chunk(delta={"role": "assistant", "content": word}) for word in words()[2:]),
        _chunk(finish_reason="stop"),
    ],
    done=True,
)


def messages(size: int = 100) -> list[dict[str, str]]:
    """Return a conversation with about `size` characters of prompt."""
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "word " * (size // 5)}]


def transport(http: Any, *, apart: bool = False) -> Any:
    """Return a transport of httpx or httpx2 that answers in this protocol, streams in one piece or `apart`."""
    return answering(http, ANSWER, STREAM, apart=apart)


def stainless(
    http: Any, client: Callable[..., Any], asynchronous: Callable[..., Any], create: str, **options: Any
) -> list[Case]:
    """Return the chat of an SDK; `create` is the path of its method, `options` are its client's own."""
    told = {"api_key": "test", "base_url": "http://127.0.0.1:9/v1", "max_retries": 0, **options}
    sent = {"model": "gpt-4o-mini", "messages": messages(), "temperature": 0.5}
    plain = client(http_client=http.Client(transport=transport(http)), **told)
    parallel = asynchronous(http_client=http.AsyncClient(transport=transport(http)), **told)
    for name in create.split("."):
        plain, parallel = getattr(plain, name), getattr(parallel, name)
    return [
        Case(
            "chat",
            lambda: plain(**sent),
            lambda: parallel(**sent),
            lambda: plain(**sent, stream=True),
            lambda: parallel(**sent, stream=True),
        )
    ]
