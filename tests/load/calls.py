# SPDX-License-Identifier: Apache-2.0
"""An application: calls one after the other and streams at once. It prints its answers, and then that it has them all."""

from __future__ import annotations

import asyncio
import json
import os

import openai

OPTIONS = {"base_url": os.environ["PROVIDER"], "api_key": "test", "timeout": 200}
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}


def one(client: openai.OpenAI) -> str | None:
    return client.chat.completions.create(**ASKED).choices[0].message.content


async def many(times: int) -> list[str]:
    async def read() -> str:
        stream = await client.chat.completions.create(**ASKED, stream=True)
        return "".join([each.choices[0].delta.content or "" async for each in stream if each.choices])

    async with openai.AsyncOpenAI(**OPTIONS) as client:
        return await asyncio.gather(*(read() for _ in range(times)))


def main() -> None:
    times = int(os.environ["CALLS"])
    with openai.OpenAI(**OPTIONS) as client:
        answers = [one(client) for _ in range(times)]
    answers += asyncio.run(many(times))
    print(json.dumps(answers))
    print("done", flush=True)


main()
