# SPDX-License-Identifier: Apache-2.0
"""Whatever a model or a tool of the application gives, ADK gets exactly that."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from google.adk.agents import LlmAgent
from google.adk.models.base_llm import BaseLlm
from google.adk.models.llm_response import LlmResponse
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from libraries.google_adk.conftest import run
from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor
from strange_answers import ANY, FEW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

PARTS = st.builds(types.Part, text=st.text(max_size=5) | st.none(), thought=st.booleans() | st.none())
COUNTS = st.integers(-3, 9) | st.none()
ANSWERS = st.lists(
    st.builds(
        LlmResponse,
        content=st.none()
        | st.builds(types.Content, role=st.just("model"), parts=st.lists(PARTS, max_size=2)),
        partial=st.booleans() | st.none(),
        finish_reason=st.none() | st.sampled_from(list(types.FinishReason)),
        error_code=st.none() | st.sampled_from(["SAFETY", "UNKNOWN_ERROR"]),
        usage_metadata=st.none()
        | st.builds(
            types.GenerateContentResponseUsageMetadata,
            prompt_token_count=COUNTS,
            candidates_token_count=COUNTS,
        ),
    ),
    max_size=3,
)


class Own(BaseLlm):
    """A model of the application, which answers what a test says; the last answer is a whole one."""

    answers: list[LlmResponse]

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncIterator[Any]:
        for each in self.answers:
            yield each
        yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text="end")]))


def outcome(root: LlmAgent) -> list[Any]:
    """Return everything that the application sees, without what differs from run to run."""

    async def main() -> list[Any]:
        return [event async for event in run(root, "hi", stream=True)]

    left_out = {"id", "timestamp", "invocation_id", "node_info"}
    try:
        events = [repr(event.model_dump(exclude=left_out)) for event in asyncio.run(main())]
        return [re.sub(r"adk-[0-9a-f-]+", "", each) for each in events]
    except Exception as error:
        return [type(error), str(error)]


@FEW
@given(answers=ANSWERS)
def test_whatever_a_model_answers_the_application_gets(recorder: Recorder, answers: list[Any]) -> None:
    root = LlmAgent(name="one", model=Own(model="own", answers=answers))
    bare = outcome(root)
    recorder.instrument(
        GoogleAdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    try:
        assert outcome(root) == bare
    finally:
        recorder.uninstrument()


@FEW
@given(result=ANY)
def test_whatever_a_tool_returns_the_model_gets(recorder: Recorder, result: Any) -> None:
    def odd() -> Any:
        """Return it."""
        return result

    call = types.Part(function_call=types.FunctionCall(name="odd", args={}))
    asked = LlmResponse(content=types.Content(role="model", parts=[call]))
    bare = outcome(LlmAgent(name="one", model=Once(model="own", answers=[asked]), tools=[odd]))
    recorder.instrument(
        GoogleAdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    try:
        assert outcome(LlmAgent(name="one", model=Once(model="own", answers=[asked]), tools=[odd])) == bare
    finally:
        recorder.uninstrument()


class Once(Own):
    """The same, which answers so in its first turn and is done in its second."""

    async def generate_content_async(self, llm_request: Any, stream: bool = False) -> AsyncIterator[Any]:
        if self.answers:
            yield self.answers.pop()
        else:
            yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text="end")]))
