# SPDX-License-Identifier: Apache-2.0
"""Whatever framework asks through whatever client: one inference span for each model call, and its usage counted once.

Every row of the table is tried with all instrumentors on, and with some of them. A framework that is not part of the
development environment has its rows tried in its lane of the matrix.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from pairings.table import FAMILIES, GIVEN, TAKEN, Pairing, rows
from present import LANE

if TYPE_CHECKING:
    from harness import Recorder
    from spanwright.console.provider import Provider

# What frameworks and clients warn of, and what they leave to the collector, is not asked for here.
pytestmark = pytest.mark.filterwarnings("ignore")
INFERENCES = ("chat", "text_completion", "generate_content")
LAYERS = ("the framework", "the framework and the client", "the framework, the client and HTTP", "the client")
ROWS = list(rows())


def ask(pairing: Pairing, provider: Provider) -> None:
    """Make the model calls of a row; with the first versions of a framework not every client is installed."""
    provider.say(*(pairing.reply() for _ in range(pairing.calls)))
    try:
        asked = pairing.ask(pairing.made(provider))
    except ImportError as missing:
        if LANE.endswith("-oldest"):
            pytest.skip(str(missing))
        raise
    if inspect.isawaitable(asked):
        asyncio.run(_awaited(asked))


async def _awaited(asked: Any) -> Any:
    return await asked


def labelled(recorder: Recorder, metric: str) -> list[Any]:
    """Return the points of inferences."""
    return [
        point for point in recorder.points(metric) if point.labels.get("gen_ai.operation.name") in INFERENCES
    ]


@pytest.mark.parametrize(
    ("pairing", "layers"),
    [(row, layers) for row in ROWS for layers in LAYERS if row.layers(layers)],
    ids=str,
)
def test_a_model_call_is_one_span_and_is_counted_once(
    pairing: Pairing, layers: str, recorder: Recorder, provider: Provider
) -> None:
    recorder.instrument(*pairing.layers(layers))
    ask(pairing, provider)
    asked = [each for each in provider.requests if each.path.endswith(FAMILIES[pairing.family].path)]
    assert len(asked) == pairing.calls
    assert "stream" not in pairing.way or all(map(streams, asked))
    alone = layers == "the framework"
    calls = 0 if alone and pairing.left else pairing.calls
    tokens = calls * (pairing.alone if alone else GIVEN + TAKEN)
    spans = [
        each for each in recorder.spans if (each.attributes or {}).get("gen_ai.operation.name") in INFERENCES
    ]
    told = [
        (span.attributes or {}).get(f"gen_ai.usage.{kind}_tokens", 0)
        for span in spans
        for kind in ("input", "output")
    ]
    assert (len(spans), sum(told)) == (calls, tokens)
    assert sum(point.sum for point in labelled(recorder, "gen_ai.client.token.usage")) == tokens
    assert sum(point.count for point in labelled(recorder, "gen_ai.client.operation.duration")) == calls


def streams(request: Any) -> bool:
    """Tell whether a request asks for a stream."""
    return bool(request.fields.get("stream")) or "stream" in request.path


def test_a_lane_has_rows_of_its_library() -> None:
    assert {each.framework for each in ROWS} >= ({LANE.rpartition("-")[0]} if LANE else {"langchain"})
