# SPDX-License-Identifier: Apache-2.0
"""What is written beyond the conventions is written when it is asked for, under our rules for content, and costs nothing else."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import SpanLimits
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from harness import Recorder, recording
from kernel.fake import ANSWER, asked, inference, inside, opened, telling
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.native import NativeTracer, Told
from spanwright.semconv import names as n
from spanwright.semconv import vocabularies
from spanwright.semconv.model import (
    AgentRun,
    Content,
    HttpRequest,
    Inference,
    Message,
    Request,
    Response,
    Text,
    ToolRun,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel.telemetry import Telemetry

BOTH = "openinference,openllmetry"
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
KIND, TYPE, INPUT = "openinference.span.kind", "llm.request.type", "input.value"
priced = pytest.mark.skipif(find_spec("genai_prices") is None, reason="genai-prices is not installed")


def gpt(provider: str = "openai", model: str = "gpt-4o-mini", **usage: Any) -> Inference:
    """Return a subject that ended with these counts."""
    counts = {"input": 1000, "output": 100, **usage}
    return Inference("chat", provider, Request(model=model), Response(usage=Usage(**counts)))


# --- vocabularies ----------------------------------------------------------------------------------------------------


def test_nothing_is_written_that_nobody_asked_for(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry).finish(ANSWER)
    assert telemetry.extras is None
    assert [key for key in recorder.attributes() if not key.startswith("gen_ai.")] == []


@pytest.mark.parametrize(("asked_for", "kinds"), [("openinference", [KIND]), ("openllmetry", [TYPE])])
def test_a_vocabulary_is_written_when_it_is_asked_for(asked_for: str, kinds: list[str]) -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_DIALECTS=asked_for)).finish(ANSWER)
        assert [key for key in (KIND, TYPE) if key in recorder.attributes()] == kinds


def test_the_words_of_the_conventions_stay_beside_all_others() -> None:
    with recording() as recorder:
        opened(telling(recorder)).finish(ANSWER)
        alone = recorder.attributes()
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_DIALECTS=BOTH)).finish(ANSWER)
        together = recorder.attributes()
    assert {key: together[key] for key in alone} == alone
    assert together[KIND] == "LLM"
    assert together[TYPE] == "chat"


def test_success_leaves_the_status_unset_whatever_openinference_says() -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_DIALECTS=BOTH)).finish(ANSWER)
        assert recorder.one().status.status_code is StatusCode.UNSET


def test_an_http_request_has_no_kind() -> None:
    request = HttpRequest(
        "GET", "https://a.example/", address="a.example", port=443, status_code=200, protocol_version="2"
    )
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_DIALECTS=BOTH), request).finish()
        assert [key for key in recorder.attributes() if "kind" in key or key == TYPE] == []


@pytest.mark.parametrize(
    ("mode", "shown"),
    [("NO_CONTENT", False), ("SPAN_ONLY", True), ("EVENT_ONLY", False), ("SPAN_AND_EVENT", True)],
)
def test_content_is_on_a_span_in_no_words_unless_it_is_in_ours(mode: str, shown: bool) -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_DIALECTS=BOTH, **{CAPTURE: mode})
        opened(telemetry, content=asked).finish(ANSWER)
        assert (recorder.attributes().get(INPUT) == "a question") == shown
        assert ("a question" in recorder.one().to_json()) == shown


def test_content_is_cut_in_all_words_alike() -> None:
    with recording() as recorder:
        telemetry = telling(
            recorder, SPANWRIGHT_DIALECTS=BOTH, SPANWRIGHT_CONTENT_LIMIT="300", **{CAPTURE: "true"}
        )
        opened(telemetry).finish({**ANSWER, "text": "long " * 1000})
        attributes = recorder.attributes()
        assert max(len(value) for value in attributes.values() if isinstance(value, str)) <= 300
        assert attributes["output.value"] in attributes[n.GEN_AI_OUTPUT_MESSAGES]


def test_what_an_inner_layer_knows_is_told_in_all_words() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_DIALECTS=BOTH)
        outer = opened(telemetry)
        opened(telemetry, **inside(outer)).finish({**ANSWER, "model": "m1-dated"})
        outer.finish()
        attributes = recorder.attributes()
        assert attributes["llm.response.model_name"] == "m1-dated"
        assert attributes["llm.token_count.total"] == attributes["gen_ai.usage.total_tokens"] == 8


def test_what_a_library_traces_itself_is_told_in_all_words() -> None:
    def read(said: Told) -> ToolRun:
        return ToolRun(name=said.attributes["tool"])

    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_DIALECTS=BOTH, **{CAPTURE: "true"})
        tracer = NativeTracer(telemetry, read, lambda said: Content(arguments=said.attributes["given"]))
        tracer.start_span("native", attributes={"tool": "look", "given": "a cat"}).end()
        assert recorder.attributes() == {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "look",
            "gen_ai.tool.call.arguments": "a cat",
            "openinference.span.kind": "TOOL",
            "tool.name": "look",
            "tool.parameters": "a cat",
            "input.value": "a cat",
            "input.mime_type": "text/plain",
            "traceloop.span.kind": "tool",
            "traceloop.entity.name": "look",
            "traceloop.entity.input": "a cat",
        }


def test_what_the_application_wrote_itself_stays() -> None:
    with recording() as recorder:
        operation = opened(
            telling(recorder, SPANWRIGHT_DIALECTS="openinference"), inference(conversation_id="ours")
        )
        operation.span.set_attribute("session.id", "theirs")
        operation.finish(ANSWER)
        assert recorder.attributes()["session.id"] == "theirs"


@pytest.mark.parametrize("limit", [20, 40, 128])
def test_a_long_conversation_takes_no_attribute_from_the_conventions(limit: int) -> None:
    talk = Content(input=[Message("user", [Text(f"message {number}")]) for number in range(500)])
    with recording(span_limits=SpanLimits(max_span_attributes=limit)) as recorder:
        telemetry = telling(recorder, SPANWRIGHT_DIALECTS=BOTH, **{CAPTURE: "true"})
        opened(telemetry, content=lambda: talk).finish(ANSWER)
        (span,) = recorder.spans
        assert span.dropped_attributes == 0
        assert span.attributes[n.GEN_AI_USAGE_OUTPUT_TOKENS] == 5
        assert span.attributes[KIND] == "LLM"
        assert len(span.attributes) == limit


def test_an_unlimited_span_has_every_message() -> None:
    talk = Content(input=[Message("user", [Text("hi")]) for _ in range(500)])
    with recording(span_limits=SpanLimits(max_span_attributes=SpanLimits.UNSET)) as recorder:
        telemetry = telling(recorder, SPANWRIGHT_DIALECTS="openinference", **{CAPTURE: "true"})
        opened(telemetry, content=lambda: talk).finish(ANSWER)
        assert recorder.attributes()["llm.input_messages.499.message.content"] == "hi"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("OpenInference , openllmetry,openinference", ("openinference", "openllmetry")),
        ("openinference,langfuse", ("openinference",)),
        ("langfuse", ()),
        ("", ()),
    ],
)
def test_the_known_ones_of_those_asked_for_are_written(value: str, found: tuple[str, ...]) -> None:
    assert settings.load({"SPANWRIGHT_DIALECTS": value}).dialects == found


def test_a_wrong_name_is_one_warning_that_names_the_allowed(told: Callable[[], list[str]]) -> None:
    settings.load({"SPANWRIGHT_DIALECTS": "openinference,langfuse"})
    (warning,) = told()
    assert "SPANWRIGHT_DIALECTS='openinference,langfuse'" in warning
    assert "(openinference, openllmetry); openinference is used" in warning


@pytest.mark.parametrize("name", settings.VOCABULARIES)
def test_every_allowed_name_is_a_vocabulary(name: str) -> None:
    assert vocabularies.load(name).attributes(inference(), {}, None, 9) != {}


LOADED = """
import sys
from spanwright.instrumentors._kernel.telemetry import Telemetry
Telemetry("tests", "1")
wanted = ("genai_prices.data", "spanwright.semconv.vocabularies.openinference", "spanwright.semconv.vocabularies.openllmetry")
print([name.rpartition(".")[2] for name in wanted if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("environ", "loaded"),
    [
        ({}, []),
        ({"SPANWRIGHT_DIALECTS": "openllmetry"}, ["openllmetry"]),
        ({"SPANWRIGHT_DIALECTS": BOTH}, ["openinference", "openllmetry"]),
        pytest.param({"SPANWRIGHT_COST": "true"}, ["data"], marks=priced),
    ],
    ids=["nothing", "one", "both", "cost"],
)
def test_nothing_is_loaded_that_nobody_asked_for(environ: dict[str, str], loaded: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == repr(loaded)


# --- cost ------------------------------------------------------------------------------------------------------------


@priced
def test_a_call_has_its_price_on_the_span_and_in_the_metric() -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_COST="true"), gpt()).finish()
        assert recorder.attributes()[n.SPANWRIGHT_COST] == pytest.approx(0.00021)
        (point,) = recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST)
        assert point.sum == pytest.approx(0.00021)
        assert point.labels == {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
        }


@priced
def test_openinference_has_the_price_in_its_words() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_COST="true", SPANWRIGHT_DIALECTS="openinference")
        opened(telemetry, gpt()).finish()
        attributes = recorder.attributes()
        found = [attributes[f"llm.cost.{name}"] for name in ("prompt", "completion", "total")]
        assert found == pytest.approx([0.00015, 0.00006, 0.00021])


@priced
def test_an_unknown_model_has_no_price() -> None:
    with recording() as recorder:
        opened(telling(recorder, SPANWRIGHT_COST="true"), gpt(model="home-made-1")).finish()
        assert n.SPANWRIGHT_COST not in recorder.attributes()
        assert recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST) == []


@priced
def test_layers_of_one_call_are_priced_once() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_COST="true")
        outer = opened(telemetry, Inference("chat", "openai", Request(model="gpt-4o-mini")))
        opened(telemetry, gpt(), **inside(outer)).finish()
        outer.finish()
        assert recorder.attributes()[n.SPANWRIGHT_COST] == pytest.approx(0.00021)
        (point,) = recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST)
        assert point.sum == pytest.approx(0.00021)


@priced
def test_a_retry_that_the_provider_charges_for_is_in_the_price_of_its_call() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_COST="true")
        outer = opened(telemetry, Inference("chat", "openai", Request(model="gpt-4o-mini")))
        for _ in range(2):
            opened(telemetry, gpt(), **inside(outer)).finish()
        outer.finish()
        assert recorder.attributes()[n.SPANWRIGHT_COST] == pytest.approx(0.00042)


@priced
def test_an_agent_has_no_price_since_its_calls_have_theirs() -> None:
    with recording() as recorder:
        telemetry = telling(recorder, SPANWRIGHT_COST="true")
        agent = opened(telemetry, AgentRun(name="a", response=Response(usage=Usage(3000, 300))))
        for _ in range(3):
            opened(telemetry, gpt(), **inside(agent)).finish()
        agent.finish()
        costs = [span.attributes.get(n.SPANWRIGHT_COST) for span in recorder.spans]
        assert costs == [None, *[pytest.approx(0.00021)] * 3]
        (point,) = recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST)
        assert point.sum == pytest.approx(0.00063)


@priced
def test_a_call_that_is_not_sampled_is_counted() -> None:
    with recording(sampler=ALWAYS_OFF) as recorder:
        opened(telling(recorder, SPANWRIGHT_COST="true"), gpt()).finish()
        assert recorder.spans == []
        (point,) = recorder.points(n.METRIC_SPANWRIGHT_CLIENT_COST)
        assert point.sum == pytest.approx(0.00021)


MISSING = """
import logging, sys
sys.modules["genai_prices"] = None
logging.basicConfig(stream=sys.stdout, format="%(message)s")
from spanwright.instrumentors._kernel.telemetry import Telemetry
Telemetry("tests", "1"), Telemetry("tests", "2")
"""


def test_without_the_package_one_warning_tells_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MISSING],
        env={"SPANWRIGHT_COST": "true", "SPANWRIGHT_DIALECTS": "openinference"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("pip install 'spanwright[cost]'") == 1
    assert done.stderr == ""
