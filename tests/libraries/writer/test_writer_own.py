# SPDX-License-Identifier: Apache-2.0
"""What Writer has of its own: stream helpers, and endpoints that make texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat
from pydantic import BaseModel

from alike.sdk import SDK
from asking import HELLO
from wires.writer import ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

pytestmark = pytest.mark.filterwarnings("ignore:Will be removed in a future release:DeprecationWarning")
VISION = {"model": "palmyra-vision", "prompt": "Describe {{a}}", "variables": [{"name": "a", "file_id": "f"}]}
TRANSLATION = {
    "model": "palmyra-translate",
    "text": "Hello there",
    "source_language_code": "en",
    "target_language_code": "de",
    "formality": False,
    "length_control": False,
    "mask_profanity": False,
}


class Trip(BaseModel):
    """A structured answer."""

    city: str


def complete(client: Any, **more: Any) -> Any:
    return client.completions.create(model="palmyra-x5", prompt="Hello there", **more)


def ask_graph(client: Any, **more: Any) -> Any:
    return client.graphs.question(graph_ids=["graph-1"], question="Hello there", subqueries=False, **more)


def ask_application(client: Any, **more: Any) -> Any:
    inputs = [{"id": "Topic", "value": ["Hello there"]}]
    return client.applications.generate_content("app-1", inputs=inputs, **more)


def translate(client: Any) -> Any:
    return client.translation.translate(**TRANSLATION)


def look(client: Any) -> Any:
    return client.vision.analyze(**VISION)


MAKING = [
    (complete, "text_completion palmyra-x5"),
    (ask_graph, "generate_content"),
    (ask_application, "generate_content"),
    (translate, "generate_content palmyra-translate"),
    (look, "generate_content palmyra-vision"),
]


@pytest.mark.parametrize(("ask", "name"), MAKING)
def test_a_text_that_is_made_is_an_operation(
    shown: Recorder, client: Any, ask: Callable[..., Any], name: str
) -> None:
    ask(client)
    found = shown.attributes()
    assert shown.tree() == [name]
    assert found["gen_ai.provider.name"] == "writer"
    (asked,) = json.loads(found["gen_ai.input.messages"])
    (told,) = json.loads(found["gen_ai.output.messages"])
    assert asked["parts"][0]["content"] in ("Hello there", "Describe {{a}}")
    assert told["parts"] == [{"type": "text", "content": ANSWER}]


@pytest.mark.parametrize(("ask", "name"), MAKING)
async def test_a_text_that_is_made_asynchronously_is_an_operation(
    traced: Recorder, aclient: Any, ask: Callable[..., Any], name: str
) -> None:
    await ask(aclient)
    assert traced.tree() == [name]
    assert ANSWER not in traced.everything()


@pytest.mark.parametrize(("ask", "name"), MAKING[:3])
def test_a_text_that_is_streamed_is_told_whole(
    shown: Recorder, client: Any, ask: Callable[..., Any], name: str
) -> None:
    assert len(list(ask(client, stream=True))) == len(ANSWER.split())
    found = shown.attributes()
    assert found["gen_ai.request.stream"] is True
    assert found["gen_ai.response.time_to_first_chunk"] == IsFloat(gt=0)
    (told,) = json.loads(found["gen_ai.output.messages"])
    assert told["parts"] == [{"type": "text", "content": ANSWER.replace(" ", "")}]


def test_a_completion_tells_what_was_asked_for(traced: Recorder, client: Any, server: dict[str, Any]) -> None:
    complete(client, max_tokens=50, temperature=0.5, top_p=0.9, random_seed=7, stop=["END"])
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "writer",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.model": "palmyra-x5",
        "gen_ai.request.seed": 7,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.response.model": "palmyra-x5",
    }


def test_the_stream_helper_is_one_call(sdk: SDK, traced: Recorder, client: Any) -> None:
    with client.chat.stream(model=sdk.model, messages=HELLO) as stream:
        assert list(stream)
    assert traced.tree() == [sdk.name]
    assert traced.attributes()["gen_ai.response.finish_reasons"] == ["stop"]


def test_the_stream_helper_that_is_left_early_ends_its_span(sdk: SDK, traced: Recorder, client: Any) -> None:
    with client.chat.stream(model=sdk.model, messages=HELLO) as stream:
        next(stream)
        held = stream
    assert traced.tree() == [sdk.name]
    assert held is not None


async def test_the_asynchronous_stream_helper_is_one_call(sdk: SDK, traced: Recorder, aclient: Any) -> None:
    async with aclient.chat.stream(model=sdk.model, messages=HELLO) as stream:
        assert [event async for event in stream]
    assert traced.tree() == [sdk.name]


def test_a_parsed_answer_is_one_call(sdk: SDK, traced: Recorder, client: Any) -> None:
    question = [{"role": "user", "content": "Plan a trip to Rome"}]
    answer = client.chat.parse(model=sdk.model, messages=question, response_format=Trip)
    assert isinstance(answer.choices[0].message.parsed, Trip)
    assert traced.attributes()["gen_ai.output.type"] == "json"
