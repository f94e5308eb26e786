# SPDX-License-Identifier: Apache-2.0
"""Pipelines of Pipecat, which stream whatever they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipecat.frames.frames import EndFrame, ErrorFrame, LLMContextFrame, LLMFullResponseEndFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

# The model calls are those of the clients beneath.
LEFT = ("chat", "responses", "messages", "gemini")


class _Until(FrameProcessor):
    """Ends the pipeline when its model has answered."""

    worker: Any = None

    async def process_frame(self, frame: Any, direction: Any) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, (LLMFullResponseEndFrame, ErrorFrame)):
            await self.worker.queue_frame(EndFrame())


def chat(provider: Provider) -> Any:
    from pipecat.services.openai.llm import OpenAILLMService

    chosen = OpenAILLMService.Settings(model="gpt-4o-mini")
    return OpenAILLMService(api_key="test", base_url=provider.base_url, settings=chosen)


def responses(provider: Provider) -> Any:
    from pipecat.services.openai.responses.llm import OpenAIResponsesHttpLLMService

    chosen = OpenAIResponsesHttpLLMService.Settings(model="gpt-4o-mini")
    return OpenAIResponsesHttpLLMService(api_key="test", base_url=provider.base_url, settings=chosen)


def messages(provider: Provider) -> Any:
    from anthropic import AsyncAnthropic
    from pipecat.services.anthropic.llm import AnthropicLLMService

    asked = AsyncAnthropic(base_url=provider.url, api_key="test")
    chosen = AnthropicLLMService.Settings(model="claude-haiku-4-5")
    return AnthropicLLMService(api_key="test", client=asked, settings=chosen)


def gemini(provider: Provider) -> Any:
    from google.genai import types
    from pipecat.services.google.llm import GoogleLLMService

    place = types.HttpOptions(base_url=provider.url)
    chosen = GoogleLLMService.Settings(model="gemini-2.5-flash")
    return GoogleLLMService(api_key="test", http_options=place, settings=chosen)


async def streamed(service: Any) -> None:
    context, until = LLMContext([{"role": "user", "content": "hi"}]), _Until()
    worker = PipelineWorker(Pipeline([service, until]))
    until.worker = worker
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await worker.queue_frames([LLMContextFrame(context)])
    await runner.run()


WAYS = {streamed: 1}
