# SPDX-License-Identifier: Apache-2.0
"""Chats, texts, embeddings and rerankings, whole and streamed, sync and async: what their span says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsFloat, IsStr
from ibm_watsonx_ai.foundation_models import Embeddings, Rerank
from ibm_watsonx_ai.foundation_models.schema import TextChatParameters, TextGenParameters
from opentelemetry.instrumentation.utils import suppress_instrumentation

from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors.ibm_watsonx_ai import WatsonxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibm_watsonx_ai import APIClient
    from ibm_watsonx_ai.foundation_models import ModelInference

    from harness import Recorder
    from spanwright.console.provider import Provider

GRANITE = "ibm/granite-3-3-8b-instruct"
HELLO: list[Any] = [{"role": "user", "content": "Hello SECRET"}]
ASKED: dict[str, Any] = {"gen_ai.provider.name": "ibm.watsonx.ai", "gen_ai.request.model": GRANITE}
COUNTED: dict[str, Any] = {
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.model": GRANITE,
    "gen_ai.usage.input_tokens": 9,
    "gen_ai.usage.output_tokens": 27,
}
CHAT: dict[str, Any] = {
    **ASKED,
    **COUNTED,
    "gen_ai.operation.name": "chat",
    "gen_ai.response.id": IsStr(regex="chatcmpl-.+"),
}
TEXT: dict[str, Any] = {**ASKED, **COUNTED, "gen_ai.operation.name": "text_completion"}
STREAM: dict[str, Any] = {
    "gen_ai.request.stream": True,
    "gen_ai.response.time_to_first_chunk": IsFloat(gt=0),
}


def test_a_chat_is_one_span(traced: Recorder, model: ModelInference, server: dict[str, Any]) -> None:
    model.chat(messages=HELLO)
    assert traced.tree() == [f"chat {GRANITE}"]
    assert traced.attributes() == {**CHAT, **server}


async def test_an_asynchronous_chat_is_the_same(
    traced: Recorder, amodel: ModelInference, server: dict[str, Any]
) -> None:
    await amodel.achat(messages=HELLO)
    assert traced.attributes() == {**CHAT, **server}


def test_a_streamed_chat_is_one_span(traced: Recorder, model: ModelInference, server: dict[str, Any]) -> None:
    assert list(model.chat_stream(messages=HELLO))
    assert traced.attributes() == {**CHAT, **STREAM, **server}


async def test_an_asynchronous_streamed_chat_is_the_same(
    traced: Recorder, amodel: ModelInference, server: dict[str, Any]
) -> None:
    assert [chunk async for chunk in await amodel.achat_stream(messages=HELLO)]
    assert traced.attributes() == {**CHAT, **STREAM, **server}


@pytest.mark.parametrize("way", ["generate", "generate_text"])
def test_a_text_is_one_span(
    traced: Recorder, model: ModelInference, server: dict[str, Any], way: str
) -> None:
    assert getattr(model, way)("Hello SECRET")
    assert traced.tree() == [f"text_completion {GRANITE}"]
    assert traced.attributes() == {**TEXT, **server}


async def test_an_asynchronous_text_is_the_same(
    traced: Recorder, amodel: ModelInference, server: dict[str, Any]
) -> None:
    await amodel.agenerate("Hello SECRET")
    assert traced.attributes() == {**TEXT, **server}


@pytest.mark.parametrize("raw", [False, True], ids=["texts", "events"])
def test_a_streamed_text_is_one_span(
    traced: Recorder, model: ModelInference, server: dict[str, Any], raw: bool
) -> None:
    chunks = list(model.generate_text_stream("Hello SECRET", raw_response=raw))
    assert {type(chunk) for chunk in chunks} == {dict if raw else str}
    assert traced.attributes() == {**TEXT, **STREAM, **server}


async def test_an_asynchronous_streamed_text_is_the_same(
    traced: Recorder, amodel: ModelInference, server: dict[str, Any]
) -> None:
    assert [chunk async for chunk in await amodel.agenerate_stream("Hello SECRET")]
    assert traced.attributes() == {**TEXT, **STREAM, **server}


@pytest.mark.filterwarnings("ignore:In this mode")
@pytest.mark.parametrize("parallel", [False, True], ids=["together", "as-they-come"])
def test_several_prompts_are_one_call_whose_tokens_are_added_up(
    traced: Recorder, model: ModelInference, parallel: bool
) -> None:
    answers = list(model.generate(["Hello SECRET", "Hello SECRET"], async_mode=parallel))
    assert len(answers) == 2
    told = traced.attributes()
    assert told["gen_ai.response.finish_reasons"] == ["stop", "stop"]
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (18, 54)


def test_a_deployment_has_the_model_that_answers(
    traced: Recorder, named: Callable[..., ModelInference], server: dict[str, Any]
) -> None:
    named(None, deployment_id="test-deployment").chat(messages=HELLO)
    expected = {key: value for key, value in CHAT.items() if key != "gen_ai.request.model"}
    assert traced.attributes() == {**expected, **server}


def test_a_streamed_text_of_a_deployment_is_one_span(
    traced: Recorder, named: Callable[..., ModelInference]
) -> None:
    assert list(named(None, deployment_id="test-deployment").generate_text_stream("Hello SECRET"))
    assert traced.tree() == ["text_completion"]
    assert traced.attributes()["gen_ai.usage.output_tokens"] == 27


SETTINGS: dict[str, Any] = {"temperature": 0.7, "top_p": 0.9, "max_tokens": 50, "seed": 7}
SET = {
    "gen_ai.request.max_tokens": 50,
    "gen_ai.request.seed": 7,
    "gen_ai.request.temperature": 0.7,
    "gen_ai.request.top_p": 0.9,
}


def settings(recorder: Recorder) -> dict[str, Any]:
    found = recorder.attributes()
    known = {"gen_ai.request.model", "gen_ai.request.stream"}
    return {key: found[key] for key in found if key.startswith("gen_ai.request") and key not in known}


@pytest.mark.parametrize("given", [SETTINGS, TextChatParameters(**SETTINGS)], ids=["dict", "schema"])
@pytest.mark.parametrize("where", ["call", "model"])
def test_settings_are_attributes(
    traced: Recorder, named: Callable[..., ModelInference], given: Any, where: str
) -> None:
    if where == "call":
        named().chat(messages=HELLO, params=given)
    else:
        named(params=given).chat(messages=HELLO)
    assert settings(traced) == SET


def test_settings_of_a_text_are_attributes(traced: Recorder, model: ModelInference) -> None:
    asked = TextGenParameters(
        temperature=0.7, top_p=0.9, top_k=5, max_new_tokens=50, random_seed=7, stop_sequences=["END"]
    )
    model.generate("Hello", params=asked)
    more = {"gen_ai.request.top_k": 5, "gen_ai.request.stop_sequences": ["END"]}
    assert settings(traced) == {**SET, **more}


@pytest.mark.parametrize("way", ["generate", "embed_documents", "embed_query"])
def test_embeddings_are_one_span(traced: Recorder, api: APIClient, server: dict[str, Any], way: str) -> None:
    given = "Hello SECRET" if way == "embed_query" else ["Hello SECRET"]
    assert getattr(Embeddings(model_id="ibm/slate-125m", api_client=api), way)(given)
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "ibm.watsonx.ai",
        "gen_ai.request.model": "ibm/slate-125m",
        "gen_ai.response.model": "ibm/slate-125m",
        "gen_ai.usage.input_tokens": 2,
        **server,
    }


@pytest.mark.usefixtures("amodel")
async def test_asynchronous_embeddings_are_the_same(traced: Recorder, api: APIClient) -> None:
    await Embeddings(model_id="ibm/slate-125m", api_client=api).aembed_documents(["Hello SECRET"])
    assert traced.tree() == ["embeddings ibm/slate-125m"]


def test_a_reranking_is_one_span(shown: Recorder, api: APIClient, server: dict[str, Any]) -> None:
    ranker = Rerank("cross-encoder/ms-marco", api_client=api, params={"return_options": {"top_n": 2}})
    ranker.generate(query="Which?", inputs=["one", "two"])
    told = shown.attributes()
    assert json.loads(told.pop("gen_ai.retrieval.documents")) == [
        {"id": "1", "score": 0.1, "content": "two"},
        {"id": "0", "score": 0.0, "content": "one"},
    ]
    assert told == {
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "ibm.watsonx.ai",
        "gen_ai.request.model": "cross-encoder/ms-marco",
        "gen_ai.retrieval.query.text": "Which?",
        "gen_ai.retrieval.top_k": 2,
        **server,
    }


def test_messages_and_tool_calls_are_content(
    shown: Recorder, model: ModelInference, provider: Provider
) -> None:
    provider.say(Reply(text="", tool_calls=[ToolCall("get_weather", {"city": "Paris"})]))
    called = {"name": "get_weather", "arguments": '{"city": "Rome"}'}
    talk: list[Any] = [
        {"role": "user", "content": [{"type": "text", "text": "And this?"}]},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": called}]},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "clear"}'},
    ]
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    model.chat(messages=talk, tools=[tool])
    told = shown.attributes()
    asked = json.loads(told["gen_ai.input.messages"])
    kinds = [part["type"] for message in asked for part in message["parts"]]
    assert kinds == ["text", "tool_call", "tool_call_response"]
    assert json.loads(told["gen_ai.tool.definitions"]) == [{"type": "function", "name": "get_weather"}]
    (said,) = json.loads(told["gen_ai.output.messages"])
    assert said["parts"][0]["arguments"] == {"city": "Paris"}
    assert told["gen_ai.response.finish_reasons"] == ["tool_call"]


@pytest.mark.parametrize("raw", [False, True], ids=["texts", "events"])
def test_prompt_and_text_of_a_stream_are_content(
    shown: Recorder, model: ModelInference, provider: Provider, raw: bool
) -> None:
    provider.say(Reply(text="Two and two."))
    list(model.generate_text_stream("And?", raw_response=raw))
    told = shown.attributes()
    (asked,), (said,) = (json.loads(told[f"gen_ai.{name}.messages"]) for name in ("input", "output"))
    assert asked == {"role": "user", "parts": [{"type": "text", "content": "And?"}]}
    assert said["parts"] == [{"type": "text", "content": "Two and two."}]


def test_each_of_several_prompts_is_a_message(shown: Recorder, model: ModelInference) -> None:
    model.generate_text(["one", "two"])
    told = shown.attributes()
    assert [len(json.loads(told[f"gen_ai.{name}.messages"])) for name in ("input", "output")] == [2, 2]


def test_nothing_of_the_content_is_told_unless_asked_for(
    traced: Recorder, model: ModelInference, api: APIClient
) -> None:
    model.chat(messages=HELLO)
    list(model.chat_stream(messages=HELLO))
    model.generate_text("Hello SECRET")
    list(model.generate_text_stream("Hello SECRET"))
    Rerank("cross-encoder/ms-marco", api_client=api).generate(query="SECRET", inputs=["SECRET"])
    assert len(traced.spans) == 5
    assert "SECRET" not in traced.everything()


def test_cached_and_reasoning_tokens_are_told(
    traced: Recorder, model: ModelInference, provider: Provider
) -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    provider.say(Reply(text="Hi.", usage=usage))
    list(model.chat_stream(messages=HELLO))
    assert {key: value for key, value in traced.attributes().items() if ".usage." in key} == {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 5,
    }


def test_a_chat_is_counted_once(traced: Recorder, model: ModelInference, server: dict[str, Any]) -> None:
    model.chat(messages=HELLO)
    labels = {
        **ASKED,
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": GRANITE,
    }
    tokens = [(point.labels, point.sum, point.count) for point in traced.points("gen_ai.client.token.usage")]
    assert tokens == [
        ({**labels, "gen_ai.token.type": "input"}, 9, 1),
        ({**labels, "gen_ai.token.type": "output"}, 27, 1),
    ]
    (duration,) = traced.points("gen_ai.client.operation.duration")
    assert (duration.labels, duration.count) == (labels, 1)


def test_a_method_that_was_bound_before_is_traced(recorder: Recorder, model: ModelInference) -> None:
    held = model.chat
    recorder.instrument(WatsonxInstrumentor())
    held(messages=HELLO)
    assert recorder.tree() == [f"chat {GRANITE}"]


def test_nothing_is_traced_after_uninstrumentation_and_again_after_another_one(
    traced: Recorder, model: ModelInference
) -> None:
    traced.uninstrument()
    model.chat(messages=HELLO)
    list(model.generate_text_stream("Hello"))
    assert traced.tree() == []
    traced.instrument(WatsonxInstrumentor())
    model.chat(messages=HELLO)
    assert traced.tree() == [f"chat {GRANITE}"]


def test_suppressed_calls_are_silent(traced: Recorder, model: ModelInference) -> None:
    with suppress_instrumentation():
        model.chat(messages=HELLO)
        assert list(model.generate_text_stream("Hello"))
    assert traced.tree() == []


def test_the_request_is_as_without_us(recorder: Recorder, model: ModelInference, provider: Provider) -> None:
    model.chat(messages=HELLO, params=SETTINGS)
    recorder.instrument(WatsonxInstrumentor())
    model.chat(messages=HELLO, params=SETTINGS)
    first, second = provider.requests
    assert first.raw == second.raw
