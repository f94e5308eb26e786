# SPDX-License-Identifier: Apache-2.0
"""Each variable is read, and a wrong value costs one warning and means the safe default."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGS = [settings.CHUNK_METRICS, settings.LANGCHAIN_VERBOSE, settings.STRICT]
CHOSEN = [settings.CONTENT, settings.METRICS, settings.CONTENT_LIMIT, *FLAGS]
CONTENT_MODES = {
    "NO_CONTENT": (False, False),
    "SPAN_ONLY": (True, False),
    "EVENT_ONLY": (False, True),
    "SPAN_AND_EVENT": (True, True),
    "true": (True, False),
    "false": (False, False),
}


def test_without_variables_nothing_sensitive_is_captured() -> None:
    assert load({}) == Settings()
    assert not Settings().content


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, lambda mode: f"  {mode} "])
@pytest.mark.parametrize("mode", CONTENT_MODES)
def test_a_content_mode_is_read_in_any_case(mode: str, spell: Callable[[str], str]) -> None:
    found = load({settings.CONTENT: spell(mode)})
    assert (found.content_on_spans, found.content_on_events) == CONTENT_MODES[mode]


@pytest.mark.parametrize("profile", ["compat", "latest", "both"])
def test_a_metric_profile_is_read(profile: str) -> None:
    assert load({settings.METRICS: profile.upper()}).metrics == profile


@pytest.mark.parametrize(
    ("word", "meant"), [("1", True), ("YES", True), ("On", True), ("0", False), ("off", False)]
)
@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_read(name: str, word: str, meant: bool) -> None:
    plain = load({})
    changed = [
        f.name for f in fields(Settings) if getattr(load({name: word}), f.name) != getattr(plain, f.name)
    ]
    assert len(changed) == meant


@pytest.mark.parametrize("name", CHOSEN)
def test_a_wrong_value_means_the_default(name: str) -> None:
    assert load({name: "maybe"}) == Settings()


@pytest.mark.parametrize("name", CHOSEN)
def test_a_wrong_value_is_one_warning_with_name_value_choices_and_default(
    name: str, told: Callable[[], list[str]]
) -> None:
    load({name: "maybe"})
    (message,) = told()
    default = {settings.CONTENT: "NO_CONTENT", settings.METRICS: "compat"}.get(name, "false")
    default = str(settings.DEFAULT_LIMIT) if name == settings.CONTENT_LIMIT else default
    assert message.startswith(f"{name}='maybe' is none of the allowed values (")
    assert f"; {default} is used" in message


@pytest.mark.parametrize("name", CHOSEN)
def test_an_empty_value_is_no_value(name: str, told: Callable[[], list[str]]) -> None:
    assert (load({name: " "}), told()) == (Settings(), [])


@pytest.mark.parametrize("value", ["-1", "1.5", "255", "lots", "9" * 5000])
def test_a_budget_that_is_no_whole_number_of_some_size_is_refused(
    value: str, told: Callable[[], list[str]]
) -> None:
    assert load({settings.CONTENT_LIMIT: value}).content_limit == settings.DEFAULT_LIMIT
    assert len(told()) == 1


def test_a_budget_is_read() -> None:
    assert load({settings.CONTENT_LIMIT: "256"}).content_limit == 256


@pytest.mark.parametrize(
    "name", ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]
)
def test_a_limit_of_the_sdk_lowers_the_budget_so_that_it_does_not_cut_our_json(name: str) -> None:
    assert load({name: "1000"}).content_limit == 1000


def test_the_limit_of_spans_goes_before_the_general_one() -> None:
    limits = {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "2000", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "1000"}
    assert load(limits).content_limit == 2000


@pytest.mark.parametrize("value", ["", "none", "-5", "999999999999"])
def test_a_limit_of_the_sdk_never_raises_the_budget(value: str) -> None:
    assert load({"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": value}).content_limit == settings.DEFAULT_LIMIT


def test_host_patterns_are_read_as_a_list() -> None:
    found = load({settings.PROPAGATE_TO: " *.Example.com, ,localhost", settings.EXCLUDED_HOSTS: "a,b"})
    assert (found.propagate_to, found.excluded_hosts) == (("*.example.com", "localhost"), ("a", "b"))


def test_an_empty_list_of_hosts_to_propagate_to_is_not_the_default_rule() -> None:
    assert (load({settings.PROPAGATE_TO: ""}).propagate_to, load({}).propagate_to) == ((), None)


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settings.reload({settings.METRICS: "latest"})
    monkeypatch.setenv(settings.METRICS, "both")
    assert settings.current() is first
    settings.reload()


def test_a_log_handler_that_raises_does_not_break_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("logging.Logger.handle", fail)
    assert load({settings.METRICS: "maybe"}) == Settings()


@given(st.dictionaries(st.sampled_from(CHOSEN), st.text()))
def test_whatever_is_in_the_environment_is_read(environ: dict[str, str]) -> None:
    assert load(environ).content_limit >= 2
