# SPDX-License-Identifier: Apache-2.0
"""Pipecat instrumented together with the OpenAI SDK: pipelines of text that ask the reference provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import EndFrame, ErrorFrame, LLMContextFrame, LLMFullResponseEndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.workers.runner import WorkerRunner

from alike.layers import shown, traced  # noqa: F401 - fixtures
from alike.runs import quiet  # noqa: F401 - it runs of itself

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.console.provider import Provider

SCHEMA = FunctionSchema("get_weather", "Get the weather of a city.", {"city": {"type": "string"}}, ["city"])


class Until(FrameProcessor):
    """Ends a pipeline when its model has answered a number of times."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.left = answers
        self.worker: Any = None

    async def process_frame(self, frame: Any, direction: Any) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, (LLMFullResponseEndFrame, ErrorFrame)):
            self.left -= 1
            if self.left == 0:
                await self.worker.queue_frame(EndFrame())


async def get_weather(params: Any) -> None:
    await params.result_callback(f"It is sunny in {params.arguments['city']}.")


@pytest.fixture
def talk(provider: Provider) -> Callable[..., Any]:
    """Return what runs a pipeline until its model has answered `answers` times, and returns the messages."""

    async def talked(
        text: str,
        answers: int = 1,
        *,
        model: str = "gpt-4o-mini",
        tools: Sequence[tuple[FunctionSchema, Any]] = ((SCHEMA, get_weather),),
        service: dict[str, Any] | None = None,
        **settings: Any,
    ) -> list[Any]:
        chosen = OpenAILLMService.Settings(model=model)
        asked = OpenAILLMService(
            api_key="test", base_url=provider.base_url, settings=chosen, **(service or {})
        )
        for schema, handler in tools:
            asked.register_function(schema.name, handler)
        known = ToolsSchema([schema for schema, _ in tools] if answers > 1 else [])
        context = LLMContext([{"role": "user", "content": text}], known)
        pair, until = LLMContextAggregatorPair(context), Until(answers)
        worker = PipelineWorker(Pipeline([pair.user(), asked, until, pair.assistant()]), **settings)
        until.worker = worker
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await worker.queue_frames([LLMContextFrame(context)])
        await runner.run()
        await asked._client.close()
        return context.get_messages()

    return talked
