# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Google's API, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import errors, types

from recordings.tape import OK, Interaction, interactions
from spanwright.console.provider import Reply
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

TAPES = interactions("google-genai", "google-adk")
CONTENT = [each for each in TAPES if "enerateContent" in each.uri]
pytestmark = [
    pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there"),
    pytest.mark.filterwarnings("ignore"),
]
REASONS = {"STOP": "stop", "MAX_TOKENS": "length"}


@pytest.fixture
def everything(recorder: Recorder) -> Recorder:
    """Return the recorder with content everywhere, so that all of it is read and judged."""
    recorder.instrument(
        GoogleGenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    return recorder


@pytest.fixture
def asking(build: Callable[..., genai.Client], provider: Provider) -> Callable[[Interaction], genai.Client]:
    """Return what makes a client that gets the recorded answer."""

    def made(tape: Interaction) -> genai.Client:
        provider.say(Reply(body=tape.text, http_status=tape.status, headers={"content-type": tape.kind}))
        return build(vertexai=True) if "aiplatform" in tape.uri else build()

    return made


def streamed(tape: Interaction) -> bool:
    return "alt=sse" in tape.uri


def model(tape: Interaction) -> str:
    found = re.search(r"/models/([^:]+):", tape.uri)
    assert found is not None
    return found.group(1)


def arguments(tape: Interaction) -> dict[str, Any]:
    """Return the recorded question as arguments of the SDK's method."""
    body, _ = tape.asked
    tuned = {snake(key): value for key, value in body.get("generationConfig", {}).items()}
    thinking = tuned.pop("thinking_config", None)
    if isinstance(thinking, dict) and "thinking_level" in getattr(types.ThinkingConfig, "model_fields", {}):
        tuned["thinking_config"] = thinking
    for name in ("systemInstruction", "tools"):
        if name in body:
            tuned[snake(name)] = body[name]
    return {
        "model": model(tape),
        "contents": body["contents"],
        "config": tuned,
    }


def snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found.group().lower()}", name)


def facts(tape: Interaction) -> dict[str, Any]:
    """Return what the span must say of the answer, read from the recorded body and by nothing of ours."""
    if tape.status != OK:
        return {"error.type": "google.genai.errors.ClientError"}
    bodies = tape.events if streamed(tape) else [json.loads(tape.text)]
    used = bodies[-1]["usageMetadata"]
    parts = [
        part
        for body in bodies
        for candidate in body["candidates"]
        for part in candidate.get("content", {}).get("parts", ())
    ]
    called = any("functionCall" in part for part in parts)
    reason = REASONS[bodies[-1]["candidates"][0]["finishReason"]]
    told = {
        "gen_ai.response.model": bodies[0]["modelVersion"],
        "gen_ai.response.id": bodies[0]["responseId"],
        "gen_ai.response.finish_reasons": ["tool_call" if called else reason],
        "gen_ai.usage.input_tokens": used["promptTokenCount"],
        "gen_ai.usage.output_tokens": used["totalTokenCount"] - used["promptTokenCount"],
        "gen_ai.usage.reasoning.output_tokens": used.get("thoughtsTokenCount"),
        "gen_ai.usage.cache_read.input_tokens": used.get("cachedContentTokenCount"),
    }
    return {key: value for key, value in told.items() if value is not None}


def judge(recorder: Recorder, tape: Interaction) -> None:
    assert recorder.tree() == [f"generate_content {model(tape)}"]
    found, expected = recorder.attributes(), facts(tape)
    vertex = "aiplatform" in tape.uri
    assert found["gen_ai.provider.name"] == ("gcp.vertex_ai" if vertex else "gcp.gemini")
    assert {key: found.get(key) for key in expected} == expected
    assert ("error.type" in found) == (tape.status != OK)
    assert recorder.findings() == []


@pytest.mark.parametrize("tape", CONTENT, ids=str)
def test_a_recorded_call_is_told_as_it_was(everything: Recorder, asking: Any, tape: Interaction) -> None:
    models = asking(tape).models
    told = arguments(tape)
    if tape.status != OK:
        with pytest.raises(errors.ClientError):
            models.generate_content(**told)
    elif streamed(tape):
        assert list(models.generate_content_stream(**told))
    else:
        assert models.generate_content(**told).candidates
    judge(everything, tape)


@pytest.mark.parametrize("tape", [each for each in CONTENT if each.status == OK], ids=str)
async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    everything: Recorder, asking: Any, vertex: genai.Client, tape: Interaction
) -> None:
    client = asking(tape)
    client._api_client._credentials = vertex._api_client._credentials
    models = client.aio.models
    if streamed(tape):
        assert [each async for each in await models.generate_content_stream(**arguments(tape))]
    else:
        assert (await models.generate_content(**arguments(tape))).candidates
    judge(everything, tape)


@pytest.mark.parametrize("tape", [each for each in TAPES if "EmbedContents" in each.uri], ids=str)
def test_a_recorded_embedding_is_told_as_it_was(everything: Recorder, asking: Any, tape: Interaction) -> None:
    (asked,) = tape.asked[0]["requests"]
    client = asking(tape)
    answer = client.models.embed_content(
        model=model(tape),
        contents=asked["content"]["parts"][0]["text"],
        config={"output_dimensionality": asked["outputDimensionality"]},
    )
    (vector,) = json.loads(tape.text)["embeddings"]
    assert answer.embeddings[0].values == vector["values"]
    assert everything.attributes()["gen_ai.embeddings.dimension.count"] == asked["outputDimensionality"]


@pytest.mark.parametrize("tape", [each for each in TAPES if each.uri.endswith("/interactions")], ids=str)
def test_a_recorded_interaction_is_told_as_it_was(
    everything: Recorder, asking: Any, tape: Interaction
) -> None:
    list(asking(tape).interactions.create(**tape.asked[0]))
    end = tape.events[-1]["interaction"]
    used = end["usage"]
    expected = {
        "gen_ai.response.id": end["id"],
        "gen_ai.response.model": end["model"],
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.usage.input_tokens": used["total_input_tokens"],
        "gen_ai.usage.output_tokens": used["total_tokens"] - used["total_input_tokens"],
        "gen_ai.usage.reasoning.output_tokens": used["total_thought_tokens"],
    }
    found = everything.attributes()
    assert {key: found.get(key) for key in expected} == expected
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert [part["type"] for part in message["parts"]] == ["reasoning", "text"]
