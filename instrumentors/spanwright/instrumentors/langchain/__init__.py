# SPDX-License-Identifier: Apache-2.0
"""LangChain and LangGraph: agents, graphs and their nodes, models, tools and retrievers of every provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import OnImport, Patch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from spanwright.instrumentors._kernel.telemetry import Telemetry
    from spanwright.instrumentors.langchain.callbacks import Callbacks

# Seam, and how its run is found: it starts inside (fresh), inside and is told by the object (owned), or before (known).
_CHAT, _TEXT = "langchain_core.language_models.chat_models", "langchain_core.language_models.llms"
_FRESH = (
    (_CHAT, "BaseChatModel.stream"),
    (_CHAT, "BaseChatModel.astream"),
    (_TEXT, "BaseLLM.stream"),
    (_TEXT, "BaseLLM.astream"),
    ("langchain_core.tools.base", "BaseTool.run"),
    ("langchain_core.tools.base", "BaseTool.arun"),
)
_KNOWN = (
    (_CHAT, "BaseChatModel._generate_with_cache"),
    (_CHAT, "BaseChatModel._agenerate_with_cache"),
    (_TEXT, "BaseLLM._generate_helper"),
    (_TEXT, "BaseLLM._agenerate_helper"),
)
# The event protocol, as in langchain-core 1.7.
_KNOWN_SINCE = (
    (_CHAT, "BaseChatModel._iter_v2_events"),
    (_CHAT, "BaseChatModel._aiter_v2_events"),
)
_OWNED = (
    ("langchain_core.retrievers", "BaseRetriever.invoke"),
    ("langchain_core.retrievers", "BaseRetriever.ainvoke"),
)
# What calls the other two stands first: it pulls their steps by itself, so one place is enough for all of them.
_GRAPHS = tuple(
    ("langgraph.pregel", f"Pregel.{method}") for method in ("invoke", "ainvoke", "stream", "astream")
)
_OWNED_CLASSIC = tuple(
    (module, f"AgentExecutor.{method}")
    for module in ("langchain.agents.agent", "langchain_classic.agents.agent")
    for method in ("invoke", "ainvoke", "stream", "astream")
)
# The sequence that a node is: its code first, then what writes its result (langgraph since 0.6, and before).
_NODES = tuple(
    (module, f"RunnableSeq.{method}")
    for module in ("langgraph._internal._runnable", "langgraph.utils.runnable")
    for method in ("invoke", "ainvoke", "stream", "astream")
)
_MANAGER = "langchain_core.callbacks.manager"


class LangChainInstrumentor(Instrumentor):
    """Registers one callback handler with LangChain's hook, and makes its runs current while their code runs."""

    supports = ("langchain-core >= 0.3, < 2", "langgraph >= 0.2.20, < 2")
    # LangGraph stands on it; the umbrella package `langchain` need not be there.
    watches = ("langchain_core",)
    captures = "agents (those of Deep Agents too), graphs, nodes, chat and text models, tools, retrievers"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors.langchain import places
        from spanwright.instrumentors.langchain.callbacks import Callbacks

        callbacks = Callbacks(telemetry)
        yield _hook(callbacks)

        fresh = places.placed(places.fresh, callbacks.fail)
        known = places.placed(places.known(callbacks.runs.get), callbacks.fail)
        owned = places.placed(places.owned, callbacks.fail)
        lost = "spans of what it calls are siblings of its own span, not children"
        for module, target in _FRESH:
            yield Patch(module, target, fresh, lost=lost)
        for module, target in _KNOWN:
            yield Patch(module, target, known, lost=lost)
        for module, target in _KNOWN_SINCE:
            yield Patch(module, target, known, optional=True)
        for module, target in _OWNED:
            yield Patch(module, target, owned, lost=lost)
        for module, target in _GRAPHS:
            yield Patch(module, target, owned, lost="graphs and agents have no spans")
        for module, target in _OWNED_CLASSIC:
            yield Patch(module, target, owned, optional=True)
        stepping = places.placed(places.node(callbacks.has_steps), callbacks.fail)
        for module, target in _NODES:
            # Without it, spans that a node opens itself are siblings of the node's span.
            yield Patch(module, target, stepping, optional=True)
        for target in ("on_chat_model_start", "on_llm_start"):
            # Without it, HTTP spans under `astream` of langchain-core 0.3.0 are siblings of the model's span.
            yield Patch(_MANAGER, f"AsyncCallbackManager.{target}", places.settled, optional=True)


def _hook(callbacks: Callbacks) -> OnImport:
    held: list[Any] = []

    def place(module: ModuleType) -> None:
        # Subclasses a class of LangChain, which must not be imported before the application does so.
        from spanwright.instrumentors.langchain._handler import Hook

        held.append(Hook(callbacks, module))

    def remove() -> None:
        while held:
            held.pop().remove()
        callbacks.runs.clear()

    return OnImport("langchain_core.tracers.context", place, remove)
