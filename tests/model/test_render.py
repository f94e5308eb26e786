# SPDX-License-Identifier: Apache-2.0
"""Whatever a reader knows becomes attributes and points that the conventions accept; what it does not know, nothing."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.subjects import FETCHES, INFERENCES, SUBJECTS, usages
from spanwright.semconv import model as m
from spanwright.semconv import names as n
from spanwright.semconv import points as metric
from spanwright.semconv import render
from spanwright.semconv.check import Point, Span, check
from spanwright.semconv.metrics import METRICS

PROFILES = ("compat", "latest", "both")
KINDS = {True: "CLIENT", False: "INTERNAL"}
every_subject = pytest.mark.parametrize("subjects", SUBJECTS.values(), ids=list(SUBJECTS))


def span(subject: Any) -> Span:
    return Span(
        render.name(subject),
        "SERVER" if getattr(subject, "received", False) else KINDS[render.is_client(subject)],
        {**render.start(subject), **render.finish(subject)},
    )


def pointed(subject: Any, profile: str, error: str | None = None) -> list[Point]:
    return [
        Point(name, METRICS[name].instrument, METRICS[name].unit, labels, value, METRICS[name].buckets)
        for name, value, labels in metric.points(subject, 0.5, error, profile)
    ]


# --- spans -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subjects",
    [each for name, each in SUBJECTS.items() if name != "remote agent"],
    ids=[name for name in SUBJECTS if name != "remote agent"],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_span_is_true_to_the_conventions(subjects: Any, data: Any) -> None:
    assert check([span(data.draw(subjects))]) == []


def test_a_remote_agent_is_true_to_the_conventions() -> None:
    agent = m.AgentRun(name="a", provider="acme", remote=True, response=m.Response(id="r1", model="m1"))
    assert check([span(agent)]) == []


@every_subject
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_an_attribute_is_never_empty_and_of_a_type_that_can_be_exported(subjects: Any, data: Any) -> None:
    for value in span(data.draw(subjects)).attributes.values():
        assert value not in (None, "", [])
        for each in value if isinstance(value, list) else [value]:
            assert type(each) in {str, bool, int, float}
            assert not isinstance(each, float) or isfinite(each)


@every_subject
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_opening_is_name_kind_and_start_at_once(subjects: Any, data: Any) -> None:
    subject = data.draw(subjects)
    assert render.opening(subject) == (render.name(subject), render.is_client(subject), render.start(subject))


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (m.Inference("chat", request=m.Request(model="m1")), "chat m1"),
        (m.Inference("chat"), "chat"),
        (m.Inference("chat", request=m.Request(model="")), "chat"),
        (m.Embeddings(request=m.Request(model="e1")), "embeddings e1"),
        (m.Retrieval(data_source_id="d1"), "retrieval d1"),
        (m.FetchResponse(response_id="r1"), "fetch_response"),
        (m.AgentRun(name="planner"), "invoke_agent planner"),
        (m.WorkflowRun(), "invoke_workflow"),
        (m.ToolRun(name="search"), "execute_tool search"),
        (m.McpMessage("tools/call", tool="search"), "tools/call search"),
        (m.McpMessage("resources/read", resource_uri="file:///a"), "resources/read"),
        (m.Step("node n"), "node n"),
        (m.HttpRequest("GET", "http://127.0.0.1/"), "GET"),
        (m.HttpRequest("_OTHER", "http://127.0.0.1/", original_method="BREW"), "HTTP"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_span_is_named_by_operation_and_target(subject: Any, name: str) -> None:
    assert render.name(subject) == name


def test_a_blank_id_is_no_attribute() -> None:
    subject = m.Inference("chat", "openai", response=m.Response(id="\r", model=" "))
    assert render.finish(subject) == {}
    assert all(
        n.GEN_AI_RESPONSE_MODEL not in labels for _, _, labels in metric.points(subject, 0.5, None, "both")
    )


def test_what_is_unknown_is_no_attribute() -> None:
    assert span(m.Inference("chat")).attributes == {n.GEN_AI_OPERATION_NAME: "chat"}


@given(usages())
def test_a_sub_count_of_zero_says_nothing(used: m.Usage) -> None:
    found: dict[str, Any] = {}
    render.usage(found, used)
    assert {key for key, value in found.items() if value == 0} <= {
        n.GEN_AI_USAGE_INPUT_TOKENS,
        n.GEN_AI_USAGE_OUTPUT_TOKENS,
    }


def test_one_choice_is_the_default_and_no_attribute() -> None:
    found = [render.start(m.Inference(request=m.Request(choices=count))) for count in (1, 2)]
    assert [each.get(n.GEN_AI_REQUEST_CHOICE_COUNT) for each in found] == [None, 2]


def test_an_agent_in_this_process_says_nothing_of_a_server() -> None:
    agent = m.AgentRun(name="a", id="1", version="2", provider="acme", address="127.0.0.1", port=80)
    assert set(render.start(agent)) == {n.GEN_AI_OPERATION_NAME, n.GEN_AI_AGENT_NAME}


@given(FETCHES)
def test_fetching_a_response_counts_no_tokens(subject: m.FetchResponse) -> None:
    assert not [key for key in span(subject).attributes if "usage" in key]


# --- points ----------------------------------------------------------------------------------------------------------


@every_subject
@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_points_are_true_to_the_conventions(subjects: Any, profile: str, data: Any) -> None:
    assert (
        check(pointed(data.draw(subjects), profile, data.draw(st.sampled_from([None, "ValueError"])))) == []
    )


@every_subject
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_profile_of_both_is_both(subjects: Any, data: Any) -> None:
    subject = data.draw(subjects)
    found = {profile: {point.name for point in pointed(subject, profile)} for profile in PROFILES}
    assert found["both"] == found["compat"] | found["latest"]


@every_subject
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_label_is_no_id_and_no_text_of_a_user(subjects: Any, data: Any) -> None:
    labels = {key for point in pointed(data.draw(subjects), "both") for key in point.attributes}
    assert not [key for key in labels if key.endswith((".id", "_id", ".description", "messages"))]


@settings(max_examples=60)
@given(INFERENCES)
def test_tokens_by_modality_sum_to_the_total(subject: m.Inference) -> None:
    sums: dict[str, float] = {}
    totals: dict[str, float] = {}
    for name, value, _ in metric.points(subject, 0.5, None, "latest"):
        for kind in ("input", "output"):
            if name == f"gen_ai.client.inference.usage.{kind}_tokens":
                sums[kind] = sums.get(kind, 0) + value
            elif name == f"gen_ai.client.inference.operation.{kind}_tokens":
                totals[kind] = value
    assert sums == {kind: total for kind, total in totals.items() if total}


@settings(max_examples=60)
@given(INFERENCES, st.sampled_from(PROFILES))
def test_token_points_alone_are_those_among_all(subject: m.Inference, profile: str) -> None:
    subject.time_to_first_chunk = None
    alone = [(name, value) for name, value, _ in metric.tokens(subject, profile)]
    among = [
        (name, value)
        for name, value, _ in metric.points(subject, 0.5, None, profile)
        if "duration" not in name
    ]
    assert alone == among


@every_subject
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_only_a_duration_is_labelled_with_an_error(subjects: Any, data: Any) -> None:
    points = pointed(data.draw(subjects), "both", "ValueError")
    assert {point.name for point in points if n.ERROR_TYPE in point.attributes} == {
        point.name for point in points if point.name.endswith("duration")
    }


def test_labels_alone_are_those_of_the_duration() -> None:
    subject = m.Inference("chat", "acme", m.Request(model="m1"), address="127.0.0.1", port=80)
    assert metric.labels(subject) == metric.points(subject, 0.5, None, "compat")[0][2]


@pytest.mark.parametrize("received", [False, True])
def test_the_point_of_an_mcp_session_is_true_to_the_conventions(received: bool) -> None:
    session = m.McpMessage("initialize", received, transport="tcp", address="127.0.0.1", port=80)
    name, value, labels = metric.mcp_session(session, 0.5, "TimeoutError")
    point = Point(name, METRICS[name].instrument, METRICS[name].unit, labels, value, METRICS[name].buckets)
    assert check([point]) == []


def test_everything_can_be_written_as_json() -> None:
    subject = m.Inference(
        "chat", "acme", m.Request(model="m1", stop=["a"]), m.Response(finish_reasons=["stop"])
    )
    assert json.loads(json.dumps(span(subject).attributes)) == span(subject).attributes


def test_a_remote_agent_that_answers_tells_its_conversation_and_counts_its_tokens() -> None:
    run = m.AgentRun(
        id="a1",
        provider="acme",
        remote=True,
        response=m.Response(conversation_id="c1", usage=m.Usage(input=3, output=5)),
    )
    assert render.finish(run)["gen_ai.conversation.id"] == "c1"
    counted = [
        (labels["gen_ai.token.type"], value)
        for name, value, labels in metric.points(run, 1.0, None, metric.COMPAT)
        if name == "gen_ai.client.token.usage"
    ]
    assert counted == [("input", 3), ("output", 5)]
