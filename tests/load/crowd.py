# SPDX-License-Identifier: Apache-2.0
"""An application: waves of streams that are all open at once. It prints what it saw of them, and of itself, as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys

import openai
from opentelemetry import trace

from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors._kernel.operation import Operation
from spanwright.semconv.model import Inference

WAVES = [int(size) for size in os.environ["WAVES"].split()]


class Crowd:
    """One wave: nobody reads on before all have their first chunk."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.begun = 0
        self.open = 0
        self.everybody = asyncio.Event()
        self.answers: set[str] = set()

    async def read(self, client: openai.AsyncOpenAI) -> None:
        stream = await client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "Hello there"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        said = ""
        async for chunk in stream:
            said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
            if chunk.choices and chunk.choices[0].delta.role:
                await self.arrive()
        self.answers.add(said)

    async def arrive(self) -> None:
        self.begun += 1
        if self.begun == self.size:
            self.open = sum(
                isinstance(getattr(each, "subject", None), Inference) for each in ending._open.values()
            )
            self.everybody.set()
        await self.everybody.wait()


async def wave(size: int) -> dict[str, object]:
    crowd = Crowd(size)
    async with openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", timeout=200) as client:
        await asyncio.gather(*(crowd.read(client) for _ in range(size)))
    return {"answers": sorted(crowd.answers), "open": crowd.open, "still_open": len(ending._open)}


def held() -> int:
    return sum(isinstance(each, (Operation, openai.AsyncStream)) for each in gc.get_objects())


def main() -> None:
    waves = []
    for size in WAVES:
        waves.append(asyncio.run(wave(size)))
        # What waits for the exporter is no growth.
        trace.get_tracer_provider().force_flush()
        gc.collect()
        waves[-1] |= {"held": held(), "blocks": sys.getallocatedblocks()}
    print(json.dumps(waves))


main()
