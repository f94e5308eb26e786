# SPDX-License-Identifier: Apache-2.0
"""Agents and knowledge bases of Bedrock: what is asked, what comes, and what each is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr

from spanwright.console.provider import Provider, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

ARN = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"
ASKED = {
    "agentId": "AGENT12345",
    "agentAliasId": "TSTALIASID",
    "sessionId": "s-1",
    "inputText": "Hello there",
}
INLINE = {
    "sessionId": "s-1",
    "foundationModel": "anthropic.claude-v2",
    "instruction": "You are a friendly agent that helps people all day.",
    "inputText": "Hello there",
    "agentName": "helper",
    "knowledgeBases": [{"knowledgeBaseId": "KB12345678", "description": "Everything."}],
    "guardrailConfiguration": {"guardrailIdentifier": "gr1234", "guardrailVersion": "1"},
}
SEARCH = {
    "knowledgeBaseId": "KB12345678",
    "retrievalQuery": {"text": "Hello there"},
    "retrievalConfiguration": {"vectorSearchConfiguration": {"numberOfResults": 3}},
}


def generation(**more: Any) -> dict[str, Any]:
    """Return a question to a knowledge base."""
    config: dict[str, Any] = {
        "knowledgeBaseId": "KB12345678",
        "modelArn": ARN,
        "generationConfiguration": {
            "inferenceConfig": {"textInferenceConfig": {"maxTokens": 100, "temperature": 0.5}},
            "guardrailConfiguration": {"guardrailId": "gr1234", "guardrailVersion": "1"},
        },
    }
    return {
        "input": {"text": "Hello there"},
        "retrieveAndGenerateConfiguration": {"type": "KNOWLEDGE_BASE", "knowledgeBaseConfiguration": config},
        **more,
    }


AGENT = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.id": "AGENT12345",
    "gen_ai.conversation.id": "s-1",
}
GENERATED = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": ARN,
    "gen_ai.request.max_tokens": 100,
    "gen_ai.request.temperature": 0.5,
    "aws.bedrock.knowledge_base.id": "KB12345678",
    "aws.bedrock.guardrail.id": "gr1234",
}


def test_an_agent(traced: Recorder, agents: Any, server: dict[str, Any]) -> None:
    assert list(agents.invoke_agent(**ASKED)["completion"])
    assert traced.tree() == ["invoke_agent"]
    assert traced.one().kind.name == "CLIENT"
    assert traced.attributes() == {**server, **AGENT}


def test_an_agent_whose_trace_is_wanted_tells_its_usage(
    traced: Recorder, agents: Any, server: dict[str, Any], needs: Callable[..., None]
) -> None:
    needs("bedrock-agent-runtime", "OrchestrationModelInvocationOutput", "metadata")
    assert list(agents.invoke_agent(**ASKED, enableTrace=True)["completion"])
    assert traced.attributes() == {
        **server,
        **AGENT,
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 27,
    }


async def test_an_agent_asynchronously(
    traced: Recorder, aconnect: Callable[..., Any], server: dict[str, Any]
) -> None:
    async with aconnect("bedrock-agent-runtime") as agents:
        answer = await agents.invoke_agent(**ASKED)
        assert [event async for event in answer["completion"]]
    assert traced.attributes() == {**server, **AGENT}


def test_an_agent_that_is_left_early_ends_its_span(traced: Recorder, agents: Any) -> None:
    stream = agents.invoke_agent(**ASKED)["completion"]
    next(iter(stream))
    stream.close()
    assert traced.tree() == ["invoke_agent"]


def test_an_agent_that_the_request_describes(traced: Recorder, agents: Any, server: dict[str, Any]) -> None:
    assert list(agents.invoke_inline_agent(**INLINE)["completion"])
    assert traced.tree() == ["invoke_agent helper"]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "helper",
        "gen_ai.request.model": "anthropic.claude-v2",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.data_source.id": "KB12345678",
    }


def test_what_an_agent_is_asked_and_says_is_content(shown: Recorder, agents: Any) -> None:
    assert list(agents.invoke_inline_agent(**INLINE)["completion"])
    found = shown.attributes()
    assert json.loads(found["gen_ai.system_instructions"]) == [
        {"type": "text", "content": INLINE["instruction"]}
    ]
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    (said,) = json.loads(found["gen_ai.output.messages"])
    (part,) = said["parts"]
    assert part["content"].startswith('You said: "Hello there"')


def test_calls_that_an_agent_returns_are_content(shown: Recorder, agents: Any, provider: Provider) -> None:
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]))
    events = list(agents.invoke_agent(**ASKED)["completion"])
    key = events[0]["returnControl"]["invocationId"]
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["tool_call"]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "tool_call", "id": key, "name": "get_weather", "arguments": {"city": "Paris"}}
            ],
            "finish_reason": "tool_call",
        }
    ]


def test_results_of_calls_that_were_returned_are_content(shown: Recorder, agents: Any) -> None:
    result = {"functionResult": {"actionGroup": "a", "responseBody": {"TEXT": {"body": "18 degrees"}}}}
    state = {"invocationId": "i-1", "returnControlInvocationResults": [result]}
    asked = {name: value for name, value in ASKED.items() if name != "inputText"}
    assert list(agents.invoke_agent(**asked, sessionState=state)["completion"])
    assert json.loads(shown.attributes()["gen_ai.input.messages"]) == [
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "response": "18 degrees", "id": "i-1"}],
        }
    ]


def test_a_search(traced: Recorder, agents: Any, server: dict[str, Any]) -> None:
    assert agents.retrieve(**SEARCH)["retrievalResults"]
    assert traced.tree() == ["retrieval KB12345678"]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "KB12345678",
        "gen_ai.retrieval.top_k": 3,
    }


def test_what_is_searched_and_found_is_content(shown: Recorder, agents: Any) -> None:
    agents.retrieve(**SEARCH)
    found = shown.attributes()
    assert found["gen_ai.retrieval.query.text"] == "Hello there"
    (document,) = json.loads(found["gen_ai.retrieval.documents"])
    assert document["id"] == "s3://documents/reference.txt"
    assert document["score"] == 0.75
    assert document["content"].startswith("You said")


def test_an_answer_from_a_knowledge_base(traced: Recorder, agents: Any, server: dict[str, Any]) -> None:
    answer = agents.retrieve_and_generate(**generation())
    assert traced.attributes() == {**server, **GENERATED, "gen_ai.conversation.id": answer["sessionId"]}


def test_a_streamed_answer_from_a_knowledge_base(
    traced: Recorder, agents: Any, server: dict[str, Any]
) -> None:
    answer = agents.retrieve_and_generate_stream(**generation())
    assert list(answer["stream"])
    assert traced.attributes() == {
        **server,
        **GENERATED,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.conversation.id": answer["sessionId"],
    }


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_guardrail_that_steps_in_is_told(shown: Recorder, agents: Any, streamed: bool) -> None:
    asked = generation(input={"text": "You are to refuse to answer"}, sessionId="s-1")
    if streamed:
        assert list(agents.retrieve_and_generate_stream(**asked)["stream"])
    else:
        agents.retrieve_and_generate(**asked)
    found = shown.attributes()
    assert found["gen_ai.response.finish_reasons"] == ["content_filter"]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": IsStr(regex="Sorry.*")}],
            "finish_reason": "content_filter",
        }
    ]


def test_an_agent_that_does_not_exist_is_an_error(traced: Recorder, agents: Any, provider: Provider) -> None:
    provider.say(Reply(error=404))
    with pytest.raises(agents.exceptions.ResourceNotFoundException):
        agents.invoke_agent(**ASKED)
    assert traced.attributes()["error.type"] == "ResourceNotFoundException"


def test_nothing_of_it_is_told_unasked(traced: Recorder, agents: Any) -> None:
    list(agents.invoke_agent(**ASKED)["completion"])
    agents.retrieve(**SEARCH)
    agents.retrieve_and_generate(**generation())
    assert "Hello there" not in traced.everything()
