# SPDX-License-Identifier: Apache-2.0
"""What the environment asks for is done, and whatever is wrong with it hides more."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import SpanKind

from kernel.fake import ANSWER, opened, telling
from privacy.conftest import CAPTURE
from spanwright.instrumentors._kernel import guard as guards
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.native import NativeTracer
from spanwright.instrumentors._kernel.settings import load
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun, Content, Message, Text, Tool, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness import Recorder

ALL = {CAPTURE: "SPAN_AND_EVENT"}
TEXT = "me@example.com has password=hunter2"


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_seen", set())


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that returns the warnings."""
    return lambda: [record.getMessage() for record in caplog.records if record.name == "spanwright"]


@pytest.fixture
def redactor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return a function that installs a distribution with an entry point `mine`, whose code it is given."""

    def install(code: str) -> str:
        (tmp_path / "their_redactor.py").write_text(code)
        info = tmp_path / "their_redactor-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-redactor\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[spanwright_redactor]\nmine = their_redactor:redact\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "their_redactor", raising=False)
        return "mine"

    return install


def passed(environ: dict[str, str], text: str = TEXT) -> str:
    policy = load({**ALL, **environ}).policy
    assert policy is not None
    return policy.text(text)


@pytest.mark.parametrize("environ", [{}, {settings.REDACT: " "}, {settings.REDACT: "none"}])
def test_without_rules_there_is_no_policy(environ: dict[str, str]) -> None:
    assert load(environ).policy is None


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("pii", "[redacted:email] has password=hunter2"),
        ("secrets", "me@example.com has password=[redacted:secret_field]"),
        (" Secrets, PII ", "[redacted:email] has password=[redacted:secret_field]"),
    ],
)
def test_classes_are_chosen_by_name(names: str, shown: str) -> None:
    assert passed({settings.REDACT: names}) == shown


def test_an_unknown_class_is_one_warning_and_means_all(told: Callable[[], list[str]]) -> None:
    assert passed({settings.REDACT: "secret"}) == "[redacted:email] has password=[redacted:secret_field]"
    (message,) = told()
    assert [
        word for word in (settings.REDACT, "'secret'", "secrets, pii, media") if word not in message
    ] == []


# --- patterns


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ('["ACME-[0-9]+", "nothing"]', "[redacted:pattern_1]"),
        ('{"order": "ACME-[0-9]+"}', "[redacted:order]"),
    ],
)
def test_patterns_are_json_in_the_variable_or_in_a_file(form: str, shown: str, tmp_path: Path) -> None:
    file = tmp_path / "patterns.json"
    file.write_text(form)
    for given in (form, str(file)):
        assert passed({settings.REDACT_PATTERNS: given}, "of ACME-123 now") == f"of {shown} now"


def test_a_file_has_a_pattern_a_line(tmp_path: Path) -> None:
    file = tmp_path / "patterns.txt"
    file.write_text("# ours\n\n[A-Z]{4}-[0-9]+\n(?i)gold(en)? gate\n")
    shown = passed({settings.REDACT_PATTERNS: str(file)}, "ACME-123 at the Golden Gate")
    assert shown == "[redacted:pattern_1] at the [redacted:pattern_2]"


@pytest.mark.parametrize("given", ['["("]', '["a", 1]', '{"a": ""}', "[", "{}x", "/no/such/file", "\x00"])
def test_a_pattern_that_is_none_is_one_warning_and_no_content(
    given: str, told: Callable[[], list[str]]
) -> None:
    found = load({**ALL, settings.REDACT_PATTERNS: given})
    assert (found.content, len(told())) == (False, 1)
    assert settings.REDACT_PATTERNS in told()[0]
    assert found.policy is not None
    assert found.policy.text("a text") == "[redacted:withheld]"
    assert found.policy.fact("a-name") == "a-name"


def test_a_pattern_that_matches_nothing_marks_nothing() -> None:
    assert passed({settings.REDACT_PATTERNS: '["x*"]'}, "axxb") == "a[redacted:pattern_1]b"


# --- callables


def test_a_callable_has_the_last_word(redactor: Callable[[str], str]) -> None:
    name = redactor("def redact(text): return text.replace('[redacted:email]', 'somebody')")
    environ = {settings.REDACT: "pii", settings.REDACTORS: name}
    assert passed(environ, "me@example.com") == "somebody"


@pytest.mark.parametrize(
    "code",
    [
        "def redact(text): raise ValueError(text)",
        "def redact(text): raise SystemExit(1)",
        "def redact(text): return 1",
        "raise ImportError('no model')",
        "",
    ],
)
def test_a_callable_that_fails_withholds_what_it_was_given_and_warns_once(
    code: str, redactor: Callable[[str], str], told: Callable[[], list[str]]
) -> None:
    environ = {settings.REDACTORS: redactor(code)}
    policy = load({**ALL, **environ}).policy
    assert policy is not None
    assert (policy.text("a secret"), policy.value({"a": "b"})) == (
        "[redacted:mine]",
        {"a": "[redacted:mine]"},
    )
    warnings = [message for message in told() if "mine" in message]
    assert len(warnings) == 1
    assert "a secret" not in warnings[0]


def test_a_callable_that_is_not_there_withholds_all(told: Callable[[], list[str]]) -> None:
    assert passed({settings.REDACTORS: "nobody"}) == "[redacted:nobody]"
    assert len(told()) == 1


def test_a_callable_may_withhold_a_text_without_a_word(
    redactor: Callable[[str], str], told: Callable[[], list[str]]
) -> None:
    assert passed({settings.REDACTORS: redactor("def redact(text): return None")}) == "[redacted:mine]"
    assert told() == []


def test_what_a_callable_asks_is_not_traced(redactor: Callable[[str], str]) -> None:
    code = (
        "from opentelemetry.instrumentation.utils import is_instrumentation_enabled\n"
        "def redact(text): return f'traced: {is_instrumentation_enabled()}'"
    )
    assert passed({settings.REDACTORS: redactor(code)}) == "traced: False"


def test_the_caller_never_sees_a_callable_fail(recorder: Recorder, redactor: Callable[[str], str]) -> None:
    name = redactor("def redact(text): raise ValueError(text)")
    telemetry = telling(recorder, **ALL, SPANWRIGHT_REDACTORS=name)
    opened(telemetry, content=lambda: Content(input=[Message("user", [Text("a question")])])).finish(ANSWER)
    assert "a question" not in recorder.everything()
    assert json.loads(recorder.attributes()[n.GEN_AI_INPUT_MESSAGES]) == [
        {"role": "user", "parts": [{"type": "text", "content": "[redacted:mine]"}]}
    ]


# --- where it is applied


def test_a_secret_across_the_cut_is_found(recorder: Recorder, secret: str) -> None:
    telemetry = telling(recorder, **ALL, SPANWRIGHT_REDACT="secrets", SPANWRIGHT_CONTENT_LIMIT="256")
    for shift in range(0, 400, 7):
        text = f"{'x' * shift} {secret} {'y' * (400 - shift)}"
        opened(telemetry, ToolRun(name="t", content=Content(arguments=text, result={"text": text}))).finish()
    pieces = [secret[place : place + 10] for place in range(len(secret) - 9)]
    found = recorder.everything()
    assert [piece for piece in pieces if piece in found] == []


def test_descriptions_and_names_pass(recorder: Recorder, secret: str) -> None:
    telemetry = telling(recorder, SPANWRIGHT_REDACT="secrets")
    agent = opened(telemetry, AgentRun(name=f"a {secret}", description=f"uses {secret}"))
    opened(telemetry, ToolRun(name=f"t {secret}", description=secret), context=agent.context).finish()
    agent.finish()
    assert secret not in recorder.everything()
    assert recorder.attributes("invoke_agent")[n.GEN_AI_AGENT_DESCRIPTION] == "uses [redacted:api_key]"


def test_descriptions_pass_a_callable_and_names_do_not(
    recorder: Recorder, redactor: Callable[[str], str]
) -> None:
    telemetry = telling(recorder, SPANWRIGHT_REDACTORS=redactor("def redact(text): return text.upper()"))
    opened(telemetry, AgentRun(name="planner", description="plans")).finish()
    found = recorder.attributes()
    assert (found[n.GEN_AI_AGENT_NAME], found[n.GEN_AI_AGENT_DESCRIPTION]) == ("planner", "PLANS")


def test_a_status_says_no_secret(recorder: Recorder, secret: str) -> None:
    telemetry = telling(recorder, **ALL, SPANWRIGHT_REDACT="secrets")
    opened(telemetry).fail(ValueError(f"{'x' * 600} {secret} {'y' * 600}"))
    opened(telemetry).refuse(secret)
    assert secret[:12] not in recorder.everything()
    assert secret[-12:] not in recorder.everything()


def test_what_a_framework_says_of_its_own_spans_passes(recorder: Recorder, secret: str) -> None:
    def read(found: Any) -> AgentRun:
        return AgentRun(name=found.attributes.get("name", "planner"), description=found.attributes.get("is"))

    def content(found: Any) -> Content:
        return Content(input=[Message("user", [Text(found.attributes["asked"])])], tools=[Tool(secret)])

    telemetry = telling(recorder, **ALL, SPANWRIGHT_REDACT="secrets")
    tracer = NativeTracer(telemetry, read, content)
    with pytest.raises(ValueError, match=secret):
        _run(tracer, secret)
    assert secret not in recorder.everything()
    assert "[redacted:api_key]" in recorder.attributes()[n.GEN_AI_INPUT_MESSAGES]
    assert recorder.one().name == "invoke_agent agent [redacted:api_key]"


def _run(tracer: NativeTracer, secret: str) -> None:
    with tracer.start_as_current_span("run", kind=SpanKind.INTERNAL) as span:
        span.set_attributes({"name": f"agent {secret}", "is": secret, "asked": f"What is {secret}?"})
        raise ValueError(secret)
