# SPDX-License-Identifier: Apache-2.0
"""A thousand streams at once, through the real SDK, the real exporter and a receiver: each is counted once, and nothing stays."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from load.conftest import PATIENCE, application, exporting

if TYPE_CHECKING:
    from load.receiver import Receiver

# Caches fill up in the first waves.
STREAMS = 1_000
WAVES = (100, STREAMS, STREAMS, STREAMS, STREAMS)


@pytest.fixture(scope="module")
def crowd(address: str) -> tuple[list[dict[str, Any]], Receiver, str]:
    """Run the application once; return what it saw, the receiver, and its stderr."""
    from load.receiver import Receiver

    receiver = Receiver()
    try:
        with application(
            "crowd",
            **exporting(receiver.endpoint, "TRACES", "METRICS"),
            PROVIDER=address,
            WAVES=" ".join(map(str, WAVES)),
            # A wave ends at once; the SDK's own queue holds 2,048 spans, and a call has two with that of HTTP.
            OTEL_BSP_MAX_QUEUE_SIZE="8192",
        ) as process:
            out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        return json.loads(out), receiver, err
    finally:
        receiver.stop()


def test_all_streams_were_open_at_once(crowd: Any) -> None:
    assert [each["open"] for each in crowd[0]] == [*WAVES]


def test_every_call_arrives_at_the_receiver(crowd: Any) -> None:
    assert crowd[1].names["chat gpt-4o-mini"] == sum(WAVES)


def test_every_request_beneath_arrives_as_well(crowd: Any) -> None:
    """There may be more of them: of a thousand connections at once some are refused, and tried again."""
    assert crowd[1].names["POST"] >= sum(WAVES)


def test_no_span_arrives_twice(crowd: Any) -> None:
    assert set(crowd[1].spans.values()) == {1}


def test_every_stream_says_the_same(crowd: Any) -> None:
    assert {len(each["answers"]) for each in crowd[0]} == {1}


def test_no_operation_stays_open_or_in_memory(crowd: Any) -> None:
    assert [(each["still_open"], each["held"]) for each in crowd[0]] == [(0, 0)] * len(WAVES)


def test_memory_is_back_where_it_was_after_the_wave_before(crowd: Any) -> None:
    """One object kept for each stream would be a thousand blocks or more, wave by wave; a cache that fills is so once."""
    blocks = [each["blocks"] for each in crowd[0]]
    growth = [after - before for before, after in itertools.pairwise(blocks)]
    assert min(growth[-3:]) < STREAMS, growth


def test_nothing_is_said_on_stderr(crowd: Any) -> None:
    assert crowd[2] == ""
