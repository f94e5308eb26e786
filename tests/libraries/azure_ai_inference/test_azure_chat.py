# SPDX-License-Identifier: Apache-2.0
"""Chat completions and embeddings, sync and async: what their span says, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from azure.ai.inference.models import (
    AssistantMessage,
    StreamingChatCompletions,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from dirty_equals import IsFloat, IsStr
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from asking import WEATHER
from leaving import cancel
from spanwright.console.provider import Reply
from spanwright.instrumentors.azure_ai_inference import AzureAIInferenceInstrumentor

if TYPE_CHECKING:
    from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
    from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient

    from harness import Recorder
    from spanwright.console.provider import Provider

EXTRA: dict[str, Any] = {"model_extras": {"model": "gpt-4o"}}
ASKED: dict[str, Any] = {
    "body": {"messages": [{"role": "user", "content": "Hello SECRET"}], "model": "gpt-4o"}
}
HELLO: dict[str, Any] = {"messages": [SystemMessage(content="Be kind"), UserMessage(content="Hello SECRET")]}
FACTS: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "azure.ai.inference",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
STREAM: dict[str, Any] = {
    "gen_ai.request.stream": True,
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}
SPOKEN = {**ASKED["body"], "stream": True}


def without_usage(recorder: Recorder) -> dict[str, Any]:
    found = recorder.attributes()
    return {key: value for key, value in found.items() if not key.startswith("gen_ai.usage")}


def test_a_completion_is_one_span(
    traced: Recorder, client: ChatCompletionsClient, server: dict[str, Any]
) -> None:
    client.complete(**ASKED)
    assert traced.tree() == ["chat gpt-4o"]
    assert traced.attributes() == {**FACTS, **server}


async def test_an_asynchronous_completion_is_the_same(
    traced: Recorder, aclient: AsyncChatCompletionsClient, server: dict[str, Any]
) -> None:
    await aclient.complete(**ASKED)
    assert traced.attributes() == {**FACTS, **server}


def test_a_body_of_bytes_is_read(traced: Recorder, client: ChatCompletionsClient) -> None:
    client.complete(body=json.dumps(ASKED["body"]).encode())
    assert traced.attributes()["gen_ai.request.model"] == "gpt-4o"


def test_a_file_is_not_read(traced: Recorder, client: ChatCompletionsClient) -> None:
    client.complete(body=io.BytesIO(json.dumps(ASKED["body"]).encode()))
    assert traced.tree() == ["chat"]


def test_extras_of_the_model_are_read(traced: Recorder, client: ChatCompletionsClient) -> None:
    client.complete(**HELLO, model_extras={"model": "gpt-4o", "max_completion_tokens": 5})
    assert traced.attributes()["gen_ai.request.max_tokens"] == 5


def test_settings_are_attributes(traced: Recorder, client: ChatCompletionsClient) -> None:
    client.complete(
        **HELLO,
        model="gpt-4o",
        max_tokens=50,
        temperature=0.7,
        top_p=0.9,
        seed=7,
        stop=["END"],
        frequency_penalty=0.1,
        presence_penalty=0.2,
        response_format="json_object",
    )
    found = traced.attributes()
    assert {key: found[key] for key in found if key.startswith(("gen_ai.request", "gen_ai.output"))} == {
        "gen_ai.output.type": "json",
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.top_p": 0.9,
    }


def test_what_the_client_was_made_with_is_asked_for(traced: Recorder, made: tuple[Any, ...]) -> None:
    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.models import JsonSchemaFormat

    schema = JsonSchemaFormat(name="greeting", schema={"type": "object"})
    with ChatCompletionsClient(*made, model="gpt-4o", temperature=0.5, response_format=schema) as client:
        client.complete(**HELLO, temperature=0.0)
    found = traced.attributes()
    assert (found["gen_ai.request.model"], found["gen_ai.request.temperature"]) == ("gpt-4o", 0.0)
    assert found["gen_ai.output.type"] == "json"


def test_a_stream_is_one_span(
    traced: Recorder, client: ChatCompletionsClient, server: dict[str, Any]
) -> None:
    text = "".join(
        each.choices[0].delta.content or "" for each in client.complete(body=SPOKEN) if each.choices
    )
    assert text
    expected = {key: value for key, value in FACTS.items() if not key.startswith("gen_ai.usage")}
    assert without_usage(traced) == {**expected, **STREAM, **server}


def test_a_streams_usage_is_counted_once(traced: Recorder, client: ChatCompletionsClient) -> None:
    list(client.complete(body={**SPOKEN, "stream_options": {"include_usage": True}}))
    found = traced.attributes()
    assert (found["gen_ai.usage.input_tokens"], found["gen_ai.usage.output_tokens"]) == (9, 27)
    assert [point.count for point in traced.points("gen_ai.client.token.usage")] == [1, 1]


async def test_an_asynchronous_stream_is_the_same(
    traced: Recorder, aclient: AsyncChatCompletionsClient, server: dict[str, Any]
) -> None:
    async for _ in await aclient.complete(body=SPOKEN):
        pass
    expected = {key: value for key, value in FACTS.items() if not key.startswith("gen_ai.usage")}
    assert without_usage(traced) == {**expected, **STREAM, **server}


def test_a_stream_is_the_sdks_own_object(traced: Recorder, client: ChatCompletionsClient) -> None:
    stream = client.complete(body=SPOKEN)
    assert type(stream) is StreamingChatCompletions
    stream.close()


def test_the_consumer_of_a_stream_is_not_inside_its_span(
    traced: Recorder, client: ChatCompletionsClient
) -> None:
    for _ in client.complete(body=SPOKEN):
        assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_closed_stream_ends_without_error(traced: Recorder, client: ChatCompletionsClient) -> None:
    stream = client.complete(body=SPOKEN)
    next(stream)
    stream.close()
    found = traced.attributes()
    assert "error.type" not in found
    assert found["gen_ai.response.model"] == "gpt-4o-2024-08-06"


def test_a_left_stream_ends_its_span(traced: Recorder, client: ChatCompletionsClient) -> None:
    with client.complete(body=SPOKEN) as stream:
        next(stream)
    assert traced.tree() == ["chat gpt-4o"]


def test_a_dropped_stream_still_ends_its_span(traced: Recorder, client: ChatCompletionsClient) -> None:
    next(client.complete(body=SPOKEN))
    gc.collect()
    assert traced.tree() == ["chat gpt-4o"]


async def test_a_closed_asynchronous_stream_ends_without_error(
    traced: Recorder, aclient: AsyncChatCompletionsClient
) -> None:
    stream: Any = await aclient.complete(body=SPOKEN)
    await stream.__anext__()
    stream._response.internal_response.close()
    del stream
    gc.collect()
    assert "error.type" not in traced.attributes()


def test_a_broken_event_reaches_the_caller(traced: Recorder, client: ChatCompletionsClient) -> None:
    with pytest.raises(json.JSONDecodeError):
        list(client.complete(body={**SPOKEN, "model": "odd:not-json"}))
    assert traced.attributes()["error.type"] == "json.decoder.JSONDecodeError"


def test_a_cut_connection_reaches_the_caller(traced: Recorder, client: ChatCompletionsClient) -> None:
    with pytest.raises(Exception) as caught:
        list(client.complete(body={**SPOKEN, "model": "odd:mid-stream-cut"}))
    assert (
        traced.attributes()["error.type"] == f"{type(caught.value).__module__}.{type(caught.value).__name__}"
    )


async def test_a_cancelled_call_is_cancelled(
    traced: Recorder, aclient: AsyncChatCompletionsClient, provider: Provider
) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    task = asyncio.ensure_future(aclient.complete(**ASKED))
    await asyncio.to_thread(provider.wait)
    await cancel(task, held)
    assert traced.attributes()["error.type"] == "cancelled"


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ClientAuthenticationError), (404, ResourceNotFoundError), (429, HttpResponseError)],
)
def test_a_refused_call_is_an_error(
    traced: Recorder, client: ChatCompletionsClient, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        client.complete(body={**ASKED["body"], "model": f"error:{status}"})
    assert type(caught.value) is error
    found = traced.attributes()
    assert found["error.type"] == f"azure.core.exceptions.{error.__name__}"
    assert "SECRET" not in traced.everything()


async def test_a_refused_asynchronous_call_is_an_error(
    traced: Recorder, aclient: AsyncChatCompletionsClient
) -> None:
    with pytest.raises(HttpResponseError):
        await aclient.complete(body={**SPOKEN, "model": "error:500"})
    assert traced.attributes()["error.type"] == "azure.core.exceptions.HttpResponseError"


def test_nothing_of_the_content_leaves_unless_asked_for(
    traced: Recorder, client: ChatCompletionsClient
) -> None:
    client.complete(**HELLO, tools=[WEATHER], **EXTRA)
    list(client.complete(body=SPOKEN))
    assert traced.tree() == ["chat gpt-4o"] * 2
    assert "SECRET" not in traced.everything()


def test_messages_and_tools_are_content(
    shown: Recorder, client: ChatCompletionsClient, provider: Provider
) -> None:
    from azure.ai.inference.models import ChatCompletionsToolDefinition, FunctionDefinition

    provider.say(Reply(text="Hi"))
    weather = ChatCompletionsToolDefinition(function=FunctionDefinition(name="get_weather"))
    parts = UserMessage(content=[TextContentItem(text="Hello")])
    client.complete(messages=[SystemMessage(content="Be kind"), parts], tools=[weather], **EXTRA)
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be kind"}]},
        {"role": "user", "parts": [{"type": "text", "content": "Hello"}]},
    ]
    assert json.loads(found["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "Hi"}], "finish_reason": "stop"}
    ]
    assert json.loads(found["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]


def test_a_tool_call_and_its_result_are_content(shown: Recorder, client: ChatCompletionsClient) -> None:
    messages: list[Any] = [UserMessage(content="What is the weather in Oslo?")]
    answer = client.complete(messages=messages, tools=[WEATHER], **EXTRA)
    (call,) = answer.choices[0].message.tool_calls
    messages += [
        AssistantMessage(tool_calls=answer.choices[0].message.tool_calls),
        ToolMessage(tool_call_id=call.id, content='{"rain": true}'),
    ]
    client.complete(messages=messages, tools=[WEATHER], **EXTRA)
    first, second = (dict(span.attributes or {}) for span in shown.spans)
    assert first["gen_ai.response.finish_reasons"] == ("tool_call",)
    asked = json.loads(str(first["gen_ai.output.messages"]))[0]["parts"]
    assert [(part["type"], part["id"]) for part in asked] == [("tool_call", call.id)]
    *_, again, told = json.loads(str(second["gen_ai.input.messages"]))
    assert again["parts"] == asked
    assert told["parts"] == [{"type": "tool_call_response", "id": call.id, "response": {"rain": True}}]


def test_a_streamed_message_is_content(
    shown: Recorder, client: ChatCompletionsClient, provider: Provider
) -> None:
    provider.say(Reply(text="Hi there"))
    list(client.complete(body=SPOKEN))
    (message,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert message["parts"] == [{"type": "text", "content": "Hi there"}]


def test_embeddings_are_one_span(
    traced: Recorder, embedder: EmbeddingsClient, server: dict[str, Any]
) -> None:
    embedder.embed(
        body={"input": ["Hello", "SECRET"], "model": "text-embedding-3-small", "encoding_format": "float"}
    )
    assert traced.tree() == ["embeddings text-embedding-3-small"]
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "azure.ai.inference",
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 2,
        **server,
    }


async def test_asynchronous_embeddings_take_arguments(traced: Recorder, made: tuple[Any, ...]) -> None:
    from azure.ai.inference.aio import EmbeddingsClient
    from azure.ai.inference.models import EmbeddingEncodingFormat

    async with EmbeddingsClient(*made) as client:
        await client.embed(
            input=["Hello"],
            model="text-embedding-3-small",
            dimensions=8,
            encoding_format=EmbeddingEncodingFormat.FLOAT,
        )
    found = traced.attributes()
    assert found["gen_ai.embeddings.dimension.count"] == 8
    assert found["gen_ai.request.encoding_formats"] == ["float"]


def test_embeddings_of_images_are_one_span(traced: Recorder, made: tuple[Any, ...]) -> None:
    from azure.ai.inference import ImageEmbeddingsClient
    from azure.ai.inference.models import ImageEmbeddingInput

    with ImageEmbeddingsClient(*made) as client:
        client.embed(input=[ImageEmbeddingInput(image="data:image/png;base64,SECRET")], model="cohere-image")
    assert traced.tree() == ["embeddings cohere-image"]
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 100
    assert "SECRET" not in traced.everything()


def test_the_deployment_of_an_azure_openai_address_is_the_model(
    traced: Recorder, provider: Provider, made: tuple[Any, ...]
) -> None:
    from azure.ai.inference import ChatCompletionsClient

    endpoint = f"{provider.url}/openai/deployments/gpt-4o-mini"
    with (
        ChatCompletionsClient(endpoint, made[1], api_version="2024-10-21") as client,
    ):
        client.complete(**HELLO)
    assert traced.tree() == ["chat gpt-4o-mini"]


BODIES: list[Any] = [
    {},
    {"choices": None},
    {"choices": []},
    {"choices": [{}], "usage": None},
    {"id": 7, "model": ["m"], "choices": [{"message": None, "finish_reason": {}}], "usage": []},
    {"choices": [{"message": {"content": [1], "tool_calls": [None]}}], "usage": {"prompt_tokens": "many"}},
    [],
    "text",
]


@pytest.mark.parametrize("given", BODIES)
def test_any_answer_is_as_without_us(
    recorder: Recorder, client: ChatCompletionsClient, provider: Provider, given: Any
) -> None:
    def outcome() -> list[Any]:
        try:
            found = client.complete(**ASKED)
            return [type(found), found]
        except Exception as error:
            return [type(error), str(error)]

    provider.say(Reply(body=given), Reply(body=given))
    bare = outcome()
    recorder.instrument(
        AzureAIInferenceInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY"
    )
    assert outcome() == bare
    assert len(recorder.spans) == 1


def test_the_request_is_as_without_us(
    recorder: Recorder, client: ChatCompletionsClient, provider: Provider
) -> None:
    client.complete(**HELLO, **EXTRA)
    recorder.instrument(AzureAIInferenceInstrumentor())
    client.complete(**HELLO, **EXTRA)
    first, second = provider.requests
    assert first.raw == second.raw


def test_clients_made_before_are_traced(recorder: Recorder, client: ChatCompletionsClient) -> None:
    recorder.instrument(AzureAIInferenceInstrumentor())
    client.complete(**ASKED)
    assert recorder.tree() == ["chat gpt-4o"]


def test_uninstrumented_calls_are_not_traced(traced: Recorder, client: ChatCompletionsClient) -> None:
    traced.uninstrument()
    client.complete(**ASKED)
    list(client.complete(body=SPOKEN))
    assert traced.tree() == []


def test_it_can_be_instrumented_again(traced: Recorder, client: ChatCompletionsClient) -> None:
    traced.uninstrument()
    traced.instrument(AzureAIInferenceInstrumentor())
    client.complete(**ASKED)
    assert traced.tree() == ["chat gpt-4o"]


def test_suppressed_calls_are_not_traced(traced: Recorder, client: ChatCompletionsClient) -> None:
    with suppress_instrumentation():
        client.complete(**ASKED)
    assert traced.tree() == []


def test_signatures_stay(recorder: Recorder) -> None:
    from azure.ai.inference import ChatCompletionsClient
    from azure.ai.inference.aio import ChatCompletionsClient as Async

    before = [inspect.signature(kind.complete) for kind in (ChatCompletionsClient, Async)]
    recorder.instrument(AzureAIInferenceInstrumentor())
    assert [inspect.signature(kind.complete) for kind in (ChatCompletionsClient, Async)] == before
    assert inspect.iscoroutinefunction(Async.complete)
