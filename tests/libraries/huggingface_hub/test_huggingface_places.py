# SPDX-License-Identifier: Apache-2.0
"""Where a request goes, and who answers there: from the address, the model and what the application chose."""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.inference import _client, _common

from spanwright.instrumentors.huggingface_hub.places import place
from spanwright.instrumentors.huggingface_hub.tasks import find

CASES = [
    ("https://router.huggingface.co/v1/chat/completions", "Qwen/Qwen3-8B", "auto", "huggingface"),
    ("https://router.huggingface.co/together/v1/chat/completions", "Qwen/Qwen3-8B", "together", "together_ai"),
    ("https://router.huggingface.co/hf-inference/models/bert", "bert", "hf-inference", "huggingface"),
    ("https://router.huggingface.co/fal-ai/fal-ai/flux", "fal-ai/flux", "fal-ai", "fal_ai"),
    ("https://router.huggingface.co/fireworks-ai/v1/chat/completions", "m", "fireworks-ai", "fireworks"),
    ("https://huggingface.co/api/inference-proxy/together/v1/completions", "m", "together", "together_ai"),
    ("https://api-inference.huggingface.co/models/bert", "bert", "hf-inference", "huggingface"),
    ("https://api.together.xyz/v1/chat/completions", "m", "together", "together_ai"),
    ("https://api.groq.com/openai/v1/chat/completions", "m", "groq", "groq"),
    ("https://api.openai.com/v1/chat/completions", "gpt-5", "openai", "openai"),
    ("https://inference.api.nscale.com/v1/chat/completions", "m", "nscale", "nscale"),
    ("https://x.endpoints.huggingface.cloud/v1/chat/completions", "https://x.endpoints.huggingface.cloud", "auto", "huggingface"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "together", "huggingface"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "model", "chosen", "provider"), CASES)
def test_the_provider_is_the_one_that_answers(url: str, model: str, chosen: str, provider: str) -> None:
    assert place(url, model, chosen).provider == provider


def test_host_and_port_are_those_of_the_address() -> None:
    told = place("https://user:secret@router.huggingface.co/v1/chat/completions", "m", "auto")
    assert (told.address, told.port) == ("router.huggingface.co", 443)


def test_an_odd_address_is_no_address() -> None:
    told = place("http://[half", "m", "auto")
    assert (told.address, told.port, told.provider) == (None, None, "huggingface")


@pytest.mark.parametrize(
    ("task", "path", "json", "expected"),
    [
        ("conversational", "/v1/chat/completions", {"messages": []}, ("chat", "m")),
        ("text-generation", "/v1/chat/completions", {"messages": []}, ("chat", "m")),
        ("text-generation", "/v1/completions", {"prompt": "Hello"}, ("text_completion", "m")),
        ("text-generation", "/models/m", {"inputs": "Hello"}, ("text_completion", "m")),
        ("feature-extraction", "/models/m", {"inputs": "Hello"}, ("embeddings", "m")),
        ("text-to-video", "/models/m", {"prompt": "A cat"}, ("generate_content", "m")),
    ],
)
def test_a_task_is_an_operation_with_the_model_as_the_provider_knows_it(
    task: str, path: str, json: Any, expected: tuple[str, str]
) -> None:
    kind = getattr(_common, "RequestParameters", None) or _client.RequestParameters
    asked = kind(
        url=f"https://api.together.xyz{path}", task=task, model="m", json=json, data=None, headers={}
    )
    found = find(InferenceClient(provider="together", api_key="test"), (asked,), {})
    assert found is not None
    assert (found[0].operation, found[0].request.model) == expected
