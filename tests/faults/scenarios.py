# SPDX-License-Identifier: Apache-2.0
"""The ways in which an application uses the OpenAI SDK; each returns all that the application can see."""

from __future__ import annotations

import asyncio
import gc
import re
from typing import TYPE_CHECKING, Any

import openai
from opentelemetry.context import get_current

if TYPE_CHECKING:
    from collections.abc import Callable

ASK: Any = [{"role": "user", "content": "What is the weather in Lisbon?"}]
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
CHAT: Any = {"model": "gpt-4o-mini", "messages": ASK}


class Application:
    """An application with one client of each kind and a loop of its own."""

    def __init__(self, base_url: str) -> None:
        self.client = openai.OpenAI(base_url=base_url, api_key="test", max_retries=0)
        self.asynchronous = openai.AsyncOpenAI(base_url=base_url, api_key="test", max_retries=0)
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        self.client.close()
        self.loop.run_until_complete(self.asynchronous.close())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def outcome(self, scenario: str) -> str:
        """Return what the scenario returned or raised, as text; the context must be as it was before."""
        before = get_current()
        try:
            found = "returned", SCENARIOS[scenario](self)
        except Exception as error:
            found = "raised", (type(error), str(error), type(error.__cause__), type(error.__context__))
        assert get_current() is before
        # The provider gives every answer an id of its own, and its chunks a padding.
        shown = re.sub(r"\b([a-z]+)[-_]\w{16,}", r"\1-ID", repr(found))
        return re.sub(r"(obfuscation.{1,3}:\s*).\w*", r"\1", shown)

    # --- synchronous

    def plain(self) -> Any:
        return self.client.chat.completions.create(**CHAT, tools=TOOLS).model_dump()

    def refused(self) -> Any:
        return self.client.chat.completions.create(model="error:429", messages=ASK)

    def stream(self) -> Any:
        with self.client.chat.completions.create(**CHAT, stream=True) as stream:
            return [(chunk.model_dump(), get_current()) for chunk in stream]

    def stream_dropped(self) -> Any:
        stream = self.client.chat.completions.create(**CHAT, stream=True)
        first = next(stream).model_dump()
        stream.response.close()
        # The SDK's stream is part of a cycle.
        del stream
        gc.collect()
        return first

    def stream_closed(self) -> Any:
        with self.client.chat.completions.create(**CHAT, stream=True) as stream:
            for chunk in stream:
                return chunk.model_dump()

    def stream_failed(self) -> Any:
        with self.client.chat.completions.create(
            model="odd:mid-stream-error", messages=ASK, stream=True
        ) as stream:
            return [chunk.model_dump() for chunk in stream]

    def helper(self) -> Any:
        with self.client.chat.completions.stream(**CHAT) as stream:
            return [event.type for event in stream], stream.get_final_completion().model_dump()

    def raw(self) -> Any:
        answer = self.client.chat.completions.with_raw_response.create(**CHAT)
        return answer.status_code, answer.parse().model_dump()

    def raw_unread(self) -> Any:
        return self.client.chat.completions.with_raw_response.create(**CHAT).text

    def streaming_response(self) -> Any:
        with self.client.chat.completions.with_streaming_response.create(**CHAT, stream=True) as answer:
            return list(answer.iter_lines())

    def responses(self) -> Any:
        with self.client.responses.create(model="gpt-4o-mini", input="Hello", stream=True) as stream:
            return [event.model_dump() for event in stream]

    def embeddings(self) -> Any:
        return self.client.embeddings.create(model="text-embedding-3-small", input=["a", "b"]).model_dump()

    # --- asynchronous

    def _run(self, scenario: Any) -> Any:
        async def checked() -> Any:
            before = get_current()
            try:
                return await scenario
            finally:
                assert get_current() is before

        return self.loop.run_until_complete(checked())

    def async_plain(self) -> Any:
        async def call() -> Any:
            return (await self.asynchronous.chat.completions.create(**CHAT, tools=TOOLS)).model_dump()

        return self._run(call())

    def async_refused(self) -> Any:
        async def call() -> Any:
            return await self.asynchronous.chat.completions.create(model="error:500", messages=ASK)

        return self._run(call())

    def async_stream(self) -> Any:
        async def call() -> Any:
            async with await self.asynchronous.chat.completions.create(**CHAT, stream=True) as stream:
                return [(chunk.model_dump(), get_current()) async for chunk in stream]

        return self._run(call())

    def async_stream_closed(self) -> Any:
        async def call() -> Any:
            async with await self.asynchronous.chat.completions.create(**CHAT, stream=True) as stream:
                async for chunk in stream:
                    return chunk.model_dump()

        return self._run(call())

    def async_stream_failed(self) -> Any:
        async def call() -> Any:
            async with await self.asynchronous.chat.completions.create(
                model="odd:mid-stream-error", messages=ASK, stream=True
            ) as stream:
                return [chunk.model_dump() async for chunk in stream]

        return self._run(call())

    def async_raw(self) -> Any:
        async def call() -> Any:
            answer = await self.asynchronous.chat.completions.with_raw_response.create(**CHAT)
            return answer.status_code, answer.parse().model_dump()

        return self._run(call())


SCENARIOS: dict[str, Callable[[Application], Any]] = {
    each.__name__: each
    for each in (
        Application.plain,
        Application.refused,
        Application.stream,
        Application.stream_dropped,
        Application.stream_closed,
        Application.stream_failed,
        Application.helper,
        Application.raw,
        Application.raw_unread,
        Application.streaming_response,
        Application.responses,
        Application.embeddings,
        Application.async_plain,
        Application.async_refused,
        Application.async_stream,
        Application.async_stream_closed,
        Application.async_stream_failed,
        Application.async_raw,
    )
}
