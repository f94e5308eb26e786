# SPDX-License-Identifier: Apache-2.0
"""Odd answers: whatever a provider sends, the caller gets exactly what the bare library gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.llms import ChatMessage

from alike.answers import ANSWERS
from spanwright.console.provider import Reply
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from strange_answers import FEW

if TYPE_CHECKING:
    from llama_index.llms.openai import OpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider


HI = [ChatMessage(role="user", content="hi")]


def outcome(llm: OpenAI, provider: Provider, body: Any, *, stream: bool) -> str:
    """Return what the caller gets, as text."""
    text = json.dumps(body)
    provider.say(Reply(events=[f"data: {text}", "data: [DONE]"]) if stream else Reply(body=text))
    try:
        answer = list(llm.stream_chat(HI)) if stream else llm.chat(HI)
    except Exception as error:  # noqa: BLE001 - what the caller gets is compared, whatever it is
        return f"{type(error).__name__}: {error}"
    return repr(answer)


@FEW
@given(body=ANSWERS, stream=st.booleans())
def test_the_caller_gets_what_the_bare_library_gives(
    recorder: Recorder, llm: OpenAI, provider: Provider, body: Any, *, stream: bool
) -> None:
    bare = outcome(llm, provider, body, stream=stream)
    capture = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
    recorder.instrument(LlamaIndexInstrumentor(), OpenAIInstrumentor(), **capture)
    try:
        assert outcome(llm, provider, body, stream=stream) == bare
    finally:
        recorder.uninstrument()
