# SPDX-License-Identifier: Apache-2.0
"""Suppressed, unsampled, oddly sampled, broken, or with no SDK at all: the call works."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import Span
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult

from asking import HELLO
from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.console.provider import Provider

ASK: dict[str, Any] = {"model": "gpt-4o-mini", "messages": HELLO}


def test_suppressed_calls_leave_nothing_and_work(traced: Recorder, client: openai.OpenAI) -> None:
    with suppress_instrumentation():
        assert client.chat.completions.create(**ASK).choices
        assert list(client.chat.completions.create(**ASK, stream=True))
        assert client.embeddings.create(model="text-embedding-3-small", input="Hello").data
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="error:404", messages=HELLO)
    assert (traced.tree(), traced.points(), traced.logs) == ([], [], [])


async def test_suppressed_calls_that_are_awaited_leave_nothing(
    traced: Recorder, aclient: openai.AsyncOpenAI
) -> None:
    with suppress_instrumentation():
        assert (await aclient.chat.completions.create(**ASK)).choices
    assert (traced.tree(), traced.points()) == ([], [])


def test_a_stream_opened_before_the_suppression_still_ends(traced: Recorder, client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    with suppress_instrumentation():
        assert list(stream)
    assert traced.tree() == ["chat gpt-4o-mini"]


@pytest.fixture
def unsampled() -> Iterator[Recorder]:
    """Return a recorder that samples no span."""
    recorder = Recorder(sampler=ALWAYS_OFF)
    recorder.instrument(OpenAIInstrumentor())
    yield recorder
    assert recorder.findings() == []
    recorder.shutdown()
    settings.reload()


def test_unsampled_calls_are_counted_all_the_same(unsampled: Recorder, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ASK)
    list(client.chat.completions.create(**ASK, stream=True))
    assert answer.usage is not None
    assert unsampled.spans == []
    found = {(point.metric, point.labels.get("gen_ai.token.type")): point for point in unsampled.points()}
    assert found["gen_ai.client.operation.duration", None].count == 2
    assert found["gen_ai.client.token.usage", "input"].sum == answer.usage.prompt_tokens


def test_unsampled_errors_are_counted_and_logged(unsampled: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="error:404", messages=HELLO)
    (point,) = unsampled.points()
    assert point.labels["error.type"] == "openai.NotFoundError"


class Forgetful(Sampler):
    """Samples everything and passes no attribute on, as the distribution of a cloud does."""

    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        """Sample."""
        return SamplingResult(Decision.RECORD_AND_SAMPLE, {})

    def get_description(self) -> str:
        """Return the name."""
        return "forgetful"


def test_a_sampler_that_drops_the_attributes_of_the_start_does_not_lose_them(
    client: openai.OpenAI, server: dict[str, Any]
) -> None:
    recorder = Recorder(sampler=Forgetful())
    recorder.instrument(OpenAIInstrumentor())
    client.chat.completions.create(**ASK)
    found = recorder.attributes()
    recorder.shutdown()
    wanted = {**server, "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini"}
    assert wanted.items() <= found.items()


class Curious(Sampler):
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        """Sample."""
        attributes = kwargs.get("attributes") or next(each for each in args[3:] if isinstance(each, dict))
        self.seen.append(dict(attributes))
        return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)

    def get_description(self) -> str:
        """Return the name."""
        return "curious"


def test_a_sampler_sees_what_is_known_before_the_call(client: openai.OpenAI, server: dict[str, Any]) -> None:
    sampler = Curious()
    recorder = Recorder(sampler=sampler)
    recorder.instrument(OpenAIInstrumentor())
    client.chat.completions.create(**ASK, temperature=0)
    recorder.shutdown()
    assert sampler.seen == [
        {
            **server,
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.request.temperature": 0.0,
            "openai.api.type": "chat_completions",
        }
    ]


@pytest.mark.parametrize("broken", ["set_attributes", "set_attribute", "set_status", "end", "is_recording"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_broken_span_never_reaches_the_caller(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, broken: str, stream: bool
) -> None:
    """Not even as a warning that an application would turn into an error."""

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    recorder = Recorder()
    recorder.instrument(OpenAIInstrumentor(), SPANWRIGHT_STRICT="false")
    with openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=0) as client:
        monkeypatch.setattr(Span, broken, fail)
        found: Any = client.chat.completions.create(**ASK, stream=stream)
        assert list(found) if stream else found.choices
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="error:404", messages=HELLO)
    monkeypatch.undo()
    recorder.shutdown()
    settings.reload()


def test_a_broken_exporter_never_reaches_the_caller(client: openai.OpenAI) -> None:
    recorder = Recorder()

    def fail(*_: Any) -> Any:
        raise RuntimeError

    recorder.spans_exporter.export = fail  # type: ignore[method-assign]
    recorder.instrument(OpenAIInstrumentor())
    assert client.chat.completions.create(**ASK).choices
    recorder.shutdown()


def run(provider: Provider, program: str, **environ: str) -> str:
    """Run a program in a new interpreter and return what it printed."""
    kept = {key: each for key, each in os.environ.items() if not key.startswith(("OTEL_", "SPANWRIGHT_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**kept, "BASE_URL": provider.base_url, "OPENAI_API_KEY": "test", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


CALL = """
import os, openai
client = openai.OpenAI(base_url=os.environ["BASE_URL"])
messages = [{"role": "user", "content": "Hello there"}]
whole = client.chat.completions.create(model="gpt-4o-mini", messages=messages)
chunks = list(client.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True))
print(bool(whole.choices), len(chunks) > 1)
"""
INSTRUMENT = (
    "from spanwright.instrumentors.openai import OpenAIInstrumentor\nOpenAIInstrumentor().instrument()\n"
)


def test_without_an_sdk_the_calls_work(provider: Provider) -> None:
    assert run(provider, INSTRUMENT + CALL) == "True True"


def test_with_the_sdk_switched_off_the_calls_work(provider: Provider) -> None:
    program = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
"""
    assert run(provider, program + INSTRUMENT + CALL, OTEL_SDK_DISABLED="true") == "True True"


def test_a_provider_that_is_set_later_is_found(provider: Provider) -> None:
    program = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter = InMemorySpanExporter()
tracing = TracerProvider()
tracing.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(tracing)
"""
    told = "print([span.name for span in exporter.get_finished_spans()])"
    assert run(provider, INSTRUMENT + program + CALL + told).splitlines()[1] == (
        "['chat gpt-4o-mini', 'chat gpt-4o-mini']"
    )


def test_a_stream_that_is_held_at_the_end_of_the_process_is_exported(provider: Provider) -> None:
    """As with a `break` in a script: its name still refers to the stream when the interpreter leaves."""
    program = """
import atexit
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
tracing = TracerProvider()
exporter = ConsoleSpanExporter(formatter=lambda span: span.name + chr(10))
tracing.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(tracing)
"""
    held = """
import os, openai
client = openai.OpenAI(base_url=os.environ["BASE_URL"])
stream = client.chat.completions.create(
    model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello there"}], stream=True
)
for chunk in stream:
    break
"""
    assert run(provider, program + INSTRUMENT + held) == "chat gpt-4o-mini"


def test_nothing_of_the_sdk_is_imported_before_the_application_does(provider: Provider) -> None:
    program = (
        "import sys\nprint([name for name in sys.modules if name.partition('.')[0] in ('openai', 'httpx2')])"
    )
    assert run(provider, INSTRUMENT + program) == "[]"
