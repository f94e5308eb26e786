# SPDX-License-Identifier: Apache-2.0
"""Our functions that stand on the road itself: small, total, and the only ones whose failure a caller could see."""

from __future__ import annotations

TRUSTED = (
    # Attaching and detaching; what fails inside of them is caught there.
    "_kernel.current.enter",
    "_kernel.current.leave",
    # Reads a variable of the context.
    "_kernel.current.scope",
    # The same for a scope.
    "_kernel.scope.Scope.enter",
    "_kernel.scope.Scope.leave",
    # Without it nobody could restore a context; its own failures are caught in it.
    "context.__init__.detach",
    # Called by the garbage collector, in the middle of whatever of ours makes objects; it sets a flag.
    "_kernel.ending._note_collection",
    # Guards that stand behind the library's call, so that the witness does not meet them on the way to it.
    "_kernel.guard.guard",
    "_kernel.guard.instead",
    "_kernel.unseen.unseen",
    # What a failure is told by, when nothing else is left.
    "_kernel.guard.mistaken",
    # Look through what stands in an object's place.
    "_kernel.standin.StandIn.__class__",
    "_kernel.standin.StandIn.__getattr__",
    "_kernel.streams._Through.__getattr__",
    "_kernel.streams.Steps._step",
    "_kernel.streams.AsyncSteps.__anext__",
    # Keeps what it is given.
    "ag2.turns.Hooks.__init__",
    # Ask a class for a name or three.
    "_kernel.kinds.kind",
    "_kernel.kinds._look",
    "_kernel.kinds.is_future",
    # Read what a descriptor stands before.
    "pydantic_ai.settings.Seen.__get__",
    "pydantic_ai.settings.held_by",
    # Python's import asks the one and calls the other; what is ours in them is a look into a dictionary.
    "_kernel.reloading._Finder.find_spec",
    "_kernel.reloading._Loader.exec_module",
)

# The library's own telemetry, in whose place ours stands: what begins like this is not called.
REPLACED = (
    "anthropic._base_client.start_api_call_span",
    "Tracer.start_",
    "Tracer.end_",
    "_TelemetryMiddlewareInstance.",
    "google.adk.telemetry.",
    "google.adk.flows.llm_flows.core._model_call.trace_call_llm",
    "google.adk.flows.llm_flows.tools._batch_executor.trace_merged_tool_calls",
    "TraceHelper.trace_block",
    # What nobody is to see is not written for a span of ours, nor warned of.
    "InstrumentationSettings.handle_messages",
    "pydantic_ai.capabilities.instrumentation.has_stale_message_json",
)

# What the library itself makes current with the first of these, to be restored by the second: so it is with ours.
PAIRS = (
    "SpanImpl.start",
    "SpanImpl.finish",
    "NoOpSpan.start",
    "NoOpSpan.finish",
    "TraceImpl.__enter__",
    "TraceImpl.__exit__",
    "NoOpTrace.__enter__",
    "NoOpTrace.__exit__",
)
