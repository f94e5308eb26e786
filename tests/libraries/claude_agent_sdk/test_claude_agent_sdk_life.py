# SPDX-License-Identifier: Apache-2.0
"""How runs end, what goes into Claude Code's process, what runs here for it, and that the application is left alone."""

from __future__ import annotations

import asyncio
import copy
import gc
from typing import TYPE_CHECKING, Any

import pytest
from claude_agent_sdk import (
    ClaudeSDKClient,
    CLINotFoundError,
    HookMatcher,
    ResultMessage,
    Transport,
    create_sdk_mcp_server,
    query,
    tool,
)
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation

from libraries.claude_agent_sdk import playing as p
from libraries.claude_agent_sdk.conftest import VERSION
from spanwright.instrumentors.claude_agent_sdk import ClaudeAgentSdkInstrumentor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from harness import Recorder

ONE = [f"  chat {p.MODEL}"]


async def asked(play: p.Play, prompt: Any = "Look it up", **options: Any) -> list[Any]:
    return [message async for message in query(prompt=prompt, options=play.options(**options))]


async def others() -> None:
    """Wait for what the event loop closes for generators that were dropped."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)


# --- ends


@pytest.mark.skipif(VERSION < (0, 2), reason="the first versions cancel the task that leaves a run")
async def test_a_run_that_is_left_ends_without_an_error(traced: Recorder, play: p.Play) -> None:
    play.turns = [[p.init(), p.assistant(p.use("Bash", "toolu_1")), {"hold": True}]]
    messages: Any = query(prompt="Look", options=play.options())
    async for message in messages:
        if type(message).__name__ == "AssistantMessage":
            break
    await messages.aclose()
    del messages
    gc.collect()
    await others()
    assert traced.tree() == ["invoke_agent", *ONE, "  execute_tool Bash"]
    assert not any("error.type" in (span.attributes or {}) for span in traced.spans)


async def test_a_cancelled_run_is_told_as_cancelled(traced: Recorder, play: p.Play) -> None:
    play.turns = [[p.init(), p.assistant(p.use("Bash", "toolu_1")), {"hold": True}]]
    seen = asyncio.Event()

    async def run() -> None:
        async for message in query(prompt="Look", options=play.options()):
            if type(message).__name__ == "AssistantMessage":
                seen.set()

    task = asyncio.create_task(run())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert traced.attributes("invoke_agent")["error.type"] == "cancelled"
    assert traced.tree() == ["invoke_agent", *ONE, "  execute_tool Bash"]


async def test_a_program_that_dies_is_an_error_of_the_run(traced: Recorder, play: p.Play) -> None:
    play.turns = [[p.init(), p.assistant("Hm."), {"exit": 3}]]
    with pytest.raises(Exception, match="3"):
        await asked(play)
    assert traced.attributes("invoke_agent")["error.type"] == "claude_agent_sdk._errors.ProcessError"
    assert traced.tree() == ["invoke_agent", *ONE]


async def test_a_program_that_is_not_there_is_an_error_of_the_run(traced: Recorder, play: p.Play) -> None:
    options = play.options()
    options.cli_path = str(play.folder / "nothing")
    with pytest.raises(CLINotFoundError):
        [message async for message in query(prompt="Look", options=options)]
    assert traced.attributes("invoke_agent")["error.type"] == "claude_agent_sdk._errors.CLINotFoundError"


async def test_an_answer_that_cannot_be_read_ends_the_run_with_the_error(
    traced: Recorder, play: p.Play
) -> None:
    play.turns = [[p.init(), {"emit": {"type": "assistant", "message": {"content": []}}}, {"hold": True}]]
    with pytest.raises(Exception, match="Missing required field"):
        await asked(play)
    assert traced.attributes("invoke_agent")["error.type"] == "claude_agent_sdk._errors.MessageParseError"


async def test_runs_side_by_side_keep_apart(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant(p.use("Bash", "toolu_1")), p.returned("toolu_1"))]
    options = play.options()

    async def run() -> None:
        async for _ in query(prompt="Look", options=options):
            pass

    await asyncio.gather(run(), run())
    assert traced.tree() == ["invoke_agent", *ONE, "  execute_tool Bash"] * 2


async def test_suppressed_instrumentation_traces_nothing(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    with suppress_instrumentation():
        await asked(play)
    assert traced.spans == []


async def test_uninstrumented_and_instrumented_again(recorder: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    recorder.instrument(ClaudeAgentSdkInstrumentor())
    recorder.uninstrument()
    await asked(play)
    assert recorder.spans == []
    recorder.instrument(ClaudeAgentSdkInstrumentor())
    await asked(play)
    assert recorder.tree() == ["invoke_agent", *ONE]


# --- the process


async def test_the_process_is_started_with_the_run_s_context(traced: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play)
    context = traced.one("invoke_agent").get_span_context()
    handed = play.environ["TRACEPARENT"].split("-")
    assert handed[1:3] == [f"{context.trace_id:032x}", f"{context.span_id:016x}"]


async def test_a_client_s_process_is_started_with_the_context_of_its_connection(
    traced: Recorder, play: p.Play
) -> None:
    with traced.tracer_provider.get_tracer("application").start_as_current_span("request") as span:
        async with ClaudeSDKClient(play.options()):
            pass
    assert play.environ["TRACEPARENT"].split("-")[2] == f"{span.get_span_context().span_id:016x}"


async def test_a_client_that_nobody_traces_hands_on_nothing(traced: Recorder, play: p.Play) -> None:
    async with ClaudeSDKClient(play.options()):
        pass
    assert "TRACEPARENT" not in play.environ
    assert traced.spans == []


async def test_a_context_that_the_options_give_stays(traced: Recorder, play: p.Play) -> None:
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play, env={"TRACEPARENT": given})
    assert play.environ["TRACEPARENT"] == given


async def test_a_state_that_was_inherited_does_not_go_with_our_parent(
    traced: Recorder, play: p.Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACESTATE", "other=1")
    play.turns = [p.turn(p.assistant("Hello."))]
    await asked(play)
    assert not play.environ.get("TRACESTATE")


async def test_the_options_and_the_environment_stay_as_they_are(
    traced: Recorder, play: p.Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACEPARENT", raising=False)
    play.turns = [p.turn(p.assistant("Hello."))]
    options = play.options()
    before = copy.deepcopy(options.env)
    async for _ in query(prompt="Look", options=options):
        pass
    assert options.env == before


# --- what runs here for Claude Code


@tool("thermometer", "Tell the temperature of a room.", {"room": str})
async def thermometer(given: dict[str, Any]) -> dict[str, Any]:
    with trace.get_tracer("application").start_as_current_span("read"):
        return {"content": [{"type": "text", "text": f"21 degrees in the {given['room']}"}]}


def measuring(key: str = "toolu_1") -> list[dict[str, Any]]:
    call = {"server": "house", "name": "thermometer", "arguments": {"room": "hall"}, "key": key}
    return [p.assistant(p.use("mcp__house__thermometer", key, room="hall")), {"tool": call}]


HOUSE = create_sdk_mcp_server("house", tools=[thermometer])


@pytest.fixture
def known(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the recorder whose provider the application's tools trace to as well."""
    monkeypatch.setattr(trace, "get_tracer", recorder.tracer_provider.get_tracer)
    recorder.instrument(ClaudeAgentSdkInstrumentor())
    return recorder


async def test_a_tool_in_this_process_runs_inside_its_span(known: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(*measuring(), p.assistant("21 degrees.", key="msg_2"))]
    over = asyncio.Event()
    options = play.options(mcp_servers={"house": HOUSE})
    # The first versions hang up as soon as the prompts end.
    async for message in query(prompt=p.prompts("How warm is it?", until=over), options=options):
        if isinstance(message, ResultMessage):
            over.set()
    assert known.tree() == [
        "invoke_agent",
        *ONE,
        "  execute_tool mcp__house__thermometer",
        "    read",
        *ONE,
    ]


async def test_a_client_s_tool_runs_inside_the_run_that_called_it(known: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(*measuring()), p.turn(*measuring("toolu_2"))]
    async with ClaudeSDKClient(play.options(mcp_servers={"house": HOUSE})) as client:
        for _ in range(2):
            await client.query("How warm is it?")
            async for _ in client.receive_response():
                pass
    assert (
        known.tree()
        == [
            "invoke_agent",
            *ONE,
            "  execute_tool mcp__house__thermometer",
            "    read",
        ]
        * 2
    )


async def test_a_hook_runs_inside_the_run_and_is_the_application_s_own(known: Recorder, play: p.Play) -> None:
    heard: list[Any] = []

    async def hook(given: Any, key: Any, context: Any) -> Any:
        del context
        with trace.get_tracer("application").start_as_current_span("hook"):
            heard.append((given, key))
        return {}

    call = {"callback_id": "hook_0", "input": {"tool_name": "Bash"}, "tool_use_id": "toolu_1"}
    play.turns = [p.turn(p.assistant(p.use("Bash", "toolu_1")), {"hook": call}, p.returned("toolu_1"))]
    hooks: Any = {"PreToolUse": [HookMatcher(hooks=[hook])]}
    async with ClaudeSDKClient(play.options(hooks=hooks)) as client:
        await client.query("Look")
        async for _ in client.receive_response():
            pass
    assert heard == [({"tool_name": "Bash"}, "toolu_1")]
    assert known.tree() == ["invoke_agent", *ONE, "  execute_tool Bash", "  hook"]


# --- as with the bare SDK


class Canned(Transport):
    """A transport of the application's own."""

    def __init__(self, *steps: dict[str, Any]) -> None:
        self.steps = [{"session_id": "s", "uuid": "u", **step["emit"]} for step in steps]
        self.asked: list[str] = []
        self.ready = asyncio.Event()

    async def connect(self) -> None: ...

    async def write(self, data: str) -> None:
        self.asked.append(data)
        self.ready.set()

    def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        return self._read()

    async def _read(self) -> AsyncIterator[dict[str, Any]]:
        import json

        await self.ready.wait()
        first = json.loads(self.asked[0])
        if first["type"] == "control_request":
            answer = {"subtype": "success", "request_id": first["request_id"], "response": {}}
            yield {"type": "control_response", "response": answer}
        for step in self.steps:
            yield step

    async def close(self) -> None: ...

    def is_ready(self) -> bool:
        return True

    async def end_input(self) -> None: ...


async def test_a_transport_of_the_application_s_own_is_traced_too(traced: Recorder) -> None:
    transport = Canned(*p.turn(p.assistant("Hello.")))
    async for _ in query(prompt=p.prompts("Look"), transport=transport):
        pass
    assert traced.tree() == ["invoke_agent", *ONE]


async def test_what_is_received_is_what_the_bare_sdk_gives(recorder: Recorder, play: p.Play) -> None:
    play.turns = [
        p.turn(p.assistant(p.use("Bash", "toolu_1")), p.returned("toolu_1"), p.assistant("Yes.", key="m"))
    ]
    bare = await asked(play)
    recorder.instrument(ClaudeAgentSdkInstrumentor())
    assert await asked(play) == bare


async def test_nothing_of_a_run_is_content_unless_asked_for(traced: Recorder, play: p.Play) -> None:
    play.turns = [
        p.turn(
            p.assistant("secret words", p.use("Bash", "toolu_1", command="secret command")),
            p.returned("toolu_1", "secret result"),
        )
    ]
    await asked(play, "secret prompt", system_prompt="secret instructions")
    assert "secret" not in traced.everything()


async def test_content_of_a_run(shown: Recorder, play: p.Play) -> None:
    play.turns = [
        p.turn(
            p.assistant("I look.", p.use("Bash", "toolu_1", command="ls")),
            p.returned("toolu_1", "a file"),
            p.assistant("A file.", key="msg_2", stop_reason="end_turn"),
        )
    ]
    await asked(play, "What is there?", system_prompt="Be short.")
    run = shown.attributes("invoke_agent")
    assert run["gen_ai.system_instructions"] == '[{"type":"text","content":"Be short."}]'
    assert (
        run["gen_ai.input.messages"]
        == '[{"role":"user","parts":[{"type":"text","content":"What is there?"}]}]'
    )
    assert "A file." in run["gen_ai.output.messages"]
    call = shown.attributes("execute_tool")
    assert call["gen_ai.tool.call.arguments"] == '{"command":"ls"}'
    assert call["gen_ai.tool.call.result"] == "a file"
    first, second = [dict(span.attributes or {}) for span in shown.spans if span.name.startswith("chat")]
    assert "I look." in str(first["gen_ai.output.messages"])
    assert "a file" in str(second["gen_ai.input.messages"])


async def test_content_of_a_prompt_that_is_a_stream(shown: Recorder, play: p.Play) -> None:
    play.turns = [p.turn(p.assistant("Hello."))]
    async with ClaudeSDKClient(play.options()) as client:
        await client.query(p.prompts("What is there?"))
        async for _ in client.receive_response():
            pass
    assert "What is there?" in shown.attributes("invoke_agent")["gen_ai.input.messages"]
    assert "What is there?" in shown.attributes("chat")["gen_ai.input.messages"]
