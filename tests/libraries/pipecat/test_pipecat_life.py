# SPDX-License-Identifier: Apache-2.0
"""Instrumenting, suppressing, undoing and doing again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import imported_for
from alike.weather import ASK
from libraries.pipecat.test_pipecat_trees import TREE
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.instrumentors.pipecat import PipecatInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder


async def test_while_instrumentation_is_suppressed_nothing_is_recorded(
    traced: Recorder, talk: Callable[..., Any]
) -> None:
    with suppress_instrumentation():
        await talk(ASK, 2)
    assert traced.spans == []


async def test_instrumenting_again_traces_again_and_the_same_comes_back(
    recorder: Recorder, talk: Callable[..., Any]
) -> None:
    bare = [each["role"] for each in await talk(ASK, 2)]
    for _ in range(2):
        recorder.instrument(PipecatInstrumentor(), OpenAIInstrumentor())
        assert [each["role"] for each in await talk(ASK, 2, name="forecaster")] == bare
        recorder.uninstrument()
    await talk(ASK, 2)
    assert recorder.tree() == TREE * 2


async def test_without_the_clients_instrumentor_turns_and_functions_are_told(
    recorder: Recorder, talk: Callable[..., Any]
) -> None:
    recorder.instrument(PipecatInstrumentor())
    await talk(ASK, 2, name="forecaster")
    assert recorder.tree() == [line for line in TREE if "chat" not in line]


def test_nothing_is_imported_or_printed_at_start() -> None:
    assert not imported_for(PipecatInstrumentor, "pipecat")
