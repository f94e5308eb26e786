# SPDX-License-Identifier: Apache-2.0
"""Google's ADK, which asks Gemini by the SDK of Gemini."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.agents.model import ANSWER, ASK, TURNS, called, clock, thermometer
from google import genai
from google.adk.agents import LlmAgent
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import _api_client, types

from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.agents.model import Model

INSTRUMENTOR = GoogleAdkInstrumentor
DISTRIBUTIONS = ("google-adk",)

_HTTP: Any = getattr(_api_client, "httpx2", None) or _api_client.httpx
_USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12}
_WHO = {"app_name": "hall", "user_id": "someone"}


def _answer(done: int) -> dict[str, Any]:
    name, arguments = called(done)
    part = {"functionCall": {"name": name, "args": arguments}} if done < TURNS - 1 else {"text": ANSWER}
    candidate = {"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}
    said = {"modelVersion": "gemini-2.5-flash", "responseId": "r1"}
    return {"candidates": [candidate], "usageMetadata": _USAGE, **said}


def _client(model: Model) -> genai.Client:
    async def answer(request: Any) -> Any:
        parts = [part for each in json.loads(request.content)["contents"] for part in each["parts"]]
        done = sum("functionResponse" in part for part in parts)
        if await model.astep(done):
            return _HTTP.Response(200, json=_answer(done))
        return _HTTP.Response(500, json={"error": {"code": 500, "message": "no", "status": "INTERNAL"}})

    sender = _HTTP.AsyncClient(transport=_HTTP.MockTransport(answer))
    options = types.HttpOptions(
        base_url="http://127.0.0.1:9",
        httpx_async_client=sender,
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(api_key="test", http_options=options)


def agent(model: Model) -> Callable[[], Awaitable[object]]:
    """Return what runs the agent once, in a session that is thrown away."""
    made = _client(model)

    class Asked(Gemini):
        """A model whose client is given to it."""

        @property
        def api_client(self) -> genai.Client:
            """Return the client in memory."""
            return made

    host = LlmAgent(name="host", model=Asked(model="gemini-2.5-flash"), tools=[thermometer, clock])
    runner = InMemoryRunner(agent=host, app_name=_WHO["app_name"])
    message = types.Content(role="user", parts=[types.Part(text=ASK)])

    async def run() -> object:
        session = await runner.session_service.create_session(**_WHO)
        events = runner.run_async(user_id=_WHO["user_id"], session_id=session.id, new_message=message)
        last: object = None
        try:
            async for event in events:
                last = event
        finally:
            await events.aclose()
            await runner.session_service.delete_session(**_WHO, session_id=session.id)
        return last

    return run
