# SPDX-License-Identifier: Apache-2.0
"""Other models, retrievers and callback shapes than the usual ones: traced where possible, harmless everywhere."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import CallbackManager
from langchain_core.documents import Document
from langchain_core.language_models import LLM, BaseChatModel, FakeListChatModel, FakeListLLM
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, Generation, LLMResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.tracers import context as tracers
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import OpenAI, OpenAIEmbeddings
from opentelemetry import trace

from libraries.langchain.agents import http, since
from spanwright.instrumentors._dialects import langchain_messages as dialect
from spanwright.instrumentors._dialects import langchain_results as results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_openai import ChatOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider


class Local(BaseChatModel):
    """A model of the application's own."""

    answer: Any = "fine"
    told: dict[str, Any] = {}

    @property
    def _llm_type(self) -> str:
        return "local"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        message = AIMessage(self.answer, response_metadata=self.told)
        return ChatResult(generations=[ChatGeneration(message=message)])


class Streaming(Local):
    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for word in ("one ", "two"):
            yield ChatGenerationChunk(
                message=AIMessageChunk(word, response_metadata={"finish_reason": "stop"})
            )


class Delegating(Local):
    inner: Any = None
    model: str = "gpt-4o-mini"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.inner.invoke(messages))])


class Old(LLM):
    """A text model of the oldest kind."""

    @property
    def _llm_type(self) -> str:
        return "old"

    def _call(self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any) -> str:
        return prompt.upper()


class Picky(BaseRetriever):
    """Takes arguments of its own."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any, limit: int = 1) -> list[Document]:
        return [Document(query)] * limit

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: Any, limit: int = 1
    ) -> list[Document]:
        return [Document(query)] * limit


def test_a_model_of_the_application_is_traced(traced: Recorder) -> None:
    Local().invoke("hi")
    assert traced.tree() == ["chat"]
    assert traced.attributes("chat") == {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "local"}


async def test_a_sync_model_is_traced_when_it_is_awaited(traced: Recorder) -> None:
    await Local().ainvoke("hi")
    async for _ in Local().astream("hi"):
        pass
    assert traced.tree() == ["chat", "chat"]
    assert not any("gen_ai.request.stream" in span.attributes for span in traced.spans)


async def test_repeated_words_of_a_stream_are_told_once(traced: Recorder) -> None:
    for _ in Streaming().stream("hi"):
        pass
    async for _ in Streaming().astream("hi"):
        pass
    for span in traced.spans:
        assert span.attributes["gen_ai.response.finish_reasons"] == ("stop",)
        assert span.attributes["gen_ai.request.stream"] is True


def test_a_model_around_a_model_is_one_call(traced: Recorder, model: ChatOpenAI) -> None:
    Delegating(inner=model).invoke("hi")
    assert traced.tree() == ["chat gpt-4o-mini"]
    assert traced.attributes("chat")["gen_ai.usage.output_tokens"] > 0
    assert {point.count for point in traced.points("gen_ai.client.token.usage")} == {1}


def test_a_subclass_is_traced_once(traced: Recorder, model: ChatOpenAI) -> None:
    class Mine(type(model)):
        def invoke(self, *args: Any, **kwargs: Any) -> Any:
            return super().invoke(*args, **kwargs)

    mine = Mine(
        model="gpt-4o-mini", api_key="test", base_url=model.openai_api_base, http_client=model.http_client
    )
    mine.invoke("hi")
    assert traced.tree() == ["chat gpt-4o-mini"]


def test_an_old_text_model_is_a_text_completion(traced: Recorder) -> None:
    assert Old().invoke("hi") == "HI"
    assert Old().generate(["a", "b"]).generations[1][0].text == "B"
    assert traced.tree() == ["text_completion"] * 3
    assert traced.spans[0].attributes["gen_ai.provider.name"] == "old"


async def test_text_models_are_traced_in_every_mode(traced: Recorder) -> None:
    model = FakeListLLM(responses=["one two"])
    model.invoke("hi")
    await model.ainvoke("hi")
    for _ in model.stream("hi"):
        assert trace.get_current_span() is trace.INVALID_SPAN
    async for _ in model.astream("hi"):
        assert trace.get_current_span() is trace.INVALID_SPAN
    model.batch(["a", "b"])
    assert traced.tree() == ["text_completion"] * 6


def test_a_text_model_of_openai_is_one_span(traced: Recorder, provider: Provider) -> None:
    with http.Client() as client:
        model = OpenAI(
            base_url=provider.base_url,
            api_key="test",
            model="gpt-3.5-turbo-instruct",
            http_client=client,
            n=1,
        )
        model.invoke("Once upon a time")
        model.generate(["one", "two"])
    assert traced.tree() == ["text_completion gpt-3.5-turbo-instruct"] * 3
    sums = {p.labels["gen_ai.token.type"]: p.sum for p in traced.points("gen_ai.client.token.usage")}
    attributes = [span.attributes for span in traced.spans]
    for kind in ("input", "output"):
        assert sums[kind] == sum(found.get(f"gen_ai.usage.{kind}_tokens", 0) for found in attributes)
        assert "gen_ai.usage.output_tokens" not in attributes[2]


# The first embeddings of langchain-openai ask models of pydantic for what that warns of.
@pytest.mark.filterwarnings("ignore:The `dict` method is deprecated")
def test_a_search_in_a_vector_store_is_a_retrieval_with_its_embedding_inside(
    traced: Recorder, provider: Provider
) -> None:
    with http.Client() as client:
        embeddings = OpenAIEmbeddings(
            base_url=provider.base_url,
            api_key="test",
            model="text-embedding-3-small",
            check_embedding_ctx_length=False,
            http_client=client,
        )
        InMemoryVectorStore.from_texts(["cats", "dogs"], embeddings).as_retriever().invoke("cats")
    # The first versions of the store embed text by text.
    assert traced.tree()[-3:] == [
        "embeddings text-embedding-3-small",
        "retrieval",
        "  embeddings text-embedding-3-small",
    ]


async def test_a_retriever_with_arguments_of_its_own_is_traced(traced: Recorder) -> None:
    assert len(Picky().invoke("cats", limit=2)) == 2
    assert len(await Picky().ainvoke("cats", limit=3)) == 3
    assert traced.tree() == ["retrieval", "retrieval"]


@since("0.3.81", "a cached answer is not marked yet")
def test_a_cached_answer_is_not_billed_again(traced: Recorder, model: ChatOpenAI) -> None:
    from langchain_core.caches import InMemoryCache

    model.cache = InMemoryCache()
    model.invoke("hi")
    model.invoke("hi")
    assert traced.tree() == ["chat gpt-4o-mini"] * 2
    assert {point.count for point in traced.points("gen_ai.client.token.usage")} == {1}


@pytest.mark.parametrize("serialized", [None, {}, {"id": None}, {"id": [], "name": None}, {"name": "X"}])
def test_odd_announcements_are_taken(traced: Recorder, serialized: Any) -> None:
    manager = CallbackManager.configure(inheritable_metadata={"ls_provider": "local"})
    (chat,) = manager.on_chat_model_start(serialized, [[HumanMessage("hi")]], run_id=uuid.uuid4())
    chat.on_llm_end(LLMResult(generations=[]), anything="else")
    tool = manager.on_tool_start({"name": "t"}, "x", unheard_of=1)
    tool.on_tool_error(ValueError("no"))
    search = manager.on_retriever_start(serialized, "q")
    search.on_retriever_end([])
    run = manager.on_chain_start(serialized, {})
    run.on_chain_end(None)
    run.on_chain_end(None)
    run.on_chain_error(ValueError("again"))
    assert traced.tree() == ["chat", "execute_tool t", "retrieval"]


def test_unknown_runs_are_ignored(traced: Recorder) -> None:
    (handler,) = [
        h[0].get() for h in tracers._configure_hooks if type(h[0].get()).__name__ == "SpanwrightHandler"
    ]
    run = uuid.uuid4()
    handler.on_chain_end({}, run_id=run)
    handler.on_llm_end(LLMResult(generations=[]), run_id=run, parent_run_id=None)
    handler.on_llm_new_token("x", run_id=run)
    handler.on_stream_event({}, run_id=run)
    handler.on_tool_error(ValueError(), run_id=run)
    handler.on_retriever_end([], run_id=run)
    assert traced.spans == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "finish_reason",
        "stop_reason",
        "model_name",
        "id",
        "token_usage",
        "usage",
        "type",
        "text",
        "name",
        "source",
    ]
)
FACTS = st.dictionaries(KEYS, JSON, max_size=5)
BLOCKS = st.lists(
    st.text(max_size=5)
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["text", "image", "image_url", "thinking", "reasoning", "tool_use", "file", "new"]
            )
        },
        optional={
            "text": JSON,
            "image_url": JSON,
            "source": JSON,
            "thinking": JSON,
            "summary": JSON,
            "id": JSON,
        },
    ),
    max_size=3,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.text(max_size=5) | BLOCKS,
    told=FACTS,
    info=st.none() | FACTS,
    output=st.none() | FACTS,
    usage=FACTS,
)
def test_no_result_makes_the_reader_fail(content: Any, told: Any, info: Any, output: Any, usage: Any) -> None:
    message = AIMessage.model_construct(
        content=content,
        response_metadata=told,
        usage_metadata=usage or None,
        tool_calls=[],
        additional_kwargs=told,
    )
    generations: list[Any] = [
        ChatGeneration.model_construct(message=message, generation_info=info, text=""),
        Generation(text="x", generation_info=info),
    ]
    for result in (
        LLMResult.model_construct(generations=[generations], llm_output=output),
        LLMResult.model_construct(generations=[[]], llm_output=output),
        LLMResult.model_construct(generations=None, llm_output=output),
    ):
        results.response(result)
        results.output(result)


@given(value=JSON)
def test_no_state_makes_the_reader_fail(value: Any) -> None:
    dialect.conversation(value)
    dialect.last(value)
    dialect.conversation({"messages": value})
    dialect.answer(value)
    dialect.document(value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(max_size=5) | BLOCKS, told=FACTS)
def test_the_caller_gets_what_the_bare_library_gives(shown: Recorder, content: Any, told: Any) -> None:
    shown.spans_exporter.clear()
    answer = Local(answer=content, told=told).invoke("hi")
    assert answer.content == content
    assert answer.response_metadata.keys() >= told.keys()
    assert len(shown.spans) == 1


def test_a_fake_chat_model_is_traced_in_parallel(traced: Recorder) -> None:
    model = FakeListChatModel(responses=["a", "b"])
    model.batch(["x", "y", "z"], {"max_concurrency": 2})
    assert traced.tree() == ["chat"] * 3
