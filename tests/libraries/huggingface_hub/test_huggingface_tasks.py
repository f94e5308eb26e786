# SPDX-License-Identifier: Apache-2.0
"""The other tasks: text generation, vectors, pictures, speech, summaries; and what is no GenAI operation."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsInt

from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from huggingface_hub import AsyncInferenceClient, InferenceClient

    from harness import Recorder

GENERATED = {
    "gen_ai.operation.name": "text_completion",
    "gen_ai.provider.name": "huggingface",
    "gen_ai.response.finish_reasons": ["stop"],
}


def test_a_generated_text_is_one_span(
    traced: Recorder, client_at: Callable[[str], InferenceClient], server: dict[str, Any]
) -> None:
    answer = client_at("/tgi").text_generation(
        "Hello there", details=True, max_new_tokens=50, temperature=0.5, top_k=4, seed=3, stop=["END"]
    )
    assert traced.one().name == "text_completion"
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_k": 4,
        "gen_ai.request.seed": 3,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.usage.output_tokens": answer.details.generated_tokens,
    }


def test_a_text_without_details_tells_no_counts(
    traced: Recorder, client_at: Callable[[str], InferenceClient]
) -> None:
    assert isinstance(client_at("/tgi").text_generation("Hello there"), str)
    assert not [key for key in traced.attributes() if ".usage." in key]


def test_a_streamed_text_tells_its_counts(
    traced: Recorder, client_at: Callable[[str], InferenceClient], server: dict[str, Any]
) -> None:
    """The last event has them, though the SDK hands over bare texts."""
    list(client_at("/tgi").text_generation("Hello there", stream=True))
    assert traced.attributes() == {
        **GENERATED,
        **server,
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
        "gen_ai.usage.input_tokens": IsInt(gt=0),
        "gen_ai.usage.output_tokens": IsInt(gt=0),
    }


async def test_an_asynchronously_streamed_text_tells_its_counts(
    traced: Recorder, aclient_at: Callable[[str], AsyncInferenceClient]
) -> None:
    [each async for each in await aclient_at("/tgi").text_generation("Hello there", stream=True)]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == IsInt(gt=0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_prompt_and_text_are_content(
    shown: Recorder, client_at: Callable[[str], InferenceClient], provider: Provider, stream: bool
) -> None:
    provider.say(Reply(text="Hi there."))
    answer = client_at("/tgi").text_generation("Hello there", details=True, stream=stream)
    if stream:
        list(answer)
    told = shown.attributes()
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello there"}]}
    ]
    assert json.loads(told["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Hi there."}],
            "finish_reason": "stop",
        }
    ]


def test_vectors_are_one_span_of_embeddings(
    traced: Recorder, client_at: Callable[[str], InferenceClient], server: dict[str, Any]
) -> None:
    assert client_at("/vectors").feature_extraction("Hello there").shape == (1, 8)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "huggingface",
    }


async def test_awaited_vectors_are_one_span_too(
    traced: Recorder, aclient_at: Callable[[str], AsyncInferenceClient]
) -> None:
    await aclient_at("/vectors").feature_extraction("Hello there")
    assert traced.tree() == ["embeddings"]


def test_vectors_that_come_with_counts_tell_them(
    traced: Recorder, client_at: Callable[[str], InferenceClient], provider: Provider
) -> None:
    """Some providers answer as OpenAI does."""
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    provider.say(Reply(body=json.dumps({"model": "bge", "data": [{"embedding": [0.5]}], "usage": usage})))
    with pytest.raises(TypeError):
        client_at("/vectors").feature_extraction("Hello there")
    told = traced.attributes()
    assert (told["gen_ai.response.model"], told["gen_ai.usage.input_tokens"]) == ("bge", 7)


def test_a_picture_is_generated_content(
    shown: Recorder, client_at: Callable[[str], InferenceClient], provider: Provider, server: dict[str, Any]
) -> None:
    import io

    from PIL import Image

    drawn = io.BytesIO()
    Image.new("RGB", (1, 1)).save(drawn, "PNG")
    provider.say(Reply(body=drawn.getvalue()))
    assert client_at("/pictures").text_to_image("A cat").size == (1, 1)
    told = shown.attributes()
    assert json.loads(told.pop("gen_ai.input.messages"))[0]["parts"] == [{"type": "text", "content": "A cat"}]
    (said,) = json.loads(told.pop("gen_ai.output.messages"))
    assert [part["modality"] for part in said["parts"]] == ["image"]
    assert told == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "huggingface",
        "gen_ai.output.type": "image",
    }


def test_speech_is_generated_content(traced: Recorder, client_at: Callable[[str], InferenceClient]) -> None:
    assert client_at("/speech").text_to_speech("Hello there") == b"fLaC"
    assert traced.attributes()["gen_ai.output.type"] == "speech"


def test_a_summary_is_generated_content(shown: Recorder, client_at: Callable[[str], InferenceClient]) -> None:
    client_at("/summaries").summarization("A long story.")
    (said,) = json.loads(shown.attributes()["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": "In short."}]


def test_speech_that_is_given_is_content_by_its_size_alone(
    shown: Recorder, client_at: Callable[[str], InferenceClient], provider: Provider
) -> None:
    provider.say(Reply(body='{"text": "Hello there."}'))
    client_at("/speech").automatic_speech_recognition(b"fLaC")
    told = shown.attributes()
    (asked,) = json.loads(told["gen_ai.input.messages"])
    (said,) = json.loads(told["gen_ai.output.messages"])
    assert [part["modality"] for part in asked["parts"]] == ["audio"]
    assert said["parts"] == [{"type": "text", "content": "Hello there."}]


def test_a_classification_is_not_traced(
    traced: Recorder, client_at: Callable[[str], InferenceClient]
) -> None:
    client_at("/classes").text_classification("Good.")
    assert traced.tree() == []


def test_clients_that_are_imported_later_are_traced_too(provider: Provider) -> None:
    """Each of both modules may be the first or the only one."""
    program = """
import asyncio, sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from spanwright.instrumentors.huggingface_hub import HuggingFaceHubInstrumentor
exporter, tracing = InMemorySpanExporter(), TracerProvider()
tracing.add_span_processor(SimpleSpanProcessor(exporter))
HuggingFaceHubInstrumentor().instrument(tracer_provider=tracing)
import huggingface_hub
assert "spanwright.instrumentors.huggingface_hub.tasks" not in sys.modules
hello = [{"role": "user", "content": "Hello"}]
async def ask():
    client = huggingface_hub.AsyncInferenceClient(model=sys.argv[1], token="test")
    await client.chat_completion(hello)
asyncio.run(ask())
huggingface_hub.InferenceClient(model=sys.argv[1], token="test").chat_completion(hello)
print([span.name for span in exporter.get_finished_spans()])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, f"{provider.url}/v1"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "['chat', 'chat']"


@pytest.fixture
def both(recorder: Recorder) -> Recorder:
    """Return the recorder with the HTTP library of the SDK instrumented too."""
    from spanwright.instrumentors.httpx import HttpxInstrumentor

    recorder.instrument(HuggingFaceHubInstrumentor(), HttpxInstrumentor())
    return recorder


def speaks_httpx(client: Any) -> bool:
    return not hasattr(client, "proxies")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_http_attempt_is_a_child_of_the_call(
    both: Recorder, client: InferenceClient, stream: bool
) -> None:
    if not speaks_httpx(client):
        pytest.skip("before 1.0 the SDK sends by another library")
    answer = client.chat_completion([{"role": "user", "content": "Hello"}], stream=stream)
    if stream:
        list(answer)
        # The SDK leaves the response of a stream open until the client is closed.
        client.close()
    assert both.tree() == ["chat", "  POST"]
