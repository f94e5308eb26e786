# SPDX-License-Identifier: Apache-2.0
"""Embeddings, retrievers, rerankers, and the engines that are made of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from llama_index.core import QueryBundle, VectorStoreIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.chat_engine import ContextChatEngine, SimpleChatEngine
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import Document, NodeWithScore, TextNode
from llama_index.core.tools import QueryEngineTool
from opentelemetry import trace

from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.llama_index import LlamaIndexInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from llama_index.embeddings.openai import OpenAIEmbedding
    from llama_index.llms.openai import OpenAI

    from harness import Recorder

CHAT = "chat gpt-4o-mini"
EMBED = "embeddings text-embedding-3-small"
CATS = [Document(text="Cats sleep.", id_="cats"), Document(text="Dogs bark.", id_="dogs")]


@pytest.fixture
def index(vectors: OpenAIEmbedding) -> VectorStoreIndex:
    """Return an index of two documents, made before anything is traced."""
    return VectorStoreIndex.from_documents(CATS, embed_model=vectors)


class Found(BaseRetriever):
    """A retriever of the application."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text=query_bundle.query_str, id_="n1"), score=0.5)]


class CountRerank(BaseNodePostprocessor):
    """A reranker of the application."""

    model: str = "counter"
    top_n: int = 1

    def _postprocess_nodes(self, nodes: Any, query_bundle: Any = None) -> Any:
        return sorted(nodes, key=lambda each: each.score or 0)[: self.top_n]


# --- embeddings --------------------------------------------------------------------------------------------------


def test_an_embedding_is_one_span_with_its_request(
    recorder: Recorder, vectors: OpenAIEmbedding, server: Any
) -> None:
    recorder.instrument(LlamaIndexInstrumentor(), OpenAIInstrumentor(), HttpxInstrumentor())
    vectors.get_query_embedding("cats")
    assert recorder.tree() == [EMBED, "  POST"]
    assert recorder.attributes(EMBED) == {
        **server,
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.request.encoding_formats": ["base64"],
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 1,
    }


def test_a_batch_is_one_span_whatever_it_is_sent_in(traced: Recorder, vectors: OpenAIEmbedding) -> None:
    vectors.embed_batch_size = 2
    vectors.get_text_embedding_batch(["one", "two", "three", "four", "five"])
    assert traced.tree() == [EMBED]
    assert traced.attributes()["gen_ai.usage.input_tokens"] == 5
    assert {point.count for point in traced.points("gen_ai.client.token.usage")} == {1}


async def test_async_embeddings_are_traced_alike(traced: Recorder, vectors: OpenAIEmbedding) -> None:
    await vectors.aget_query_embedding("cats")
    await vectors.aget_text_embedding("cats")
    await vectors.aget_text_embedding_batch(["cats", "dogs"])
    assert traced.tree() == [EMBED] * 3


def test_embeddings_of_the_application_are_traced(traced: Recorder) -> None:
    MockEmbedding(embed_dim=4).get_text_embedding_batch(["one", "two"])
    assert traced.attributes() == {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "mockembedding",
    }


# --- retrievers --------------------------------------------------------------------------------------------------


def test_a_search_has_its_embedding_inside(index: VectorStoreIndex, traced: Recorder) -> None:
    index.as_retriever(similarity_top_k=1).retrieve("cats")
    assert traced.tree() == ["retrieval", f"  {EMBED}"]
    assert traced.attributes("retrieval") == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.top_k": 1,
    }


async def test_an_async_search_is_traced_alike(index: VectorStoreIndex, traced: Recorder) -> None:
    await index.as_retriever().aretrieve("cats")
    assert traced.tree() == ["retrieval", f"  {EMBED}"]


def test_what_was_looked_for_and_found_is_content(shown: Recorder) -> None:
    assert Found().retrieve(QueryBundle("cats"))[0].score == 0.5
    assert shown.attributes() == {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.retrieval.query.text": "cats",
        "gen_ai.retrieval.documents": IsStr(regex=r'\[{"id":"n1","score":0.5,.*cats.*'),
    }


def test_nothing_of_it_is_told_otherwise(traced: Recorder) -> None:
    Found().retrieve("SECRETPII")
    assert traced.tree() == ["retrieval"]
    assert "SECRETPII" not in traced.everything()


def test_searches_in_a_search_are_one(traced: Recorder) -> None:
    QueryFusionRetriever([Found(), Found()], num_queries=1, use_async=False, llm=MockLLM()).retrieve("cats")
    assert traced.tree() == ["retrieval"]


def test_a_search_that_fails_has_failed(traced: Recorder) -> None:
    class Broken(Found):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            raise LookupError(query_bundle.query_str)

    with pytest.raises(LookupError):
        Broken().retrieve("SECRETPII")
    assert traced.attributes() == {"gen_ai.operation.name": "retrieval", "error.type": "LookupError"}
    assert "SECRETPII" not in traced.everything()


# --- rerankers ---------------------------------------------------------------------------------------------------


def test_a_reranking_is_told_as_one(shown: Recorder) -> None:
    nodes = [NodeWithScore(node=TextNode(text=each, id_=each), score=1.0) for each in ("a", "b")]
    assert len(CountRerank().postprocess_nodes(nodes, query_str="cats")) == 1
    found = shown.attributes()
    assert found["gen_ai.operation.name"] == "rerank"
    assert found["gen_ai.request.model"] == "counter"
    assert found["gen_ai.retrieval.top_k"] == 1
    assert found["gen_ai.retrieval.query.text"] == "cats"


def test_other_postprocessors_are_none(traced: Recorder) -> None:
    SimilarityPostprocessor(similarity_cutoff=0.1).postprocess_nodes([], query_str="cats")
    assert traced.spans == []


# --- engines -----------------------------------------------------------------------------------------------------


def test_a_query_is_a_workflow_of_search_and_model(
    index: VectorStoreIndex, traced: Recorder, llm: OpenAI
) -> None:
    engine = index.as_query_engine(llm=llm, similarity_top_k=1, node_postprocessors=[CountRerank()])
    engine.query("What do cats do?")
    assert traced.tree() == ["invoke_workflow", "  retrieval", f"    {EMBED}", "  rerank", f"  {CHAT}"]
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_an_async_query_is_traced_alike(traced: Recorder, llm: OpenAI) -> None:
    await RetrieverQueryEngine.from_args(Found(), llm=llm).aquery("cats")
    assert traced.tree() == ["invoke_workflow", "  retrieval", f"  {CHAT}"]


async def test_queries_at_the_same_time_are_siblings(traced: Recorder, llm: OpenAI) -> None:
    engine = RetrieverQueryEngine.from_args(Found(), llm=llm)
    await asyncio.gather(*(engine.aquery(each) for each in ("cats", "dogs")))
    assert sorted(traced.tree()) == [f"  {CHAT}"] * 2 + ["  retrieval"] * 2 + ["invoke_workflow"] * 2


def test_a_streamed_query_ends_with_its_stream(traced: Recorder, llm: OpenAI) -> None:
    answer = RetrieverQueryEngine.from_args(Found(), llm=llm, streaming=True).query("cats")
    assert "".join(answer.response_gen)
    assert traced.tree() == ["invoke_workflow", "  retrieval", f"  {CHAT}"]


def test_a_querys_words_are_content(shown: Recorder, llm: OpenAI) -> None:
    answer = RetrieverQueryEngine.from_args(Found(), llm=llm).query("What do cats do?")
    found = shown.attributes("invoke_workflow")
    asked = '[{"role":"user","parts":[{"type":"text","content":"What do cats do?"}]}]'
    assert found["gen_ai.input.messages"] == asked
    assert str(answer)[:10] in found["gen_ai.output.messages"]


def test_an_engine_of_the_application_is_called_as_its_class(traced: Recorder, llm: OpenAI) -> None:
    class Library(RetrieverQueryEngine):
        pass

    Library.from_args(Found(), llm=llm)
    Library(Found(), RetrieverQueryEngine.from_args(Found(), llm=llm)._response_synthesizer).query("cats")
    assert traced.tree()[0] == "invoke_workflow Library"


def test_an_engine_as_a_tool_is_inside_it(traced: Recorder, llm: OpenAI) -> None:
    engine = RetrieverQueryEngine.from_args(Found(), llm=llm)
    QueryEngineTool.from_defaults(engine, name="library", description="d").call("cats")
    assert traced.tree() == ["execute_tool library", "  invoke_workflow", "    retrieval", f"    {CHAT}"]


def test_a_chat_engine_is_a_workflow(traced: Recorder, llm: OpenAI) -> None:
    memory = ChatMemoryBuffer.from_defaults(chat_store_key="chat-9", llm=llm)
    engine = ContextChatEngine.from_defaults(retriever=Found(), llm=llm, memory=memory)
    engine.chat("What do cats do?")
    assert traced.tree() == ["invoke_workflow", "  retrieval", f"  {CHAT}"]
    assert traced.attributes("invoke_workflow")["gen_ai.conversation.id"] == "chat-9"
    assert traced.attributes(CHAT)["gen_ai.conversation.id"] == "chat-9"


async def test_an_async_chat_engine_is_traced_alike(traced: Recorder, llm: OpenAI) -> None:
    await SimpleChatEngine.from_defaults(llm=llm, memory=ChatMemoryBuffer.from_defaults(llm=llm)).achat("hi")
    assert traced.tree() == ["invoke_workflow", f"  {CHAT}"]


def test_a_chat_engines_stream_ends_with_its_model(traced: Recorder, llm: OpenAI) -> None:
    answer = SimpleChatEngine.from_defaults(
        llm=llm, memory=ChatMemoryBuffer.from_defaults(llm=llm)
    ).stream_chat("hi")
    assert "".join(answer.response_gen)
    whole, call = traced.one("invoke_workflow"), traced.one(CHAT)
    assert traced.tree() == ["invoke_workflow", f"  {CHAT}"]
    assert (whole.end_time or 0) >= (call.end_time or 1)


async def test_an_async_chat_engines_stream_ends_with_its_model(traced: Recorder, llm: OpenAI) -> None:
    answer = await SimpleChatEngine.from_defaults(
        llm=llm, memory=ChatMemoryBuffer.from_defaults(llm=llm)
    ).astream_chat("hi")
    assert [token async for token in answer.async_response_gen()]
    whole, call = traced.one("invoke_workflow"), traced.one(CHAT)
    assert (whole.end_time or 0) >= (call.end_time or 1)
