# SPDX-License-Identifier: Apache-2.0
"""Google's embeddings, pictures and videos, as the Gemini API and Vertex AI speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.console.provider.embeddings import vector
from spanwright.console.provider.request import Answer, whole_answer
from spanwright.console.provider.shape import Json, identity, mapping, sequence, string
from spanwright.console.provider.tokens import count

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State

_PIXEL = "iVBORw0KGgo="


def embed(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:batchEmbedContents`."""
    del reply, state
    asked = [mapping(each) for each in sequence(request.fields.get("requests"))]
    return whole_answer(
        {
            "embeddings": [
                {"values": vector(text(each.get("content")), each.get("outputDimensionality") or 8)}
                for each in asked
            ]
        }
    )


def embed_one(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:embedContent`, as Vertex AI does for the newer models."""
    del state
    body = request.fields
    said = text(body.get("content"))
    told = {"promptTokenCount": count(said), "totalTokenCount": count(said)}
    return whole_answer({"embedding": {"values": vector(said, 8)}, "usageMetadata": reply.usage or told})


def predict(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:predict`: embeddings of texts with the count of each, or pictures."""
    del reply, state
    told = [mapping(each) for each in sequence(request.fields.get("instances"))]
    if told and "content" in told[0]:
        size = mapping(request.fields.get("parameters")).get("outputDimensionality") or 8
        return whole_answer({"predictions": [_embedded(string(each["content"]), size) for each in told]})
    asked = mapping(request.fields.get("parameters")).get("sampleCount") or 1
    return whole_answer(
        {"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": _PIXEL} for _ in range(asked)]}
    )


def start(request: Request, reply: Reply, state: State) -> Answer:
    """Answers `:predictLongRunning` with the name of the job."""
    del reply
    name = request.path.rpartition("/")[2].rpartition(":")[0]
    job = identity("", state.seed(request), length=12)
    return whole_answer({"name": f"models/{name}/operations/{job}"})


def _embedded(said: str, size: int) -> Json:
    statistics = {"truncated": False, "token_count": float(count(said))}
    return {"embeddings": {"values": vector(said, size), "statistics": statistics}}


def text(content: Any) -> str:
    """The texts of a content, joined."""
    parts = [mapping(each) for each in sequence(mapping(content).get("parts"))]
    return "\n".join(each["text"] for each in parts if isinstance(each.get("text"), str))
