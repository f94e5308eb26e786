# SPDX-License-Identifier: Apache-2.0
"""Other instrumentations that are installed, and the spans that would be there twice."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions, entry_points
from typing import TYPE_CHECKING, Any

from spanwright.console.doctor.findings import Finding, note, ok, problem, warning
from spanwright.console.doctor.libraries import DISABLED, GROUP, disabled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.console.doctor.libraries import Library

# What is left of a distribution's name names the library.
_PREFIX = re.compile(
    r"(opentelemetry-instrumentation-genai|opentelemetry-instrumentation|openinference-instrumentation|"
    r"loongsuite-instrumentation|splunk-otel-instrumentation|elastic-opentelemetry-instrumentation)-(?P<name>.+)"
)
# Their names of libraries, where they are not the pack's.
_ALIASES = {
    "agent": "openai_agents",
    "agentframework": "agent_framework",
    "autogen_agentchat": "autogen",
    "autogen_core": "autogen",
    "bedrock": "botocore",
    "chroma": "chromadb",
    "google_generativeai": "google_genai",
    "vertexai": "google_genai",
    "langgraph": "langchain",
    "langchain_core": "langchain",
    "llamaindex": "llama_index",
    "mem0ai": "mem0",
    "microsoft_agent_framework": "agent_framework",
    "milvus": "pymilvus",
    "mistral": "mistralai",
    "openai_agents_v2": "openai_agents",
    "openai_v2": "openai",
    "pydantic_ai_slim": "pydantic_ai",
    "qdrant": "qdrant_client",
    "strands_agents": "strands",
    "watsonx": "ibm_watsonx_ai",
    "httpx2": "httpx",
}
# The pack steps back itself where these are.
_FRIENDS = {
    "opentelemetry-instrumentation-httpx": "spanwright leaves HTTP to it",
    "opentelemetry-instrumentation-httpx2": "spanwright leaves HTTP to it",
    "opentelemetry-instrumentation-botocore": "a model call has one span all the same",
}
# What instruments when a program calls it, and sets up OpenTelemetry in its own way.
_KITS = {
    "agentops": "agentops.init",
    "arize-phoenix-otel": "phoenix.otel.register(auto_instrument=True)",
    "braintrust": "braintrust.auto_instrument",
    "ddtrace": "ddtrace-run",
    "genai-otel-instrument": "genai_otel.instrument",
    "judgeval": "judgeval's tracer",
    "langfuse": "langfuse.openai and its callback handler",
    "langtrace-python-sdk": "langtrace.init",
    "langwatch": "langwatch.setup",
    "logfire": "logfire.instrument_openai and the like",
    "mlflow": "mlflow.<library>.autolog",
    "newrelic": "newrelic-admin",
    "openlit": "openlit.init",
    "opik": "opik's integrations",
    "sentry-sdk": "sentry_sdk.init",
    "traceloop-sdk": "Traceloop.init",
    "weave": "weave.init",
}


def findings(libraries: Sequence[Library]) -> Iterator[Finding]:
    """Tell of every other pack that traces what is traced here."""
    ours = {each.name: each for each in libraries}
    told: set[str] = set()
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        dist: Any = point.dist
        if dist is None or point.name.startswith("spanwright_"):
            continue
        told.add(_name(dist))
        if (library := _library(point.name, _name(dist), ours)) is not None:
            yield _entry(point.name, dist, library)
    yield from _others(told, ours)


def _entry(name: str, dist: Distribution, library: Library) -> Finding:
    subject = f"{_name(dist)} {dist.version}"
    if disabled() & {"*", name}:
        return ok(subject, f"disabled by {DISABLED}")
    if (friend := _FRIENDS.get(_name(dist))) is not None:
        return note(subject, f"traces {library.name}, too; {friend}")
    if not library.installed:
        return note(subject, f"traces {library.name}, which is not installed")
    if library.disabled:
        return ok(subject, f"traces {library.name} in the place of spanwright, which is disabled for it")
    if (conflict := _conflict(dist)) is not None:
        return note(subject, f"would trace {library.name}, but leaves the installed version out: {conflict}")
    return problem(
        subject,
        f"traces {library.name}, too: each call has two spans, its tokens are counted twice",
        f"add {name} to {DISABLED} to keep spanwright's, or {library.entry} to keep theirs",
    )


def _others(told: set[str], ours: dict[str, Library]) -> Iterator[Finding]:
    """Tell of what is no entry point of the loader: a program switches it on by itself."""
    for name, dist in sorted({_name(each): each for each in distributions()}.items()):
        if name in told:
            continue
        subject = f"{name} {dist.version}"
        if (call := _KITS.get(name)) is not None:
            yield warning(
                subject,
                f"traces models, too, once a program uses {call}",
                "trace with one of the two, or switch its instrumentation of the same libraries off",
            )
        elif (library := _library("", name, ours)) is not None and library.state not in {
            "not installed",
            "disabled",
        }:
            yield warning(
                subject,
                f"traces {library.name}, too, once a program calls its instrumentor",
                f"do not call it, or set {DISABLED}={library.entry}",
            )
        elif name == "opentelemetry-util-genai":
            yield note(
                subject, "what the official GenAI instrumentations stand on; by itself it traces nothing"
            )


def _library(entry: str, distribution: str, ours: dict[str, Library]) -> Library | None:
    """Return the library that another pack traces, by the names that it gives."""
    match = _PREFIX.fullmatch(distribution)
    names = [match["name"]] if match is not None else []
    for name in (*names, entry):
        plain = name.lower().replace("-", "_")
        if (found := ours.get(_ALIASES.get(plain, plain))) is not None:
            return found
    return None


def _conflict(dist: Distribution) -> str | None:
    """Return why OpenTelemetry's loader would leave this instrumentation out."""
    from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

    conflict = get_dist_dependency_conflicts(dist)
    return None if conflict is None else str(conflict)


def _name(dist: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", dist.metadata["Name"] or "").lower()
