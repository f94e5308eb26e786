# SPDX-License-Identifier: Apache-2.0
"""The core scenarios from cassettes, with no provider behind them: the trees and what they cost.

The cassettes are made again, by the reference provider, with

    python -m pytest --record-mode=rewrite tests/libraries/haystack/test_haystack_cassettes.py

in an environment of a lane. Then the clients reach the provider as their proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from haystack.components.agents import Agent
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.tools import create_tool_from_function
from haystack.utils import Secret

from alike.runs import used
from alike.weather import ASK
from cassette import ADDRESS, LINE
from libraries.haystack.conftest import get_weather, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness import Recorder

pytestmark = pytest.mark.vcr
MATCH_ON = LINE


@pytest.fixture
def recorded(proxy: str | None) -> Iterator[Callable[..., Any]]:
    """Return a maker of components that ask the recorded provider."""
    made: list[Any] = []

    def build(kind: Any, model: str, **settings: Any) -> Any:
        made.append(
            kind(
                model=model,
                api_base_url=f"{ADDRESS}/v1",
                api_key=Secret.from_token("test"),
                max_retries=0,
                http_client_kwargs={"verify": False, "proxy": proxy},
                **settings,
            )
        )
        return made[-1]

    yield build
    for each in made:
        if each.client is not None:
            each.client.close()


@pytest.mark.default_cassette("chat.yaml")
def test_a_recorded_chat(traced: Recorder, recorded: Any) -> None:
    recorded(OpenAIChatGenerator, "gpt-4o-mini").run(messages=user())
    assert used(traced) == [("chat gpt-4o-mini", 8, 26)]


@pytest.mark.default_cassette("stream.yaml")
def test_a_recorded_stream(traced: Recorder, recorded: Any) -> None:
    llm = recorded(OpenAIChatGenerator, "gpt-4o-mini")
    llm.run(messages=user(), streaming_callback=lambda _: None)
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes()["gen_ai.request.stream"] is True


@pytest.mark.default_cassette("run.yaml")
def test_a_recorded_run(traced: Recorder, recorded: Any) -> None:
    llm = recorded(OpenAIChatGenerator, "gpt-4o-mini")
    Agent(chat_generator=llm, tools=[create_tool_from_function(get_weather)]).run(messages=user(ASK))
    assert [(name, bool(given), bool(made)) for name, given, made in used(traced)] == [
        ("invoke_agent", False, False),
        ("chat gpt-4o-mini", True, True),
        ("execute_tool get_weather", False, False),
        ("chat gpt-4o-mini", True, True),
    ]


@pytest.mark.default_cassette("embed.yaml")
def test_a_recorded_embedding(traced: Recorder, recorded: Any) -> None:
    recorded(OpenAITextEmbedder, "text-embedding-3-small", dimensions=8).run(text="cats")
    assert used(traced) == [("embeddings text-embedding-3-small", 1, 0)]


@pytest.mark.default_cassette("error.yaml")
def test_a_recorded_error(traced: Recorder, recorded: Any) -> None:
    with pytest.raises(Exception, match="429"):
        recorded(OpenAIChatGenerator, "error:429").run(messages=user())
    assert traced.attributes()["error.type"] == "openai.RateLimitError"
