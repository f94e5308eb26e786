# SPDX-License-Identifier: Apache-2.0
"""With us and without us: what was made before, suppression, undoing, and odd answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from alike import weather
from alike.lives import *  # noqa: F403 - the tests that such frameworks have alike
from alike.lives import Life
from alike.weather import ASK
from libraries.ag2.conftest import ROOT, held
from spanwright.instrumentors.ag2 import Ag2Instrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder
    from spanwright.console.provider import Provider


@pytest.fixture
def life(forecaster: Any, make: Callable[..., Any]) -> Life:
    """Return what the framework is asked by the tests that others have alike."""
    begin = forecaster.ask

    async def run() -> None:
        await begin(ASK)

    async def ask() -> Any:
        return str((await make().ask("hi")).body)

    return Life(ROOT, weather.tree(), lambda: [vars(held(".agent:Agent"))["_turn_scope"]], run, ask)


async def test_the_same_comes_back_as_without_us(
    recorder: Recorder, forecaster: Any, provider: Provider
) -> None:
    bare = await forecaster.ask(ASK)
    recorder.instrument(Ag2Instrumentor(), OpenAIInstrumentor())
    ours = await forecaster.ask(ASK)
    assert type(ours) is type(bare)
    assert ours.body == bare.body
    assert inspect.iscoroutinefunction(type(forecaster).ask)
    told = [[each["role"] for each in request.body["messages"]] for request in provider.requests]
    assert told[:2] == told[2:]
