# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from openrouter import OpenRouter

from asking import HELLO
from harness import recording
from spanwright.instrumentors.openrouter import OpenRouterInstrumentor
from strange_answers import ANSWER, CHUNKS, FEW, compare, outcome, transport


def ask_both(answer: Any, *, stream: bool, content: str) -> None:
    with httpx.Client(transport=transport(httpx, answer, stream=stream)) as http, recording() as recorder:
        client = OpenRouter(api_key="test", server_url="http://provider.test", client=http)

        def ask() -> Any:
            return client.chat.send(model="m", messages=HELLO, stream=stream)

        compare(recorder, OpenRouterInstrumentor(), content, lambda: outcome(ask, stream=stream))


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@FEW
@given(answer=ANSWER)
def test_whole_answers_of_any_kind(answer: Any, content: str) -> None:
    ask_both(answer, stream=False, content=content)


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@FEW
@given(answer=CHUNKS)
def test_streams_of_any_kind(answer: Any, content: str) -> None:
    ask_both(answer, stream=True, content=content)
