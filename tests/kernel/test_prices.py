# SPDX-License-Identifier: Apache-2.0
"""The price of a call is that of the provider's list for the model that answered, or there is none."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from spanwright.instrumentors._kernel.prices import Prices
from spanwright.semconv import billing
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference, Request, Response, Usage

genai_prices = pytest.importorskip("genai_prices")
NOW = 1_795_000_000 * 10**9


@pytest.fixture(scope="module")
def prices() -> Prices:
    """The real price lists."""
    return Prices()


def call(provider: str | None, asked: str | None, answered: str | None = None, **usage: Any) -> Inference:
    used = Usage(**{"input": 1000, "output": 100, **usage})
    return Inference("chat", provider, Request(model=asked), Response(model=answered, usage=used))


def listed(provider: str, model: str, **usage: int) -> Any:
    """Ask the package itself."""
    at = datetime.fromtimestamp(NOW / 1e9, timezone.utc)
    used = genai_prices.Usage(**{"input_tokens": 1000, "output_tokens": 100, **usage})
    found = genai_prices.calc_price(used, model, provider_id=provider, genai_request_timestamp=at)
    return pytest.approx(float(found.total_price))


def total(prices: Prices, subject: Any) -> float | None:
    found = prices.of(subject, NOW)
    return found.total if found is not None else None


@pytest.mark.parametrize(
    ("ours", "model", "theirs"),
    [
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
        ("aws.bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "aws"),
        ("aws.bedrock", "amazon.nova-lite-v1:0", "aws"),
        ("azure.ai.openai", "gpt-4o-2024-08-06", "azure"),
        ("azure.ai.inference", "gpt-4o", "azure"),
        ("cohere", "command-r", "cohere"),
        ("deepseek", "deepseek-chat", "deepseek"),
        ("gcp.gemini", "gemini-2.0-flash", "google"),
        ("gcp.gen_ai", "gemini-2.0-flash", "google"),
        ("gcp.vertex_ai", "gemini-2.0-flash-001", "google"),
        ("gcp.vertex_ai", "claude-sonnet-4@20250514", "google"),
        ("groq", "llama-3.3-70b-versatile", "groq"),
        ("mistral_ai", "mistral-large-latest", "mistral"),
        ("moonshot_ai", "kimi-k2", "moonshotai"),
        ("openai", "gpt-4o-mini-2024-07-18", "openai"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::id", "openai"),
        ("openrouter", "openai/gpt-4o-mini", "openrouter"),
        ("perplexity", "sonar", "perplexity"),
        ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "together"),
        ("x_ai", "grok-3", "x-ai"),
    ],
)
def test_each_provider_has_its_own_list(prices: Prices, ours: str, model: str, theirs: str) -> None:
    assert total(prices, call(ours, model)) == listed(theirs, model)


def test_every_list_that_we_name_is_one_of_theirs() -> None:
    from genai_prices.data import providers

    assert set(billing._LISTS.values()) <= {provider.id for provider in providers}


@pytest.mark.parametrize(
    ("resource", "model", "provider"),
    [
        ("models/gemini-2.0-flash", "gemini-2.0-flash", "gcp.gemini"),
        ("publishers/google/models/gemini-2.0-flash", "gemini-2.0-flash", "gcp.vertex_ai"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0",
            "us.amazon.nova-lite-v1:0",
            "aws.bedrock",
        ),
    ],
)
def test_a_resource_is_the_model_in_its_last_segment(
    prices: Prices, resource: str, model: str, provider: str
) -> None:
    assert total(prices, call(provider, resource)) == total(prices, call(provider, model)) is not None


def test_the_model_that_answered_counts_and_not_the_name_of_its_deployment(prices: Prices) -> None:
    assert total(prices, call("azure.ai.openai", "gpt-4", "gpt-4o-2024-08-06")) == listed("azure", "gpt-4o")


def test_the_model_that_was_asked_for_counts_where_the_answer_names_none_that_is_known(
    prices: Prices,
) -> None:
    assert total(prices, call("openai", "gpt-4o", "snapshot-of-today")) == listed("openai", "gpt-4o")


@pytest.mark.parametrize(
    ("usage", "theirs"),
    [
        ({"cache_read": 400}, {"cache_read_tokens": 400}),
        ({"cache_read": 400, "cache_write": 300}, {"cache_read_tokens": 400, "cache_write_tokens": 300}),
        ({"cache_read": 0}, {}),
    ],
)
def test_what_is_cached_has_its_own_price(
    prices: Prices, usage: dict[str, int], theirs: dict[str, int]
) -> None:
    found = total(prices, call("anthropic", "claude-sonnet-4-5", **usage))
    assert found == listed("anthropic", "claude-sonnet-4-5", **theirs)


def test_audio_has_its_own_price(prices: Prices) -> None:
    model = "gpt-audio"
    found = total(prices, call("openai", model, audio_input=500, audio_output=50))
    assert found == listed("openai", model, input_audio_tokens=500, output_audio_tokens=50)
    assert found > total(prices, call("openai", model))


def test_reasoning_costs_what_output_costs(prices: Prices) -> None:
    assert total(prices, call("openai", "gpt-5", reasoning=50)) == listed("openai", "gpt-5")


def test_what_is_cached_of_several_kinds_needs_to_be_told_by_kind(prices: Prices) -> None:
    mixed = {"cache_read": 200, "audio_input": 300}
    assert total(prices, call("gcp.gemini", "gemini-2.0-flash", **mixed)) is None
    assert total(prices, call("gcp.gemini", "gemini-2.0-flash", **mixed, text_cache_read=200)) is not None


@pytest.mark.parametrize("told", ["request", "response"])
def test_a_service_tier_has_its_own_price(prices: Prices, told: str) -> None:
    subject = call("openai", "gpt-5")
    key = {"request": n.OPENAI_REQUEST_SERVICE_TIER, "response": n.OPENAI_RESPONSE_SERVICE_TIER}[told]
    getattr(subject, told).extra = {key: "flex"}
    assert total(prices, subject) == pytest.approx(total(prices, call("openai", "gpt-5")) / 2)


def test_embeddings_are_paid_by_their_input(prices: Prices) -> None:
    subject = Embeddings(
        provider="openai",
        request=Request(model="text-embedding-3-small"),
        response=Response(usage=Usage(1000)),
    )
    assert total(prices, subject) == pytest.approx(0.00002)


@pytest.mark.parametrize(
    "subject",
    [
        call("openai", "home-made-1"),
        call("ollama", "gpt-4o"),
        call(None, "gpt-4o"),
        call("my-openai-proxy", "gpt-4o"),
        call("openai", "gpt-4o", output=None),
        call("openai", "gpt-4o", input=None),
        call("openai", "gpt-4o", cache_read=2000),
        call("openai", "whisper-1"),
        call("openrouter", "meta-llama/llama-3.3-70b-instruct:free"),
        call("openai", None),
        Inference("chat", "openai", Request(model="gpt-4o")),
    ],
    ids=[
        "unknown model",
        "a server of one's own",
        "unknown provider",
        "a name that is only alike",
        "no output count",
        "no input count",
        "counts that contradict each other",
        "paid by the minute",
        "a list without prices",
        "no model",
        "no answer",
    ],
)
def test_no_price_is_better_than_a_wrong_one(prices: Prices, subject: Inference) -> None:
    assert total(prices, subject) is None
