# SPDX-License-Identifier: Apache-2.0
"""Through real clients: every call of a model has its price once, and nothing else has one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from spanwright.console.provider import Provider, Reply, ToolCall
from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.semconv import names as n

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

genai_prices = pytest.importorskip("genai_prices")
openai = pytest.importorskip("openai")
HELLO: Any = [{"role": "user", "content": "Hello"}]
WHOLE = {"prompt_tokens": 2000, "completion_tokens": 100, "total_tokens": 2100}
CACHED = {**WHOLE, "prompt_tokens_details": {"cached_tokens": 1500}}


@pytest.fixture
def priced(recorder: Recorder) -> Recorder:
    """Trace clients, frameworks and HTTP, with cost."""
    recorder.instrument(
        OpenAIInstrumentor(), LangChainInstrumentor(), HttpxInstrumentor(), SPANWRIGHT_COST="true"
    )
    return recorder


@pytest.fixture
def client(provider: Provider) -> Any:
    with openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=1) as made:
        yield made


def costs(recorder: Recorder) -> list[float]:
    """Return what the spans cost, in the order of their start."""
    found = [(span.attributes or {}).get(n.SPANWRIGHT_COST) for span in recorder.spans]
    return [cost for cost in found if isinstance(cost, float)]


def counted(recorder: Recorder) -> float:
    return sum(point.sum for point in recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST))


def listed(model: str, **usage: int) -> float:
    """Ask the price lists themselves."""
    now = datetime.now(timezone.utc)
    found = genai_prices.calc_price(
        genai_prices.Usage(**usage), model, provider_id="openai", genai_request_timestamp=now
    )
    return float(found.total_price)


def whole(client: Any) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)


def streamed(client: Any) -> None:
    list(
        client.chat.completions.create(
            model="gpt-4o-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )


@pytest.mark.parametrize("ask", [whole, streamed])
@pytest.mark.parametrize(("usage", "cached"), [(WHOLE, {}), (CACHED, {"cache_read_tokens": 1500})])
def test_a_chat_costs_what_the_list_says(
    priced: Recorder,
    provider: Provider,
    client: Any,
    ask: Callable[[Any], None],
    usage: dict[str, Any],
    cached: dict[str, int],
) -> None:
    provider.say(Reply(usage=usage))
    ask(client)
    expected = listed("gpt-4o-mini", input_tokens=2000, output_tokens=100, **cached)
    assert costs(priced) == [pytest.approx(expected)]
    assert counted(priced) == pytest.approx(expected)


def test_a_stream_that_does_not_tell_its_usage_has_no_price(priced: Recorder, client: Any) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, stream=True))
    assert (costs(priced), counted(priced)) == ([], 0)


def test_embeddings_cost_what_the_list_says(priced: Recorder, client: Any) -> None:
    answer = client.embeddings.create(model="text-embedding-3-small", input="some words " * 50)
    expected = listed("text-embedding-3-small", input_tokens=answer.usage.prompt_tokens)
    assert costs(priced) == [pytest.approx(expected)]


def test_a_model_that_no_list_has_costs_nothing_that_is_told(
    priced: Recorder, provider: Provider, client: Any
) -> None:
    provider.say(Reply(model="home-made-1"))
    client.chat.completions.create(model="home-made-1", messages=HELLO)
    assert (costs(priced), counted(priced)) == ([], 0)


def test_a_retry_after_an_error_costs_once(priced: Recorder, provider: Provider, client: Any) -> None:
    provider.say(Reply(error=500, headers={"retry-after-ms": "1"}), Reply(usage=WHOLE))
    whole(client)
    expected = listed("gpt-4o-mini", input_tokens=2000, output_tokens=100)
    assert (costs(priced), counted(priced)) == ([pytest.approx(expected)], pytest.approx(expected))


def test_a_background_response_is_counted_when_its_end_is_seen(priced: Recorder, client: Any) -> None:
    answer = client.responses.create(model="gpt-4o-mini", input="Hello", background=True)
    while answer.status in ("queued", "in_progress"):
        answer = client.responses.retrieve(answer.id)
    client.responses.retrieve(answer.id)
    used = answer.usage
    expected = listed("gpt-4o-mini", input_tokens=used.input_tokens, output_tokens=used.output_tokens)
    assert counted(priced) == pytest.approx(expected)


def test_an_agent_costs_what_its_calls_cost_and_not_twice_that(priced: Recorder, provider: Provider) -> None:
    agents = pytest.importorskip("langchain.agents")
    made = pytest.importorskip("langchain_openai")

    def look(at: str) -> str:
        """Look at something."""
        return f"a picture of {at}"

    model = made.ChatOpenAI(base_url=provider.base_url, api_key="test", model="gpt-4o-mini")
    agent = agents.create_agent(model, [look], name="looker")
    for thing in ("cat", "dog"):
        provider.say(Reply(tool_calls=[ToolCall("look", {"at": thing})], usage=WHOLE))
    provider.say(Reply(text="A cat and a dog.", usage=WHOLE))
    agent.invoke({"messages": HELLO})
    each = listed("gpt-4o-mini", input_tokens=2000, output_tokens=100)
    named = {span.name for span in priced.spans if n.SPANWRIGHT_COST in (span.attributes or {})}
    assert named == {"chat gpt-4o-mini"}
    assert costs(priced) == [pytest.approx(each)] * 3
    assert counted(priced) == pytest.approx(3 * each)
