# SPDX-License-Identifier: Apache-2.0
"""Our functions that stand on the road itself: small, total, and the only ones whose failure a caller could see."""

from __future__ import annotations

TRUSTED = (
    # Attach and detach, with all that they call inside of a `try`. In their place a caller could only have another
    # such pair.
    "_kernel.current.enter",
    "_kernel.current.leave",
    "_kernel.scope.Scope.enter",
    "_kernel.scope.Scope.leave",
    # `ContextVar.get`, and nothing else.
    "_kernel.current.scope",
    # OpenTelemetry's: without it nobody restores a context. What fails inside of it is caught inside of it.
    "context.__init__.detach",
    # Called by the garbage collector, in the middle of whatever of ours makes objects; it sets a flag.
    "_kernel.ending._note_collection",
    # The guards themselves, where they stand behind the library's call, and so not on the witness's way to it.
    "_kernel.guard.guard",
    "_kernel.guard.instead",
    "_kernel.unseen.unseen",
    # What a guard tells a failure by; it catches its own.
    "_kernel.guard.mistaken",
    # Called by the application in the place of a library's object: each hands on what is asked of that object, and
    # for the steps of a stream the guarded rest is what can fail.
    "_kernel.standin.StandIn.__class__",
    "_kernel.standin.StandIn.__getattr__",
    "_kernel.streams._Through.__getattr__",
    "_kernel.streams.Steps._step",
    "_kernel.streams.AsyncSteps.__anext__",
    # Behind the library's call, before its value goes on: `hasattr` of a class, remembered, with no way around it, for
    # it decides whether there is anything to await.
    "_kernel.kinds.kind",
    "_kernel.kinds._look",
    "_kernel.kinds.is_future",
)

# The library's own telemetry, in whose place ours stands: what begins like this is not called. All else holds for it.
REPLACED = (
    # The span of a request, which the SDK makes where OpenTelemetry is installed.
    "anthropic._base_client.start_api_call_span",
    # Strands' spans.
    "Tracer.start_",
    "Tracer.end_",
    # AG2's middleware that makes spans, where an application has added it.
    "_TelemetryMiddlewareInstance.",
    # ADK's spans, which its tracer starts; its copies of prompts and answers on them, as events too; its metrics.
    "ProxyTracer.start_",
    "ProxyLogger.emit",
    "google.adk.telemetry.tracing.",
    "google.adk.telemetry._metrics.",
    "google.adk.flows.llm_flows.core._model_call.trace_call_llm",
    "google.adk.flows.llm_flows.tools._batch_executor.trace_merged_tool_calls",
    # AutoGen's spans of the messages of its runtime.
    "TraceHelper.trace_block",
    # Agent Framework's spans are started by a tracer of ours, and made current by us; what it would record of them
    # besides (messages as events or in its log, a metric of failures) is recorded by us, if it is asked for.
    "agent_framework.observability._get_span",
    "agent_framework.observability._start_streaming_span",
    "agent_framework.observability._activate_span",
    "agent_framework.observability.get_function_span",
    "agent_framework._tools.get_function_span",
    "agent_framework.observability._capture_operation_error",
    "agent_framework.observability._capture_messages",
    "agent_framework.observability._capture_message_events_v1_36",
    # OpenTelemetry's own instrumentation of botocore, for the calls of models alone.
    "_BedrockRuntimeExtension.should_trace_service_call",
    # Pydantic AI's copies of messages that nobody is to see, and its warning of their form.
    "InstrumentationSettings.handle_messages",
    "pydantic_ai.capabilities.instrumentation.has_stale_message_json",
)

# OpenAI's agents make a span or a trace of theirs current with the first of these, to be restored by the second: so it is
# with ours.
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
