# SPDX-License-Identifier: Apache-2.0
"""ADK instrumented together with the SDK of Gemini, and agents that ask the reference provider."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google import genai
from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.genai import _api_client, types

from alike.runs import quiet  # noqa: F401 - it runs of itself
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.google_adk import GoogleAdkInstrumentor
from spanwright.instrumentors.google_genai import GoogleGenAIInstrumentor
from wires.gemini import WIRE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from harness import Recorder
    from spanwright.console.provider import Provider, Wire

    Ask = Callable[..., Awaitable[list[Any]]]

_HERE = Path(__file__).parent
VERSION = tuple(int(part) for part in version("google-adk").split(".")[:2])
MODEL = "gemini-2.5-flash"
APP = "forecasts"
SESSION = "session-1"
QUESTION = "What is the weather in Lisbon?"
# What a test needs of ADK, by its marker's argument.
_SINCE = {
    "graphs": (2, 4),
    "its telemetry holds its own spans": (2, 4),
    "tools say that they failed": (2, 4),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(feature): skip where the installed ADK has it not")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE:
            # Of features that are new, and of what ADK has held on to from its dependencies.
            item.add_marker(pytest.mark.filterwarnings("ignore"))
        for marker in item.iter_markers("needs"):
            if VERSION < _SINCE[marker.args[0]]:
                item.add_marker(pytest.mark.skip(reason=f"not yet: {marker.args[0]}"))


@pytest.fixture
def wires() -> list[Wire]:
    """Return what the reference provider speaks here."""
    return [WIRE]


_clients: list[Any] = []


class Asking(Gemini):
    """ADK's model with a client of one HTTP library, which a test closes."""

    @property
    def api_client(self) -> genai.Client:
        """Return a client of the reference provider."""
        return _clients[-1]


@pytest.fixture(autouse=True)
async def client(monkeypatch: pytest.MonkeyPatch, provider: Provider) -> AsyncIterator[genai.Client]:
    """Return the client that every agent asks, and let no variable of this machine choose otherwise."""
    for name in ("GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOOGLE_API_KEY", "test")
    # LiteLLM would ask for a list of prices when it is imported.
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    made = connected(provider.url)
    yield made
    _clients.clear()
    await made.aio.aclose()


def connected(url: str, **told: Any) -> genai.Client:
    """Return a client of this address, which every agent asks from now on."""
    library: Any = getattr(_api_client, "httpx", None) or getattr(_api_client, "httpx2", None)
    # A run that is not awaited has a loop of its own, which leaves no connection behind.
    transport = library.AsyncHTTPTransport(verify=False, limits=library.Limits(max_keepalive_connections=0))
    options = types.HttpOptions(
        base_url=url,
        client_args={"verify": False},
        async_client_args={"verify": False, "transport": transport, **told},
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    made = genai.Client(api_key="test", http_options=options)
    _clients.append(made)
    return made


@pytest.fixture
def traced(recorder: Recorder) -> Recorder:
    """Return the recorder with ADK and the SDK of Gemini instrumented, content off."""
    recorder.instrument(GoogleAdkInstrumentor(), GoogleGenAIInstrumentor())
    return recorder


@pytest.fixture
def shown(recorder: Recorder) -> Recorder:
    """Return the recorder with ADK and the SDK of Gemini instrumented, content on spans."""
    recorder.instrument(
        GoogleAdkInstrumentor(),
        GoogleGenAIInstrumentor(),
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true",
    )
    return recorder


@pytest.fixture
def alone(recorder: Recorder) -> Recorder:
    """Return the recorder with nothing but ADK instrumented, content on spans."""
    recorder.instrument(GoogleAdkInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    return recorder


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is sunny in {city}."


SUNNY = (
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})]),
    Reply("It is sunny in Lisbon."),
)


@pytest.fixture
def forecaster(provider: Provider) -> LlmAgent:
    """Return an agent with a tool, which it uses in its first turn."""
    provider.say(*SUNNY)
    return agent("forecaster", tools=[get_weather], description="Knows the weather.")


def agent(name: str = "forecaster", **settings: Any) -> LlmAgent:
    """Return an agent that asks Gemini."""
    return LlmAgent(name=name, **{"model": Asking(model=MODEL), **settings})


def message(text: str = QUESTION) -> types.Content:
    """Return what a user says."""
    return types.Content(role="user", parts=[types.Part(text=text)])


def streaming() -> RunConfig:
    """Return the settings of a run whose model answers in pieces."""
    return RunConfig(streaming_mode=StreamingMode.SSE)


async def run(
    root: Any, text: str = QUESTION, *, stream: bool = False, session: str = SESSION
) -> AsyncIterator[Any]:
    """Run an agent in a session of its own."""
    runner = InMemoryRunner(agent=root, app_name=APP)
    await runner.session_service.create_session(app_name=APP, user_id="someone", session_id=session)
    config = streaming() if stream else RunConfig()
    events = runner.run_async(
        user_id="someone", session_id=session, new_message=message(text), run_config=config
    )
    try:
        async for event in events:
            yield event
    finally:
        await events.aclose()


@pytest.fixture
def ask() -> Ask:
    """Return what runs an agent to its end and returns the events."""

    async def asked(root: Any, text: str = QUESTION, **options: Any) -> list[Any]:
        return [event async for event in run(root, text, **options)]

    return asked
