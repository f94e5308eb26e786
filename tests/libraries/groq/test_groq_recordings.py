# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Groq, replayed through its SDK: the span says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alike.recordings import *  # noqa: F403 - the tests of all SDKs that are alike
from alike.recordings import replay

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder
    from recordings.tape import Interaction

FOLDERS = ("groq",)


def test_usage_under_groqs_own_name_is_told(both: Recorder, sdk: SDK, tape: Interaction) -> None:
    replay(both, sdk, tape)
    own = (tape.events[-1].get("x_groq") or {}).get("usage") if "event-stream" in tape.kind else None
    if own:
        found = both.attributes()
        assert found["gen_ai.usage.input_tokens"] == own["prompt_tokens"]
        assert found["gen_ai.usage.output_tokens"] == own["completion_tokens"]
