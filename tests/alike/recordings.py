# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of a provider, replayed through its own SDK: the span says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from recordings.tape import OK, Interaction, interactions

if TYPE_CHECKING:
    from alike.sdk import SDK
    from harness import Recorder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Replay every interaction of the folders that the test's module names; skip without them."""
    if "tape" in metafunc.fixturenames:
        found = interactions(*metafunc.module.FOLDERS)
        marks = pytest.mark.skip(reason="the folder of real recordings is not there")
        missing = [pytest.param(None, marks=marks, id="none")]
        metafunc.parametrize("tape", found or missing, ids=str if found else None)


def answering(tape: Interaction, sent: list[Any]) -> httpx.MockTransport:
    """Return a transport that answers as recorded and keeps what was sent."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    return httpx.MockTransport(answer)


def given(tape: Interaction) -> dict[str, Any]:
    """Return the arguments of the recorded call; `extra_body` has what this version does not name."""
    body, _ = tape.asked
    named = {name: body[name] for name in ("model", "messages", "stream") if name in body}
    return {**named, "extra_body": body}


def judge(recorder: Recorder, sdk: SDK, tape: Interaction, sent: list[Any], error: Exception | None) -> None:
    """Compare the one span with what was recorded."""
    body, _ = tape.asked
    assert sent == [body]
    assert recorder.tree() == [f"chat {body['model']}"]
    found = recorder.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"]) == (sdk.provider, tape.host)
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    assert ("error.type" in found) == (error is not None)


def replay(recorder: Recorder, sdk: SDK, tape: Interaction) -> None:
    """Make the recorded call."""
    sent: list[Any] = []
    error: Exception | None = None
    origin = tape.uri.split("/", 3)
    with httpx.Client(transport=answering(tape, sent)) as sender:
        client = sdk.client(
            base_url="/".join(origin[:3]) + sdk.path, api_key="test", http_client=sender, **sdk.options
        )
        try:
            answer = sdk.chat(client, **given(tape))
            if hasattr(answer, "__stream__"):
                assert list(answer)
        except sdk.module.APIError as raised:
            error = raised
    assert error is not None or tape.status == OK
    judge(recorder, sdk, tape, sent, error)


async def areplay(recorder: Recorder, sdk: SDK, tape: Interaction) -> None:
    """Make the recorded call asynchronously."""
    sent: list[Any] = []
    error: Exception | None = None
    origin = tape.uri.split("/", 3)
    async with httpx.AsyncClient(transport=answering(tape, sent)) as sender:
        client = sdk.aclient(
            base_url="/".join(origin[:3]) + sdk.path, api_key="test", http_client=sender, **sdk.options
        )
        try:
            answer = await sdk.chat(client, **given(tape))
            if hasattr(answer, "__stream__"):
                assert [chunk async for chunk in answer]
        except sdk.module.APIError as raised:
            error = raised
    assert error is not None or tape.status == OK
    judge(recorder, sdk, tape, sent, error)


def test_a_recorded_call_is_told_as_it_was(both: Recorder, sdk: SDK, tape: Interaction) -> None:
    replay(both, sdk, tape)


async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    both: Recorder, sdk: SDK, tape: Interaction
) -> None:
    await areplay(both, sdk, tape)
