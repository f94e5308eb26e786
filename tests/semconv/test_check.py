# SPDX-License-Identifier: Apache-2.0
"""Every rule of the conformance oracle has an example that obeys it and one that breaks it."""

from __future__ import annotations

import pytest

from semconv import cases_content, cases_keys, cases_signals, cases_spans, cases_trees
from semconv.forms import Case, chat, request, rules
from spanwright.semconv.check import RULES, Item, Point, Record, Span, check, judged

CASES = cases_keys.CASES + cases_spans.CASES + cases_content.CASES + cases_signals.CASES
TREES = cases_trees.CASES


def titles(cases: list[Case]) -> list[str]:
    """The rules as names of tests."""
    return [rule for rule, _, _ in cases]


@pytest.mark.parametrize(("rule", "good", "_bad"), CASES, ids=titles(CASES))
def test_what_obeys_a_rule_breaks_no_rule(rule: str, good: list[Item], _bad: list[Item]) -> None:
    assert [check([item]) for item in good] == [[] for _ in good], rule


@pytest.mark.parametrize(("rule", "_good", "bad"), CASES, ids=titles(CASES))
def test_what_breaks_a_rule_is_found(rule: str, _good: list[Item], bad: list[Item]) -> None:
    assert [item for item in bad if rule not in rules(item)] == []


@pytest.mark.parametrize(("rule", "good", "bad"), TREES, ids=titles(TREES))
def test_a_rule_for_trees_tells_good_trees_from_bad_ones(
    rule: str,
    good: list[Item],
    bad: list[Item],
) -> None:
    assert rules(*good, complete=True) == set()
    assert rules(*bad, complete=True) == {rule}


def test_every_rule_has_examples() -> None:
    assert {rule for rule, _, _ in CASES + TREES} == set(RULES)


def test_every_rule_says_how_to_obey_it() -> None:
    assert [rule for rule, advice in RULES.items() if not advice.endswith(".")] == []


def test_a_missing_parent_is_no_finding_when_the_spans_are_not_said_to_be_complete() -> None:
    assert rules(chat(span_id="2", parent_id="1")) == set()


def test_parents_that_form_a_ring_do_not_hang_the_oracle() -> None:
    first = chat(span_id="1", parent_id="2")
    second = Span("mine", span_id="2", parent_id="1")
    assert rules(first, second) == set()


def test_spans_of_the_application_are_not_judged() -> None:
    spans = [
        Span("GET /", "SERVER", {"http.request.method": "GET", "url.full": "x", "error.type": "500"}, "OK"),
        Span("", "CONSUMER", {"db.system": "", "error.type": ""}, "OK"),
        Span("GET", "CLIENT", {"http.method": "GET", "http.url": "https://a:b@c"}, "OK"),
    ]
    assert check(spans) == []


def test_a_finding_reads_as_a_sentence() -> None:
    [finding] = check([chat({"gen_ai.response.id": ""}, trace_id="t1", span_id="s1")])
    assert str(finding) == (
        "placeholder-value: span 'chat gpt-5' (trace t1, span s1): gen_ai.response.id is empty"
    )


def test_an_http_span_is_judged_also_when_the_application_stamps_a_key_of_ours_on_it() -> None:
    stamped = {"gen_ai.conversation.id": "c1", "server.port": "443"}
    assert [finding.rule for finding in check([request(stamped, status="OK")])] == ["wrong-type", "status-ok"]


def test_only_what_the_conventions_speak_of_is_judged() -> None:
    assert [
        judged(item) for item in (chat(), Span("mine"), Point("mine", "counter", "1"), Record("mine"))
    ] == [
        True,
        False,
        False,
        False,
    ]
    assert rules(chat()) == set()
