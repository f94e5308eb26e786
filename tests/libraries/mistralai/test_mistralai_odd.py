# SPDX-License-Identifier: Apache-2.0
"""Odd answers: the caller gets exactly what the SDK alone gives, and the span ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from asking import HELLO
from harness import recording
from spanwright.instrumentors.mistralai import MistralInstrumentor
from strange_answers import ANSWER, CHUNKS, FEW, compare, outcome, transport


def ask_both(answer: Any, sdk: Any, *, stream: bool, content: str) -> None:
    with (
        sdk.httpx.Client(transport=transport(sdk.httpx, answer, stream=stream)) as http,
        recording() as recorder,
    ):
        client = sdk.Mistral(api_key="test", server_url="http://provider.test", client=http)

        def ask() -> Any:
            return getattr(client.chat, "stream" if stream else "complete")(model="m", messages=HELLO)

        compare(recorder, MistralInstrumentor(), content, lambda: outcome(ask, stream=stream))


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@FEW
@given(answer=ANSWER)
def test_whole_answers_of_any_kind(answer: Any, content: str, sdk: Any) -> None:
    ask_both(answer, sdk, stream=False, content=content)


@pytest.mark.parametrize("content", ["NO_CONTENT", "SPAN_AND_EVENT"])
@FEW
@given(answer=CHUNKS)
def test_streams_of_any_kind(answer: Any, content: str, sdk: Any) -> None:
    ask_both(answer, sdk, stream=True, content=content)
