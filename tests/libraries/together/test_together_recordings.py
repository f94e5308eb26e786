# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Together, replayed through its SDK: the span says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alike.recordings import areplay, replay, tapes

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder
    from recordings.tape import Interaction

recorded = tapes("together")


@recorded
def test_a_recorded_call_is_told_as_it_was(both: Recorder, sdk: SDK, tape: Interaction) -> None:
    replay(both, sdk, tape)


@recorded
async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    both: Recorder, sdk: SDK, tape: Interaction
) -> None:
    await areplay(both, sdk, tape)
