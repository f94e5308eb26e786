# SPDX-License-Identifier: Apache-2.0
"""Runs end on every path, nothing stays behind, and the application's own handlers are left alone."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pytest
from langchain_core.callbacks import AsyncCallbackManager, BaseCallbackHandler, CallbackManager
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langchain_core.tracers import context as tracers
from langgraph.graph import START, StateGraph
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from alike.processes import run
from libraries.langchain.agents import create_agent, since
from spanwright.console.provider import Reply, ToolCall
from spanwright.instrumentors._kernel import ending
from spanwright.instrumentors.langchain import LangChainInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.tools import BaseTool
    from langchain_openai import ChatOpenAI

    from harness import Recorder
    from spanwright.console.provider import Provider

ASK = {"messages": [("user", "What is the weather in Lisbon?")]}


class State(TypedDict, total=False):
    said: Annotated[list[Any], lambda left, right: left + right]


def graph_of(name: str | None = None, **nodes: Any) -> Any:
    built = StateGraph(State)
    for node, function in nodes.items():
        built.add_node(node, function)
        built.add_edge(START, node)
    return built.compile(name=name)


def chain_of(name: str, *functions: Any) -> Any:
    built = StateGraph(State)
    built.add_sequence(list(functions))
    built.add_edge(START, functions[0].__name__)
    return built.compile(name=name)


class Heard(BaseCallbackHandler):
    """An application's own handler."""

    def __init__(self) -> None:
        self.starts: list[str] = []
        self.tokens = 0

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.starts.append(kwargs.get("name") or "")

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        self.starts.append("chat")

    def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
        self.tokens += 1


# --- errors ------------------------------------------------------------------------------------------------------


def test_a_failing_node_fails_its_graph_and_nothing_else(traced: Recorder) -> None:
    failure = ValueError("broken")

    def good(state: State) -> State:
        return {"said": [1]}

    def bad(state: State) -> State:
        raise failure

    with pytest.raises(ValueError, match="broken") as caught:
        chain_of("pipeline", good, bad).invoke({"said": []})
    assert caught.value is failure
    assert {span.name: span.status.is_ok or span.status.is_unset for span in traced.spans} == {
        "invoke_workflow pipeline": False,
        "node good": True,
        "node bad": False,
    }
    assert traced.attributes("node bad")["error.type"] == "ValueError"
    assert "broken" not in traced.everything()


def test_an_error_of_the_provider_is_described_once(
    traced: Recorder, make: Callable[..., ChatOpenAI]
) -> None:
    with pytest.raises(Exception, match="429"):
        make(model="error:429").invoke("hi")
    assert traced.attributes("chat")["error.type"].endswith("RateLimitError")
    assert [record.event_name for record in traced.logs] == ["gen_ai.client.operation.exception"]
    assert not traced.one("chat").events


def test_a_tool_that_raises_fails_and_its_agent_does_not(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    wrap_tool_call: Any = pytest.importorskip("langchain.agents.middleware").wrap_tool_call
    from langchain_core.messages import ToolMessage

    @wrap_tool_call
    def forgive(request: Any, handler: Any) -> Any:
        try:
            return handler(request)
        except RuntimeError:
            return ToolMessage("failed", tool_call_id=request.tool_call["id"])

    @tool
    def explode(reason: str) -> str:
        """Explode."""
        raise RuntimeError(reason)

    provider.say(Reply(tool_calls=[ToolCall("explode", {"reason": "boom"})]))
    create_agent(model, [explode], middleware=[forgive], name="brave").invoke(ASK)
    assert traced.tree() == [
        "invoke_agent brave",
        "  chat gpt-4o-mini",
        "  execute_tool explode",
        "  chat gpt-4o-mini",
    ]
    assert traced.attributes("execute_tool")["error.type"] == "RuntimeError"
    assert traced.one("invoke_agent").status.is_unset
    assert "boom" not in traced.everything()


def test_a_tool_that_handles_its_own_error_failed_all_the_same(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    from langchain_core.tools import StructuredTool, ToolException

    def explode(reason: str) -> str:
        raise ToolException(reason)

    handled = StructuredTool.from_function(explode, description="Explode.", handle_tool_error=True)
    provider.say(Reply(tool_calls=[ToolCall("explode", {"reason": "boom"})]))
    create_agent(model, [handled], name="brave").invoke(ASK)
    assert traced.attributes("execute_tool")["error.type"] == "tool_error"
    assert traced.one("invoke_agent").status.is_unset


def test_a_tool_that_is_not_handled_fails_its_agent(
    traced: Recorder, model: ChatOpenAI, provider: Provider
) -> None:
    @tool
    def explode(reason: str) -> str:
        """Explode."""
        raise RuntimeError(reason)

    provider.say(Reply(tool_calls=[ToolCall("explode", {"reason": "boom"})]))
    with pytest.raises(RuntimeError, match="boom"):
        create_agent(model, [explode], name="timid").invoke(ASK)
    assert [span.attributes.get("error.type") for span in traced.spans] == [
        "RuntimeError",
        None,
        "RuntimeError",
    ]


def test_arguments_that_do_not_fit_fail_the_tool(traced: Recorder, weather: BaseTool) -> None:
    with pytest.raises(Exception, match="city"):
        weather.invoke({"town": "SECRET-42"})
    assert "ValidationError" in traced.attributes("execute_tool")["error.type"]
    assert "SECRET-42" not in traced.everything()


# --- ends without a word -------------------------------------------------------------------------------------------


def test_a_stream_that_is_left_ends_every_span(
    traced: Recorder, model: ChatOpenAI, weather: BaseTool, open_runs: Callable[[], int]
) -> None:
    stream = create_agent(model, [weather], name="forecaster").stream(ASK, stream_mode="messages")
    next(stream)
    del stream
    gc.collect()
    assert traced.tree()[0] == "invoke_agent forecaster"
    assert all(span.status.is_unset for span in traced.spans)
    assert open_runs() == 0


@pytest.mark.parametrize("how", ["close", "drop"])
def test_a_model_stream_that_is_left_ends_without_error(
    traced: Recorder, model: ChatOpenAI, how: str, open_runs: Callable[[], int]
) -> None:
    stream = model.stream("hi")
    next(stream)
    if how == "close":
        stream.close()
    del stream
    gc.collect()
    assert traced.one("chat").status.is_unset
    assert traced.attributes("chat")["gen_ai.request.stream"] is True
    assert open_runs() == 0


async def test_an_async_stream_that_is_left_ends_without_error(
    traced: Recorder, model: ChatOpenAI, open_runs: Callable[[], int]
) -> None:
    async for _ in model.astream("hi"):
        break
    while ending._open:
        gc.collect()
        await asyncio.sleep(0)
    assert open_runs() == 0
    assert traced.one("chat").status.is_unset


async def test_a_cancelled_model_call_ends_as_cancelled(
    traced: Recorder, model: ChatOpenAI, provider: Provider, open_runs: Callable[[], int]
) -> None:
    hold = threading.Event()
    provider.say(Reply(hold=hold))
    call = asyncio.ensure_future(model.ainvoke("hi"))
    await asyncio.to_thread(provider.wait, 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    hold.set()
    assert traced.attributes("chat")["error.type"] == "cancelled"
    assert open_runs() == 0


async def test_a_cancelled_stream_ends_as_cancelled(
    traced: Recorder, model: ChatOpenAI, provider: Provider, open_runs: Callable[[], int]
) -> None:
    hold = threading.Event()
    provider.say(Reply(text="one two three", hold=hold, hold_at=2))
    waiting = asyncio.Event()

    async def consume() -> None:
        count = 0
        async for _ in model.astream("hi"):
            count += 1
            if count == 2:
                waiting.set()

    call = asyncio.ensure_future(consume())
    await waiting.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    hold.set()
    assert traced.attributes("chat")["error.type"] == "cancelled"
    while ending._open:
        gc.collect()
        await asyncio.sleep(0)
    assert open_runs() == 0


@since("1", "the HTTP library deadlocks where the collector closes a stream of it")
def test_streams_that_the_garbage_collector_finds_end_too(
    traced: Recorder, model: ChatOpenAI, open_runs: Callable[[], int]
) -> None:
    for _ in range(20):
        cycle: list[Any] = [model.stream("hi")]
        next(cycle[0])
        cycle.append(cycle)
        del cycle
    gc.collect()
    assert len(traced.spans) == 20
    assert open_runs() == 0


async def test_a_cancelled_tool_ends_as_cancelled(traced: Recorder, open_runs: Callable[[], int]) -> None:
    started = asyncio.Event()

    @tool
    async def wait() -> str:
        """Wait."""
        started.set()
        await asyncio.Event().wait()
        return ""

    call = asyncio.ensure_future(wait.ainvoke({}))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert traced.attributes("execute_tool")["error.type"] == "cancelled"
    assert open_runs() == 0


async def test_two_hundred_cancelled_graphs_leave_nothing_open(
    traced: Recorder, model: ChatOpenAI, provider: Provider, open_runs: Callable[[], int]
) -> None:
    started = asyncio.Semaphore(0)

    @tool
    async def wait() -> str:
        """Wait."""
        started.release()
        await asyncio.Event().wait()
        return ""

    async def node(state: State) -> State:
        await wait.ainvoke({})
        return {"said": [1]}

    graph = graph_of("stuck", one=node, two=node)
    calls = [asyncio.ensure_future(graph.ainvoke({"said": []})) for _ in range(200)]
    for _ in range(400):
        await started.acquire()
    for call in calls:
        call.cancel()
    assert all(
        isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*calls, return_exceptions=True)
    )
    for _ in range(10):
        await asyncio.sleep(0)
    assert open_runs() == 0
    assert len(traced.spans) == 200 * 5
    assert {span.attributes.get("error.type") for span in traced.spans} == {"cancelled"}
    del model, provider


async def test_two_hundred_abandoned_streams_leave_nothing_open(
    traced: Recorder, open_runs: Callable[[], int]
) -> None:
    async def one(state: State) -> State:
        return {"said": [1]}

    async def two(state: State) -> State:
        await asyncio.Event().wait()
        return {"said": [2]}

    graph = chain_of("stuck", one, two)
    for _ in range(200):
        stream = graph.astream({"said": []}, stream_mode="updates")
        await stream.__anext__()
        await stream.aclose()
    sync = graph_of("quick", one=lambda state: {"said": [1]})
    for _ in range(200):
        chunks = sync.stream({"said": []}, stream_mode=["updates", "values"])
        next(chunks)
        del chunks
    gc.collect()
    assert open_runs() == 0
    assert {span.status.status_code for span in traced.spans} == {trace.StatusCode.UNSET}


async def test_a_run_whose_end_is_never_announced_ends_with_its_cancelled_graph(
    traced: Recorder, open_runs: Callable[[], int]
) -> None:
    started = asyncio.Event()

    async def node(state: State, config: RunnableConfig) -> State:
        manager = AsyncCallbackManager.configure(config["callbacks"])
        await manager.on_tool_start({"name": "forgotten"}, "")
        started.set()
        await asyncio.Event().wait()
        return {}

    call = asyncio.ensure_future(graph_of("stuck", node=node).ainvoke({"said": []}))
    await started.wait()
    call.cancel()
    with suppress(asyncio.CancelledError):
        await call
    assert open_runs() == 0
    assert traced.tree() == ["invoke_workflow stuck", "  node node", "    execute_tool forgotten"]


# --- the application's own handlers --------------------------------------------------------------------------------


def test_the_handlers_of_the_application_are_untouched(traced: Recorder, model: ChatOpenAI) -> None:
    heard = Heard()
    manager = CallbackManager([heard], inheritable_handlers=[heard])
    create_agent(model, [], name="a").invoke(ASK, {"callbacks": manager})
    assert manager.handlers == [heard]
    assert manager.inheritable_handlers == [heard]
    assert heard.starts == ["a", "model", "chat"]
    model.invoke("hi", {"callbacks": [heard]})
    assert heard.starts[-1] == "chat"
    assert traced.tree() == ["invoke_agent a", "  chat gpt-4o-mini", "chat gpt-4o-mini"]


def test_our_handler_is_there_once_in_every_manager(traced: Recorder, model: ChatOpenAI) -> None:
    seen: list[int] = []

    class Count(BaseCallbackHandler):
        def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
            configured = CallbackManager.configure([self], [self])
            again = CallbackManager.configure(configured, configured)
            for handlers in (again.handlers, again.inheritable_handlers):
                seen.append(sum(type(each).__name__ == "SpanwrightHandler" for each in handlers))

    create_agent(model, [], name="a").invoke(ASK, {"callbacks": [Count()]})
    assert seen == [1, 1]
    assert len(traced.spans) == 2


def test_message_streaming_still_yields_tokens(traced: Recorder, model: ChatOpenAI) -> None:
    heard = Heard()
    manager = CallbackManager([heard], inheritable_handlers=[heard])
    stream = create_agent(model, [], name="a").stream(ASK, {"callbacks": manager}, stream_mode="messages")
    assert len(list(stream)) > 5
    assert heard.tokens > 5
    assert traced.attributes("chat")["gen_ai.request.stream"] is True


def test_suppressed_calls_are_not_traced(
    traced: Recorder, model: ChatOpenAI, open_runs: Callable[[], int]
) -> None:
    with suppress_instrumentation():
        create_agent(model, [], name="a").invoke(ASK)
        for _ in model.stream("hi"):
            pass
    assert traced.spans == []
    assert traced.points() == []
    assert open_runs() == 0


# --- in and out ----------------------------------------------------------------------------------------------------


def test_uninstrumenting_leaves_nothing_and_can_be_repeated(recorder: Recorder, model: ChatOpenAI) -> None:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.pregel import Pregel

    classes = (BaseChatModel, BaseTool, Pregel, AsyncCallbackManager)
    before = [dict(vars(each)) for each in classes]
    hooks = list(tracers._configure_hooks)
    agent = create_agent(model, [], name="a")
    for _ in range(2):
        recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor())
        agent.invoke(ASK)
        recorder.uninstrument()
        recorder.uninstrument()
    agent.invoke(ASK)
    model.invoke("hi")
    assert recorder.tree() == ["invoke_agent a", "  chat gpt-4o-mini"] * 2
    assert tracers._configure_hooks == hooks
    after = [dict(vars(each)) for each in classes]
    for one, other in zip(before, after, strict=True):
        assert {k: v for k, v in one.items() if not k.startswith("_abc")} == {
            k: v for k, v in other.items() if not k.startswith("_abc")
        }


def test_a_handler_that_somebody_kept_falls_silent(recorder: Recorder, model: ChatOpenAI) -> None:
    recorder.instrument(LangChainInstrumentor())
    kept = CallbackManager.configure()
    recorder.uninstrument()
    model.invoke("hi", {"callbacks": kept})
    assert recorder.spans == []


def test_instrumenting_twice_counts_once(recorder: Recorder, model: ChatOpenAI) -> None:
    recorder.instrument(LangChainInstrumentor(), LangChainInstrumentor(), OpenAIInstrumentor())
    model.invoke("hi")
    assert recorder.tree() == ["chat gpt-4o-mini"]


def test_models_and_graphs_made_before_are_traced(recorder: Recorder, model: ChatOpenAI) -> None:
    agent = create_agent(model, [], name="early")
    invoke = model.invoke
    recorder.instrument(LangChainInstrumentor(), OpenAIInstrumentor())
    agent.invoke(ASK)
    invoke("hi")
    assert recorder.tree() == ["invoke_agent early", "  chat gpt-4o-mini", "chat gpt-4o-mini"]


@since("1", "graphs have no name yet")
def test_nothing_is_imported_and_langgraph_is_traced_without_the_umbrella(provider: Provider) -> None:
    script = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[2])!r})
        from harness import Recorder
        from spanwright.instrumentors.langchain import LangChainInstrumentor
        recorder = Recorder()
        recorder.instrument(LangChainInstrumentor())
        loaded = [m for m in sys.modules if m.split(".")[0] in ("langchain", "langchain_core", "langgraph", "langsmith")]
        assert not loaded, loaded
        sys.modules["langchain"] = None
        from langchain_openai import ChatOpenAI
        from langgraph.graph import START, MessagesState, StateGraph
        model = ChatOpenAI(base_url={provider.base_url!r}, api_key="test", model="gpt-4o-mini")
        graph = StateGraph(MessagesState)
        graph.add_node("ask", lambda state: {{"messages": [model.invoke(state["messages"])]}})
        graph.add_edge(START, "ask")
        graph.compile(name="lonely").invoke({{"messages": [("user", "hi")]}})
        print("|".join(recorder.tree()))
    """
    done = run(script)
    assert done.stdout.strip() == "invoke_workflow lonely|  node ask|    chat gpt-4o-mini", done.stderr


def test_a_manager_of_callbacks_is_pickled_and_read_where_the_pack_need_not_be(traced: Recorder) -> None:
    manager = CallbackManager.configure()
    assert b"spanwright" not in pickle.dumps(manager)
    assert [type(each) for each in pickle.loads(pickle.dumps(manager)).handlers] == [BaseCallbackHandler]


def test_a_copied_manager_of_callbacks_holds_the_same_handlers(traced: Recorder) -> None:
    manager = CallbackManager.configure()
    assert [copy.copy(each) for each in manager.handlers] == manager.handlers
