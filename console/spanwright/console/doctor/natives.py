# SPDX-License-Identifier: Apache-2.0
"""What libraries tell of themselves without being asked: their own spans, and what they send to their vendors.

The switches are those of the newest versions that were read; a library that asks for no variable is told of as it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spanwright.console.doctor.findings import Finding, note, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.console.doctor.libraries import Library

_TRUE = ("true", "1", "yes", "on", "t", "y")
_FALSE = ("false", "0", "no", "off", "f", "n")


@dataclass(frozen=True, slots=True)
class Native:
    """One thing that a library tells, `since` a version and unless one of `switches`, `NAME=value`, says otherwise.

    `asked` is for what is on only when its switch is set. `host` is where it goes, None for the application's own
    exporters, and `content` tells that prompts and answers go with it.
    """

    library: str
    what: str
    switches: tuple[str, ...] = ()
    host: str | None = None
    content: bool = False
    asked: bool = False
    since: int = 0
    remedy: str | None = None

    def is_on(self) -> bool:
        """Return whether it is on, as far as the environment tells."""
        return self.switched() is not None if self.asked else self.switched() is None

    def switched(self) -> str | None:
        """Return the switch that is set."""
        return next((each for each in self.switches if _is_set(each)), None)


_SPANS = "its own spans"
NATIVES = (
    Native("anthropic", _SPANS, ("ANTHROPIC_OPEN_TELEMETRY=false",), since=1),
    Native("mcp", _SPANS, since=2),
    Native("fastmcp", _SPANS, ("FASTMCP_TELEMETRY_MODE=off",), since=3),
    Native("a2a_sdk", _SPANS, ("OTEL_INSTRUMENTATION_A2A_SDK_ENABLED=false",)),
    Native("xai_sdk", _SPANS, ("XAI_SDK_DISABLE_TRACING=true",), content=True),
    Native("google_adk", _SPANS, ("ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS=false",), content=True),
    Native("strands", _SPANS, content=True),
    Native("agent_framework", _SPANS, ("ENABLE_INSTRUMENTATION=false",)),
    Native("autogen", _SPANS, ("AUTOGEN_DISABLE_RUNTIME_TRACING=true",)),
    Native("livekit_agents", _SPANS, content=True),
    Native("mistralai", _SPANS, ("MISTRAL_SDK_TELEMETRY=global",), asked=True),
    Native(
        "semantic_kernel",
        _SPANS,
        (
            "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS=true",
            "SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE=true",
        ),
        asked=True,
    ),
    Native(
        "openai_agents",
        "its own traces",
        ("OPENAI_AGENTS_DISABLE_TRACING=true",),
        host="api.openai.com",
        content=True,
        remedy="OPENAI_AGENTS_DISABLE_TRACING=true stops it, "
        "OPENAI_AGENTS_TRACE_INCLUDE_SENSITIVE_DATA=false leaves content out",
    ),
    Native(
        "langchain",
        "traces to LangSmith",
        ("LANGSMITH_TRACING=true", "LANGSMITH_TRACING_V2=true", "LANGCHAIN_TRACING_V2=true"),
        host="LangSmith",
        content=True,
        asked=True,
        remedy="unset it, if LangSmith is not wanted beside your backend",
    ),
    Native(
        "crewai",
        "usage data, as OpenTelemetry spans of its own provider",
        ("CREWAI_DISABLE_TELEMETRY=true", "CREWAI_DISABLE_TRACKING=true", "OTEL_SDK_DISABLED=true"),
        host="telemetry.crewai.com",
    ),
    Native(
        "crewai",
        "traces to its vendor",
        ("CREWAI_TRACING_ENABLED=true",),
        host="app.crewai.com",
        content=True,
        asked=True,
        remedy="unset CREWAI_TRACING_ENABLED, if they are not wanted beside your backend",
    ),
    Native("mem0", "usage data", ("MEM0_TELEMETRY=false",), host="us.i.posthog.com"),
    Native("agno", "usage data", ("AGNO_TELEMETRY=false",), host="os-api.agno.com"),
    Native("haystack", "usage data", ("HAYSTACK_TELEMETRY_ENABLED=false",), host="PostHog"),
    Native("vllm", "usage data", ("VLLM_NO_USAGE_STATS=1", "DO_NOT_TRACK=1"), host="stats.vllm.ai"),
)


def findings(libraries: Sequence[Library]) -> Iterator[Finding]:
    """Tell of each installed library what it tells by itself, where to, and how to stop it."""
    here = {each.name: each for each in libraries if each.installed}
    for native in NATIVES:
        library = here.get(native.library)
        if library is not None and _major(library) >= native.since:
            yield _finding(native, library)


def of(name: str) -> list[Native]:
    """Return what one library tells by itself."""
    return [each for each in NATIVES if each.library == name]


def _finding(native: Native, library: Library) -> Finding:
    if not native.is_on():
        why = f"off by {native.switched()}" if not native.asked else "off, which is its default"
        return ok(native.library, f"{native.what}: {why}")
    # Others may do more than that, and one is enough.
    off = native.switches[0] if native.switches else ""
    if native.host is None:
        return _own(native, library, off)
    text = f"{native.what}: on, sent to {native.host}"
    if native.content:
        return warning(native.library, f"{text}, with prompts and answers", native.remedy or f"set {off}")
    return note(native.library, f"{text}, without prompts and answers", f"{off} stops it")


def _own(native: Native, library: Library, off: str) -> Finding:
    if not library.disabled:
        return ok(native.library, f"{native.what}: spanwright's stand in their place")
    if native.content:
        remedy = f"set {off}" if off and not native.asked else f"enable {library.entry} again, or filter them"
        return warning(native.library, f"{native.what}: on, with prompts and answers by default", remedy)
    return note(native.library, f"{native.what}: on, sent to your exporters in the place of spanwright's")


def _is_set(switch: str) -> bool:
    name, _, wanted = switch.partition("=")
    found = os.environ.get(name, "").strip().lower()
    for words in (_TRUE, _FALSE):
        if wanted in words:
            return found in words
    return found == wanted


def _major(library: Library) -> int:
    first = next(iter(library.installed.values())).partition(".")[0]
    return int(first) if first.isdecimal() else 0
