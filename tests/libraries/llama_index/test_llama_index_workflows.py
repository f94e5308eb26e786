# SPDX-License-Identifier: Apache-2.0
"""The application's own workflows: a run with its steps, in tasks and threads, however they end."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.workflow import (
    Context,
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
    Workflow,
    step,
)
from opentelemetry import trace
from workflows.errors import WorkflowCancelledByUser, WorkflowRuntimeError

from alike.runs import errors
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor

if TYPE_CHECKING:
    from llama_index.llms.openai import OpenAI

    from harness import Recorder

CHAT = "chat gpt-4o-mini"


class Drafted(Event):
    """A draft."""

    text: str


class Review(Workflow):
    """Drafts and reviews."""

    def __init__(self, llm: Any = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.llm = llm

    @step
    async def draft(self, ev: StartEvent) -> Drafted:
        answer = await self.llm.acomplete(ev.topic)
        return Drafted(text=str(answer))

    @step
    def review(self, ev: Drafted) -> StopEvent:
        return StopEvent(result=str(self.llm.complete(ev.text)))


class Failing(Workflow):
    """Fails."""

    @step
    async def fail(self, ev: StartEvent) -> StopEvent:
        message = f"about {ev.topic}"
        raise LookupError(message)


class Asking(Workflow):
    """Asks a human."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        found = await ctx.wait_for_event(
            HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Name?"), waiter_id="name"
        )
        return StopEvent(result=found.response)


class Fanned(Workflow):
    """Works on two things at the same time."""

    @step
    async def fan(self, ctx: Context, ev: StartEvent) -> Drafted | None:
        for text in ("one", "two"):
            ctx.send_event(Drafted(text=text))
        return None

    @step(num_workers=2)
    async def work(self, ctx: Context, ev: Drafted) -> StopEvent | None:
        await asyncio.sleep(0)
        return StopEvent(result="done") if ctx.collect_events(ev, [Drafted] * 2) else None


class Given(StartEvent):
    """A start with a topic."""

    topic: str


class Strict(Workflow):
    """Starts with nothing else."""

    @step
    async def only(self, ev: Given) -> StopEvent:
        return StopEvent()


class Outer(Workflow):
    """Runs another workflow in a step."""

    @step
    async def inner(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=await Fanned().run())


async def test_a_run_is_a_workflow_with_its_steps(traced: Recorder, llm: OpenAI) -> None:
    await Review(llm=llm).run(topic="cats")
    assert traced.tree() == [
        "invoke_workflow Review",
        "  step draft",
        f"    {CHAT}",
        "  step review",
        f"    {CHAT}",
    ]
    assert traced.attributes("invoke_workflow") == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "Review",
    }
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_what_a_run_is_given_and_gives_is_content(shown: Recorder, llm: OpenAI) -> None:
    result = await Review(llm=llm).run(topic="cats")
    found = shown.attributes("invoke_workflow")
    assert '"topic":"cats"' in found["gen_ai.input.messages"]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "text", "content": result}]


async def test_what_a_run_is_given_is_not_told_otherwise(traced: Recorder) -> None:
    with pytest.raises(Exception, match="SECRETPII"):
        await Failing().run(topic="SECRETPII")
    assert "SECRETPII" not in traced.everything()


async def test_a_step_that_fails_fails_the_run(traced: Recorder) -> None:
    with pytest.raises(Exception, match="about cats"):
        await Failing().run(topic="cats")
    assert errors(traced)["step fail"] == "LookupError"
    assert set(errors(traced)) == {"invoke_workflow Failing", "step fail"}


async def test_a_step_that_waits_for_a_human_has_not_failed(traced: Recorder) -> None:
    handler = Asking().run()
    async for event in handler.stream_events():
        if isinstance(event, InputRequiredEvent):
            handler.ctx.send_event(HumanResponseEvent(response="Ada"))
    assert await handler == "Ada"
    assert errors(traced) == {}
    assert traced.tree()[:2] == ["invoke_workflow Asking", "  step ask"]


async def test_steps_at_the_same_time_are_siblings(traced: Recorder) -> None:
    assert await Fanned().run() == "done"
    # Some versions work on what they collect once more.
    assert traced.tree()[:4] == ["invoke_workflow Fanned", "  step fan", "  step work", "  step work"]
    assert set(traced.tree()[4:]) <= {"  step work"}


def test_a_run_in_a_loop_of_its_own_ends(traced: Recorder) -> None:
    async def run() -> Any:
        return await Fanned().run()

    assert asyncio.run(run()) == "done"
    assert traced.tree()[0] == "invoke_workflow Fanned"


async def test_a_workflow_in_a_step_is_inside(traced: Recorder) -> None:
    await Outer().run()
    assert traced.tree()[:4] == [
        "invoke_workflow Outer",
        "  step inner",
        "    invoke_workflow Fanned",
        "      step fan",
    ]


async def test_a_run_that_is_waited_for_too_long_ends(traced: Recorder) -> None:
    class Endless(Workflow):
        @step
        async def wait(self, ev: StartEvent) -> StopEvent:
            await asyncio.Event().wait()
            return StopEvent()

    handler = Endless(timeout=None).run()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(_awaited(handler), 0.1)
    await handler.cancel_run()
    # Cancelled by the waiting or by the caller, as the version has it.
    with pytest.raises((asyncio.CancelledError, WorkflowCancelledByUser)):
        await handler
    assert "step wait" not in errors(traced)


async def _awaited(handler: Any) -> Any:
    return await handler


async def test_the_workflows_own_argument_errors_are_its_callers(traced: Recorder) -> None:
    with pytest.raises(WorkflowRuntimeError):
        await Strict().run()
    assert errors(traced) == {"invoke_workflow Strict": "workflows.errors.WorkflowRuntimeError"}


async def test_steps_look_as_before(recorder: Recorder) -> None:
    before = inspect.signature(Review.draft), vars(Review)["draft"]
    recorder.instrument(LlamaIndexInstrumentor())
    await Fanned().run()
    with pytest.raises(Exception, match="."):
        await Review().run(topic="cats")
    assert inspect.signature(Review.draft) == before[0]
    assert inspect.iscoroutinefunction(Review.draft)
    recorder.uninstrument()
    assert vars(Review)["draft"] is before[1]
