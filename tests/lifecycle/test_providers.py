# SPDX-License-Identifier: Apache-2.0
"""Programs that set up tracing themselves: late, twice, for one library or the other, or with a sampler of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.conftest import CLIENT

if TYPE_CHECKING:
    from lifecycle.conftest import Receiver

SETUP = """
import logging
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Decision, Sampler, SamplingResult

from spanwright.instrumentors.httpx import HttpxInstrumentor
from spanwright.instrumentors.openai import OpenAIInstrumentor

logging.basicConfig(format="%(message)s")

def provider(name="only", sampler=ALWAYS_ON):
    made = TracerProvider(sampler=sampler, resource=Resource({"service.name": name}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made

class Forgetful(Sampler):
    def should_sample(self, *args, **kwargs):
        return SamplingResult(Decision.RECORD_AND_SAMPLE, {"theirs": True})

    def get_description(self):
        return "forgetful"
"""


def asked(run: Any, script: str) -> None:
    """Run a script that sets up by itself; it has to say nothing and to fail nowhere."""
    found = run(SETUP + script, instrumented=False)
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


def test_a_provider_that_is_set_after_the_instrumenting_and_the_first_calls_is_found(
    run: Any, receiver: Receiver
) -> None:
    asked(
        run,
        f"""
OpenAIInstrumentor().instrument()
{CLIENT}
ask("before")
stream = ask("across", stream=True)
trace.set_tracer_provider(provider())
list(stream)
ask("after")
""",
    )
    assert [span.name for span in receiver.chats()] == ["chat after"]


@pytest.mark.parametrize("again", ["OpenAIInstrumentor()", "first"], ids=["another instance", "the same"])
def test_instrumenting_twice_keeps_the_first_provider(again: str, run: Any, receiver: Receiver) -> None:
    """There is one instrumentor of a library: the second call is a silent no-op, whatever it is given."""
    asked(
        run,
        f"""
first = OpenAIInstrumentor()
first.instrument(tracer_provider=provider("first"))
{again}.instrument(tracer_provider=provider("second"))
{CLIENT}
ask()
""",
    )
    assert [span.service for span in receiver.chats()] == ["first"]


def test_a_provider_is_exchanged_by_uninstrumenting_and_instrumenting(run: Any, receiver: Receiver) -> None:
    asked(
        run,
        f"""
OpenAIInstrumentor().instrument(tracer_provider=provider("first"))
{CLIENT}
stream = ask("m1", stream=True)
next(stream)
OpenAIInstrumentor().uninstrument()
OpenAIInstrumentor().instrument(tracer_provider=provider("second"))
ask("m2")
list(stream)
""",
    )
    found = sorted((span.service, span.name) for span in receiver.chats())
    assert found == [("first", "chat m1"), ("second", "chat m2")]


def test_two_libraries_report_to_a_provider_each_in_one_trace(run: Any, receiver: Receiver) -> None:
    asked(
        run,
        f"""
OpenAIInstrumentor().instrument(tracer_provider=provider("models"))
HttpxInstrumentor().instrument(tracer_provider=provider("wires"))
{CLIENT}
ask()
""",
    )
    (chat,), (post,) = receiver.chats(), [span for span in receiver.received if span.name == "POST"]
    assert (chat.service, post.service, post.parent) == ("models", "wires", chat.id)


@pytest.mark.parametrize("remote", ["sampled", "not sampled"])
def test_what_is_not_sampled_is_neither_exported_nor_in_the_way(
    remote: str, run: Any, receiver: Receiver
) -> None:
    asked(
        run,
        f"""
trace.set_tracer_provider(provider(sampler={"ALWAYS_ON" if remote == "sampled" else "ALWAYS_OFF"}))
OpenAIInstrumentor().instrument()
HttpxInstrumentor().instrument()
{CLIENT}
assert ask().choices[0].message.role == "assistant"
stream = ask(stream=True)
assert len(list(stream)) > 1
dropped = ask(stream=True)
next(dropped)
""",
    )
    assert len(receiver.chats()) == (3 if remote == "sampled" else 0)
    assert len(receiver.received) == (6 if remote == "sampled" else 0)


def test_a_sampler_that_drops_what_is_known_at_the_start_loses_nothing(run: Any, receiver: Receiver) -> None:
    asked(
        run,
        f"""
trace.set_tracer_provider(provider(sampler=Forgetful()))
OpenAIInstrumentor().instrument()
{CLIENT}
list(ask(stream=True))
""",
    )
    (span,) = receiver.chats()
    assert {"theirs", "gen_ai.operation.name", "gen_ai.request.model", "server.address"} <= set(
        span.attributes
    )


LEAVING = """
trace.set_tracer_provider(provider())
OpenAIInstrumentor().instrument()
"""
SYNC = f"""{LEAVING}{CLIENT}
stream = ask(stream=True)
chunks = [next(stream)]
OpenAIInstrumentor().uninstrument()
ask("untraced")
chunks += stream
assert chunks[-1].choices[0].finish_reason or not chunks[-1].choices
"""
ASYNC = f"""{LEAVING}{CLIENT}
import asyncio
later = openai.AsyncOpenAI(base_url=os.environ["PROVIDER"], api_key="test", max_retries=0)

async def main():
    messages = [{{"role": "user", "content": "Hello there"}}]
    stream = await later.chat.completions.create(model="gpt-4o-mini", messages=messages, stream=True)
    chunks = [await anext(aiter(stream))]
    OpenAIInstrumentor().uninstrument()
    chunks += [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason or not chunks[-1].choices

asyncio.run(main())
"""


@pytest.mark.parametrize("script", [SYNC, ASYNC], ids=["sync", "async"])
def test_a_stream_goes_on_while_the_pack_is_removed_and_ends_its_span_once(
    script: str, run: Any, receiver: Receiver
) -> None:
    asked(run, script)
    (span,) = receiver.chats()
    assert "gen_ai.response.finish_reasons" in span.attributes


def test_a_stream_that_is_closed_after_the_pack_was_removed_ends_its_span_once(
    run: Any, receiver: Receiver
) -> None:
    asked(run, SYNC[: SYNC.index("chunks += stream")] + "stream.close()\n")
    assert len(receiver.chats()) == 1
