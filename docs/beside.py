# SPDX-License-Identifier: Apache-2.0
"""Asks an instrumentor of the OpenAI SDK, ours or another pack's, what the page `comparison.md` tells of it.

uv run docs/beside.py spanwright.instrumentors.openai
uv run --with opentelemetry-instrumentation-openai==0.62.4 docs/beside.py opentelemetry.instrumentation.openai
uv run --with openinference-instrumentation-openai==0.1.66 docs/beside.py openinference.instrumentation.openai
uv run --with opentelemetry-instrumentation-genai-openai==1.3b0 docs/beside.py opentelemetry.instrumentation.genai.openai

Each probe runs in a process of its own against the reference provider.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import openai
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if TYPE_CHECKING:
    from collections.abc import Callable

_WORDS = "a riverbank in spring"
_WHOLE: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": _WORDS}]}
_STREAM: dict[str, Any] = {**_WHOLE, "stream": True, "stream_options": {"include_usage": True}}
_RESPONSE: dict[str, Any] = {"model": "gpt-4o-mini", "input": _WORDS}


class Probe:
    """An instrumented client, and what was exported of its calls."""

    def __init__(self, module: str) -> None:
        self.client = openai.OpenAI(max_retries=0)
        self.bound = self.client.chat.completions.create
        self._exported = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exported))
        self.instrumentor = importlib.import_module(module).OpenAIInstrumentor()
        self.instrumentor.instrument(tracer_provider=provider)
        self.create = self.client.chat.completions.create

    @property
    def spans(self) -> int:
        """Return how many were exported."""
        return len(self._exported.get_finished_spans())

    def says(self, words: str) -> bool:
        """Tell whether a span has the words, in whatever attribute or event."""
        return any(words in span.to_json() for span in self._exported.get_finished_spans())

    def counted(self) -> bool:
        """Tell whether there is one span, with the tokens of the answer in whatever words."""
        spans = self._exported.get_finished_spans()
        keys = [key for span in spans for key in span.attributes or () if "token" in key]
        return len(spans) == 1 and any("output" in key or "completion" in key for key in keys)


def _closed_early(probe: Probe) -> bool:
    stream = probe.create(**_STREAM)
    next(iter(stream))
    stream.close()
    return probe.spans == 1


def _raw_whole(probe: Probe) -> bool:
    probe.client.chat.completions.with_raw_response.create(**_WHOLE).parse()
    return probe.counted()


def _raw_stream(probe: Probe) -> bool:
    list(probe.client.chat.completions.with_raw_response.create(**_STREAM).parse())
    return probe.counted()


def _streaming_response(probe: Probe) -> bool:
    with probe.client.responses.with_streaming_response.create(**_RESPONSE) as response:
        response.parse()
    return probe.counted()


def _lines_read(probe: Probe) -> bool:
    with probe.client.chat.completions.with_streaming_response.create(**_WHOLE) as response:
        list(response.iter_lines())
    return probe.counted()


def _sdk_class(probe: Probe) -> bool:
    return isinstance(probe.create(**_STREAM), openai.Stream)


def _generator(probe: Probe) -> bool:
    messages = _WHOLE["messages"]
    answer = probe.create(model="gpt-4o-mini", messages=(each for each in messages))
    return _WORDS in (answer.choices[0].message.content or "")


def _silent(probe: Probe) -> bool:
    probe.create(**_WHOLE)
    return probe.spans == 1 and not probe.says(_WORDS)


def _suppressed(probe: Probe) -> bool:
    with suppress_instrumentation():
        probe.create(**_WHOLE)
    return probe.spans == 0


def _bound_before(probe: Probe) -> bool:
    probe.bound(**_WHOLE)
    return probe.spans == 1


def _undone(probe: Probe) -> bool:
    probe.instrumentor.uninstrument()
    probe.create(**_WHOLE)
    openai.OpenAI().chat.completions.create(**_WHOLE)
    return probe.spans == 0


PROBES: dict[str, Callable[[Probe], bool]] = {
    "a stream closed early has one span": _closed_early,
    "a raw response has a span with its usage": _raw_whole,
    "so has the stream of a raw response": _raw_stream,
    "so has a streaming response of `responses`": _streaming_response,
    "so has a body whose lines the application reads itself": _lines_read,
    "the application holds the SDK's class of stream (`isinstance`)": _sdk_class,
    "messages given as a generator reach the model": _generator,
    "prompts and answers stay out until they are asked for": _silent,
    "OpenTelemetry's suppression of instrumentation is heeded": _suppressed,
    "a method bound before instrumentation is traced": _bound_before,
    "after `uninstrument()` nothing is traced": _undone,
}


def answer(module: str, name: str) -> str:
    """Return what one probe finds."""
    try:
        return "yes" if PROBES[name](Probe(module)) else "no"
    except openai.APIStatusError as error:
        return f"no ({error.status_code} from the provider)"


def main() -> int:
    """Run one probe, or all of them, each in a process of its own."""
    module, *names = sys.argv[1:]
    if names:
        print(answer(module, names[0]))
        return 0
    from spanwright.console.provider import Provider

    with Provider() as provider:
        told = {"OPENAI_API_KEY": "test", "OPENAI_BASE_URL": provider.base_url, "NO_PROXY": "127.0.0.1"}
        for name in PROBES:
            command = [sys.executable, __file__, module, name]
            done = subprocess.run(
                command,
                env={**os.environ, **told},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=False,
            )
            print(f"{name}: {done.stdout.strip() or 'failed'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
