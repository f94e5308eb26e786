# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of OpenRouter, replayed through the real SDK: the span says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from openrouter import OpenRouter, errors

from recordings.tape import Interaction, interactions

if TYPE_CHECKING:
    from harness import Recorder

TAPES = interactions("openrouter")
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(traced: Recorder, once: Any, tape: Interaction) -> None:
    """The upstream's refusal, which names the user and says more than a span may."""
    response = httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)
    body, _ = tape.asked
    with httpx.Client(verify=False, transport=httpx.MockTransport(lambda _: response)) as http:
        client = OpenRouter(api_key="test", client=http)
        with pytest.raises(errors.OpenRouterError) as raised:
            client.chat.send(**body, **once)
    kind = type(raised.value)
    assert (tape.status, traced.one().status.description) == (429, "429")
    assert traced.attributes() == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openrouter",
        "server.address": "openrouter.ai",
        "server.port": 443,
        "gen_ai.request.model": body["model"],
        "error.type": f"{kind.__module__}.{kind.__qualname__}",
    }
    assert "user_" not in traced.everything()
