# SPDX-License-Identifier: Apache-2.0
"""LlamaIndex: agents, workflows, tools, models and embeddings of every provider, retrievers, rerankers, engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.call import Wrapper
    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry

_LLM, _LLM_ROOT = "llama_index.core.base.llms.base", "BaseLLM"
_CHAT, _STREAM_CHAT = ("chat", "achat"), ("stream_chat", "astream_chat")
_COMPLETE, _STREAM_COMPLETE = ("complete", "acomplete"), ("stream_complete", "astream_complete")
_EMBED = ("get_query_embedding", "get_text_embedding", "get_text_embedding_batch")
_ASYNC_EMBED = tuple(f"a{each}" for each in _EMBED)


class LlamaIndexInstrumentor(Instrumentor):
    """Stands around the methods that LlamaIndex's own dispatcher announces, and joins or replaces none of its handlers.

    A handler of the dispatcher hears of a stream only when it has begun, and its spans are nowhere current.
    """

    supports = ("llama-index-core >= 0.14, < 0.15", "llama-index-workflows >= 2.11.1, < 3")
    watches = ("llama_index.core", "workflows")
    captures = "agents, workflows and their steps, tools, chat and text models, embeddings, retrievers, rerankers, engines"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._families.hierarchies import Hierarchies
        from spanwright.instrumentors._families.steering import steered
        from spanwright.instrumentors._kernel.call import traced
        from spanwright.instrumentors.llama_index.embeddings import Vectors
        from spanwright.instrumentors.llama_index.engines import Engines
        from spanwright.instrumentors.llama_index.models import Models
        from spanwright.instrumentors.llama_index.searches import Rankings, Searches
        from spanwright.instrumentors.llama_index.steering import settle
        from spanwright.instrumentors.llama_index.tools import Tools
        from spanwright.instrumentors.llama_index.workflows import Workflows

        classes = Hierarchies(self.library)
        # What every class of LlamaIndex passes when it is made; without it, only classes made before are traced.
        yield Patch("llama_index_instrumentation", "DispatcherSpanMixin.__init_subclass__", classes.joined)
        methods: dict[str, Wrapper] = {
            **dict.fromkeys(_CHAT, traced(Models(telemetry, chat=True))),
            **dict.fromkeys(_STREAM_CHAT, traced(Models(telemetry, chat=True, stream=True))),
            **dict.fromkeys(_COMPLETE, traced(Models(telemetry, chat=False))),
            **dict.fromkeys(_STREAM_COMPLETE, traced(Models(telemetry, chat=False, stream=True))),
        }
        yield classes.below(_LLM, _LLM_ROOT, methods)
        embed = traced(Vectors(telemetry))
        methods = dict.fromkeys((*_EMBED, *_ASYNC_EMBED), embed)
        yield classes.below("llama_index.core.base.embeddings.base", "BaseEmbedding", methods)
        search = traced(Searches(telemetry))
        methods = dict.fromkeys(("retrieve", "aretrieve"), search)
        yield classes.below("llama_index.core.base.base_retriever", "BaseRetriever", methods)
        rank = traced(Rankings(telemetry))
        methods = dict.fromkeys(("postprocess_nodes", "apostprocess_nodes"), rank)
        yield classes.below("llama_index.core.postprocessor.types", "BaseNodePostprocessor", methods)
        tool = steered(traced(Tools(telemetry)), settle)
        methods = dict.fromkeys(("__call__", "call", "acall"), tool)
        yield classes.below("llama_index.core.tools.types", "BaseTool", methods)
        engine = traced(Engines(telemetry))
        methods = dict.fromkeys(("query", "aquery"), engine)
        yield classes.below("llama_index.core.base.base_query_engine", "BaseQueryEngine", methods)
        methods = dict.fromkeys((*_CHAT, *_STREAM_CHAT), engine)
        yield classes.below("llama_index.core.chat_engine.types", "BaseChatEngine", methods)
        flows = Workflows(telemetry)
        yield flows.steps
        lost = "agents and workflows have no spans"
        yield Patch("workflows.workflow", "Workflow.run", flows.run, lost=lost)
