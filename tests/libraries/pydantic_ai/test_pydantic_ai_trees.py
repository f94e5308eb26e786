# SPDX-License-Identifier: Apache-2.0
"""The shape of a run: which spans there are, under which, and what each says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_ai import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = "What is the weather in Lisbon?"


async def test_an_agent_calls_its_model_and_its_tool(
    traced: Recorder, forecaster: Agent, provider: Provider
) -> None:
    result = await forecaster.run(ASK)
    print(result.output)
    for s in traced.spans: print(s.name, dict(s.attributes), s.status)
    for p in traced.points(): print(p)
    print("\n".join(traced.tree()))
    assert 0

async def test_x(
    shown: Recorder, boss: Agent, provider: Provider
) -> None:
    async with boss.run_stream(ASK) as r:
        from opentelemetry import trace
        print("CUR", trace.get_current_span())
        async for x in r.stream_output(): print("CUR", trace.get_current_span())
    for s in shown.spans: print(s.name, dict(s.attributes), s.status)
    for p in shown.points(): print(p)
    print("\n".join(shown.tree()))
    assert 0
