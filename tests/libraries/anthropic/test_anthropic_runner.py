# SPDX-License-Identifier: Apache-2.0
"""The tool runner, which asks, runs the application's tools and asks again: one span a model call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic

from spanwright.instrumentors.anthropic import AnthropicInstrumentor

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

ASKED: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
}
TURNS = ["chat claude-haiku-4-5", "chat claude-haiku-4-5"]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


async def aget_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def tool() -> Any:
    """Return the tool as the SDK wants it."""
    return anthropic.beta_tool(get_weather, name="get_weather")


def test_every_turn_is_a_call(traced: Recorder, client: anthropic.Anthropic) -> None:
    answer = client.beta.messages.tool_runner(**ASKED, tools=[tool()]).until_done()
    assert "18 degrees in Paris" in answer.content[0].text
    assert traced.tree() == TURNS
    reasons = [(span.attributes or {})["gen_ai.response.finish_reasons"] for span in traced.spans]
    assert reasons == [("tool_call",), ("stop",)]


def test_every_turn_of_a_streaming_runner_is_a_call(traced: Recorder, client: anthropic.Anthropic) -> None:
    for stream in client.beta.messages.tool_runner(**ASKED, tools=[tool()], stream=True):
        for _ in stream:
            pass
    assert traced.tree() == TURNS


async def test_every_turn_of_an_asynchronous_runner_is_a_call(
    traced: Recorder, aclient: anthropic.AsyncAnthropic
) -> None:
    made: Any = anthropic.beta_async_tool(aget_weather, name="get_weather")
    await aclient.beta.messages.tool_runner(**ASKED, tools=[made]).until_done()
    assert traced.tree() == TURNS


def test_a_runner_that_is_left_after_its_first_turn(traced: Recorder, client: anthropic.Anthropic) -> None:
    for _ in client.beta.messages.tool_runner(**ASKED, tools=[tool()]):
        break
    assert traced.tree() == TURNS[:1]


def test_the_sdks_own_spans_of_runner_and_tools_hold_ours(recorder: Recorder, provider: Provider) -> None:
    recorder.instrument(AnthropicInstrumentor())
    told: Any = {"tracer_provider": recorder.tracer_provider}
    with anthropic.Anthropic(base_url=provider.url, api_key="test", open_telemetry=told) as client:
        client.beta.messages.tool_runner(**ASKED, tools=[tool()]).until_done()
    assert recorder.tree() == [
        "anthropic.messages.tool_runner",
        "  chat claude-haiku-4-5",
        "  anthropic.custom_tool_use get_weather",
        "  chat claude-haiku-4-5",
    ]
    # They are named in the SDK's own way, which is not ours to judge.
    recorder.spans_exporter.clear()
