# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of LangChain, replayed through its own chat model: one span, and the usage once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recordings.tape import Interaction, interactions
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

TAPES = interactions("langchain")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_of_a_chat_model_is_one_span(
    recorder: Recorder, replayed: Callable[[str], None], tape: Interaction
) -> None:
    httpx2 = pytest.importorskip("httpx2")
    from langchain_core.messages import convert_to_messages
    from langchain_openai import ChatOpenAI

    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor())
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(tape.status, headers=tape.answer_headers, content=tape.body)
    )
    body, _ = tape.asked
    with httpx2.Client(verify=False, transport=transport) as sender:
        model: Any = ChatOpenAI(
            model=body["model"], api_key="test", base_url=tape.base_url, http_client=sender
        )
        answer = model.bind(tools=body["tools"]).invoke(convert_to_messages(body["messages"]))
    assert len(answer.tool_calls) > 1
    found = recorder.attributes(f"chat {body['model']}")
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    counted = {p.labels["gen_ai.token.type"]: p.sum for p in recorder.points("gen_ai.client.token.usage")}
    assert counted == {
        "input": tape.facts["gen_ai.usage.input_tokens"],
        "output": tape.facts["gen_ai.usage.output_tokens"],
    }
    replayed(str(tape))


@pytest.mark.skipif(not interactions("langgraph"), reason="the folder of real recordings is not there")
def test_a_recorded_graph_of_cohere_is_one_workflow() -> None:
    pytest.importorskip("cohere", reason="the graph was recorded with Cohere's SDK, which is not installed")
    pytest.skip("Cohere's SDK has no instrumentor here")
