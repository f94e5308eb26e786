# SPDX-License-Identifier: Apache-2.0
"""Embeddings, pictures and videos."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.genai import types
from opentelemetry.trace import SpanKind

if TYPE_CHECKING:
    from google import genai

    from harness import Recorder
    from spanwright.console.provider import Provider

# The SDK calls its methods for media deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")
EMBEDDER = "gemini-embedding-001"
PAINTER = "imagen-3.0-generate-002"


def test_an_embedding_is_one_span(traced: Recorder, client: genai.Client, server: dict[str, Any]) -> None:
    config = types.EmbedContentConfig(output_dimensionality=16)
    answer = client.models.embed_content(model=EMBEDDER, contents=["Hello", "there"], config=config)
    assert [len(each.values or ()) for each in answer.embeddings or ()] == [16, 16]
    assert (traced.one().name, traced.one().kind) == (f"embeddings {EMBEDDER}", SpanKind.CLIENT)
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": EMBEDDER,
        "gen_ai.embeddings.dimension.count": 16,
    }


async def test_an_awaited_embedding_tells_the_same(
    traced: Recorder, client: genai.Client, server: dict[str, Any]
) -> None:
    await client.aio.models.embed_content(model=EMBEDDER, contents="Hello there")
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": EMBEDDER,
    }


def test_vertex_counts_the_tokens_of_each_text(
    traced: Recorder, vertex: genai.Client, server: dict[str, Any]
) -> None:
    vertex.models.embed_content(model="text-embedding-005", contents=["Hello there", "And again"])
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gen_ai.request.model": "text-embedding-005",
        "gen_ai.usage.input_tokens": 4,
    }


def test_a_newer_embedding_of_vertex_is_one_span(
    traced: Recorder, vertex: genai.Client, provider: Provider
) -> None:
    vertex.models.embed_content(model="gemini-embedding-2-preview", contents="Hello there")
    if provider.requests[0].path.endswith(":predict"):
        pytest.skip("this version asks in the old way")
    assert traced.one().name == "embeddings gemini-embedding-2-preview"
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 2


def test_texts_of_embeddings_are_no_content(shown: Recorder, client: genai.Client) -> None:
    client.models.embed_content(model=EMBEDDER, contents="SECRET")
    assert "SECRET" not in shown.everything()


def test_a_picture_is_one_span(traced: Recorder, vertex: genai.Client, server: dict[str, Any]) -> None:
    config = types.GenerateImagesConfig(number_of_images=2)
    answer = vertex.models.generate_images(model=PAINTER, prompt="A cat", config=config)
    assert len(answer.generated_images or ()) == 2
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gen_ai.request.model": PAINTER,
        "gen_ai.request.choice.count": 2,
        "gen_ai.output.type": "image",
    }


async def test_an_awaited_picture_is_one_span(traced: Recorder, vertex: genai.Client) -> None:
    await vertex.aio.models.generate_images(model=PAINTER, prompt="A cat")
    assert traced.tree() == [f"generate_content {PAINTER}"]


def test_a_picture_is_told_by_its_size_when_asked(shown: Recorder, vertex: genai.Client) -> None:
    vertex.models.generate_images(model=PAINTER, prompt="A cat")
    found = shown.attributes()
    assert json.loads(found["gen_ai.input.messages"])[0]["parts"] == [{"type": "text", "content": "A cat"}]
    (message,) = json.loads(found["gen_ai.output.messages"])
    assert message["parts"][0]["mime_type"] == "image/png"
    assert "iVBORw0KGgo" not in shown.everything()


def test_an_edited_and_an_enlarged_picture_are_spans(traced: Recorder, vertex: genai.Client) -> None:
    picture = types.Image(image_bytes=b"12345", mime_type="image/png")
    vertex.models.edit_image(
        model="imagen-3.0-capability-001",
        prompt="A dog",
        reference_images=[types.RawReferenceImage(reference_id=1, reference_image=picture)],
    )
    vertex.models.upscale_image(model=PAINTER, image=picture, upscale_factor="x2")
    assert traced.tree() == ["generate_content imagen-3.0-capability-001", f"generate_content {PAINTER}"]


def test_a_video_that_is_started_is_one_span(
    traced: Recorder, vertex: genai.Client, server: dict[str, Any]
) -> None:
    vertex.models.generate_videos(model="veo-2.0-generate-001", prompt="A cat runs")
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gen_ai.request.model": "veo-2.0-generate-001",
        "gen_ai.output.type": "video",
    }
