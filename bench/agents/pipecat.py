# SPDX-License-Identifier: Apache-2.0
"""Pipecat: a pipeline of text for each run, which ends when its model has answered or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.agents import chat
from bench.agents import model as ours
from bench.agents.model import ASK
from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import EndFrame, LLMContextFrame, LLMTextFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.workers.runner import WorkerRunner

from spanwright.instrumentors.pipecat import PipecatInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = PipecatInstrumentor
DISTRIBUTIONS = ("pipecat-ai",)
# It tells of each run, on a logger that is not Python's.
logger.disable("pipecat")
_TOLD = {"thermometer": (ours.thermometer, "room"), "clock": (ours.clock, "place")}
_SCHEMAS = [
    FunctionSchema(name, f"Tell of a {told}.", {told: {"type": "string"}}, [told])
    for name, (_, told) in _TOLD.items()
]


class _Until(FrameProcessor):
    """Ends the pipeline at the model's first words."""

    worker: Any = None

    async def process_frame(self, frame: Any, direction: Any) -> None:
        """Pass a frame on."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMTextFrame):
            await self.worker.queue_frame(EndFrame())


async def _end(worker: Any, _: Any) -> None:
    await worker.queue_frame(EndFrame())


async def _call(params: Any) -> None:
    function, told = _TOLD[params.function_name]
    await params.result_callback(function(params.arguments[told]))


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once."""
    client = chat.client(model)
    chosen = OpenAILLMService.Settings(model=chat.NAME)

    async def run() -> object:
        service = OpenAILLMService(api_key="test", settings=chosen)
        service._client = client
        for name in _TOLD:
            service.register_function(name, _call)
        context = LLMContext([{"role": "user", "content": ASK}], ToolsSchema([*_SCHEMAS]))
        pair, until = LLMContextAggregatorPair(context), _Until()
        worker = PipelineWorker(Pipeline([pair.user(), service, until, pair.assistant()]))
        until.worker = worker
        worker.add_event_handler("on_pipeline_error", _end)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await worker.queue_frames([LLMContextFrame(context)])
        await runner.run()
        return context.get_messages()[-1]

    return run
