# SPDX-License-Identifier: Apache-2.0
"""What `spanwright doctor` finds out about an environment, in a process of its own."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from doctor.conftest import Place

LIBRARIES, PATCHED, PACKS = "Libraries", "What is patched", "Other instrumentation"
DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
# What takes long to be imported.
SLOW = "spanwright_anthropic,spanwright_google_genai,spanwright_langchain"
OTHER = "[opentelemetry_instrumentor]\nopenai = other_pack:Instrumentor\n"


def test_an_environment_without_fault_is_told_so(place: Place) -> None:
    found = place.doctor()
    assert (found.code, found.error, found.problems()) == (0, "", [])
    assert found.of(LIBRARIES, "openai")["text"] == f"openai {version('openai')}"
    assert found.of(PATCHED, "openai") == {
        "level": "ok",
        "subject": "openai",
        "text": "10 of 10 names found",
        "remedy": None,
    }


def test_no_library_is_imported_to_look_its_names_up(place: Place) -> None:
    # A copy that cannot be imported, found before the real one.
    package = place.copy("httpx")
    init = package / "__init__.py"
    init.write_text("raise SystemExit('imported')\n" + init.read_text("utf-8"))
    found = place.doctor()
    assert found.of(PATCHED, "httpx")["level"] == "ok"
    assert found.code == 0


@pytest.mark.parametrize("arguments", [(), ("--deep",)], ids=["from sources", "by import"])
def test_a_name_that_is_gone_is_a_problem(place: Place, arguments: tuple[str, ...]) -> None:
    client = place.copy("httpx") / "_client.py"
    client.write_text(client.read_text("utf-8").replace("_send_single_request", "_send_one"))
    found = place.doctor(*arguments, **{DISABLED: SLOW})
    moved = [each for each in found.findings(PATCHED) if each["subject"] == "httpx"]
    assert found.code == 1
    assert [(each["level"], each["text"].partition(" is gone")[0]) for each in moved] == [
        ("problem", "moved seam: httpx.Client._send_single_request"),
        ("problem", "moved seam: httpx.AsyncClient._send_single_request"),
    ]


def test_a_library_that_prints_and_fails_when_it_is_imported_spoils_no_report(place: Place) -> None:
    init = place.copy("httpx") / "__init__.py"
    init.write_text("print('noise')\nraise RuntimeError('broken')\n")
    found = place.doctor("--deep", **{DISABLED: SLOW})
    assert "noise" not in found.out
    assert found.of(PATCHED, "httpx")["level"] in {"warning", "note"}
    assert found.of(PATCHED, "openai")["level"] == "ok"


def test_a_library_of_which_no_name_is_there_is_a_problem(place: Place) -> None:
    place.install("mem0ai", "2.0")
    found = place.doctor()
    assert found.problems() == [(PATCHED, "mem0")]
    assert "it is not traced" in found.of(PATCHED, "mem0")["text"]


def test_a_module_that_is_gone_from_a_version_that_nobody_tested_is_a_warning(place: Place) -> None:
    (place.copy("langchain_core", "9.0") / "retrievers.py").unlink()
    found = place.doctor()
    assert found.of(PATCHED, "langchain")["level"] == "warning"
    assert "langchain_core.retrievers" in found.of(PATCHED, "langchain")["text"]


def test_a_version_that_nobody_tested_is_a_warning(place: Place) -> None:
    place.copy("httpx", "7.0")
    found = place.doctor()
    assert found.of(LIBRARIES, "httpx")["level"] == "warning"
    assert "httpx 7.0" in found.of(LIBRARIES, "httpx")["text"]
    assert found.code == 0


def test_every_other_pack_that_traces_the_same_library_is_a_problem(place: Place) -> None:
    names = [
        "openinference-instrumentation-openai",
        "opentelemetry-instrumentation-genai-openai",
        "opentelemetry-instrumentation-openai",
        "opentelemetry-instrumentation-openai-v2",
        "somebodys-own-name",
    ]
    for name in names:
        place.install(name, entry_points=OTHER)
    found = place.doctor()
    assert found.code == 1
    assert sorted(found.problems()) == [(PACKS, f"{name} 1.0") for name in names]
    for name in names:
        remedy = found.of(PACKS, f"{name} 1.0")["remedy"]
        assert remedy.startswith(f"add openai to {DISABLED} ")
        assert "spanwright_openai" in remedy


@pytest.mark.parametrize("left_out", ["spanwright_openai", "x, openai"])
def test_one_of_two_packs_that_is_disabled_does_no_harm(place: Place, left_out: str) -> None:
    place.install("opentelemetry-instrumentation-openai", entry_points=OTHER)
    assert place.doctor(**{DISABLED: left_out}).problems() == []


def test_another_pack_that_leaves_the_installed_version_out_is_a_note(place: Place) -> None:
    place.install(
        "opentelemetry-instrumentation-openai",
        entry_points=OTHER,
        requires=('openai < 1.0; extra == "instruments"',),
    )
    found = place.doctor()
    assert found.of(PACKS, "opentelemetry-instrumentation-openai 1.0")["level"] == "note"
    assert found.code == 0


def test_a_pack_for_a_library_that_is_not_installed_is_a_note(place: Place) -> None:
    entry = "[opentelemetry_instrumentor]\nbedrock = other_pack:Instrumentor\n"
    place.install("opentelemetry-instrumentation-bedrock", entry_points=entry)
    found = place.doctor()
    assert found.of(PACKS, "opentelemetry-instrumentation-bedrock 1.0")["level"] == "note"
    assert found.code == 0


def test_what_a_program_switches_on_by_itself_is_a_warning(place: Place) -> None:
    names = ["traceloop-sdk", "langfuse", "openlit", "openinference-instrumentation-langchain"]
    for name in names:
        place.install(name)
    found = place.doctor()
    assert {found.of(PACKS, f"{name} 1.0")["level"] for name in names} == {"warning"}
    assert found.code == 0


def test_instrumentation_of_other_things_is_nobodys_business(place: Place) -> None:
    entry = "[opentelemetry_instrumentor]\nflask = other_pack:Instrumentor\n"
    place.install("opentelemetry-instrumentation-flask", entry_points=entry)
    assert [each["text"] for each in place.doctor().findings(PACKS)] == [
        "none that traces the same libraries"
    ]


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_SAMPLER": "parentbased_always_off"},
        {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.0"},
        {DISABLED: "*"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "spanwright_treee"},
        {"OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
    ],
    ids=str,
)
def test_what_loses_every_span_is_one_problem(place: Place, variables: dict[str, str]) -> None:
    found = place.doctor(**variables)
    assert (found.code, len(found.problems())) == (1, 1)


def test_a_variable_that_nobody_reads_is_a_warning_with_the_nearest_name(place: Place) -> None:
    meant = {
        "SPANWRIGHT_METRIC": "did you mean SPANWRIGHT_METRICS?",
        "SPANWRIGHT_PROPOGATE_TO": "did you mean SPANWRIGHT_PROPAGATE_TO?",
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_CONTENT": "did you mean "
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?",
        "OTEL_EXPORTER_OTLP_ENDPONT": "did you mean OTEL_EXPORTER_OTLP_ENDPOINT?",
        "SPANWRIGHT_XYZ": "remove it",
    }
    found = place.doctor(**dict.fromkeys(meant, "1"))
    assert {each["subject"]: each["remedy"] for each in found.findings("Variables")} == meant
    assert {each["level"] for each in found.findings("Variables")} == {"warning"}
    assert found.code == 0


def test_a_wrong_value_is_told_once_with_those_that_are_allowed(place: Place) -> None:
    found = place.doctor(SPANWRIGHT_METRICS="newest")
    assert found.of("Variables", "SPANWRIGHT_METRICS")["level"] == "warning"
    assert "compat, latest, both" in found.of("Variables", "SPANWRIGHT_METRICS")["text"]
    assert found.error == ""


def test_a_disabled_name_that_is_misspelt_is_a_warning(place: Place) -> None:
    found = place.doctor(**{DISABLED: "spanwright_opnai"})
    assert found.of("Variables", DISABLED)["remedy"] == "did you mean spanwright_openai?"


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (None, "not captured"),
        ("SPAN_AND_EVENT", "captured in span attributes and in log events"),
    ],
)
def test_the_mode_of_content_is_told(place: Place, mode: str | None, said: str) -> None:
    found = place.doctor(
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=mode, OTEL_LOGS_EXPORTER="console"
    )
    assert found.of("Capture", "content")["text"].startswith(said)


def test_content_for_logs_that_go_nowhere_is_a_warning(place: Place) -> None:
    found = place.doctor(OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="EVENT_ONLY")
    assert found.of("Export", "logs")["level"] == "warning"


def test_where_trace_context_goes_is_told(place: Place) -> None:
    assert "*.a.test" in place.doctor(SPANWRIGHT_PROPAGATE_TO="*.A.test").of("Capture", "propagation")["text"]


def test_what_a_library_sends_its_vendor_is_told(place: Place) -> None:
    # Only its facts are asked for; nothing of it is there to be patched.
    place.install("openai-agents", "0.24.0")
    place.install("mem0ai", "2.0")
    found = place.doctor(**{DISABLED: "spanwright_mem0"})
    title = "What libraries tell by themselves"
    agents, memory = found.of(title, "openai_agents"), found.of(title, "mem0")
    assert (agents["level"], "api.openai.com" in agents["text"]) == ("warning", True)
    assert "OPENAI_AGENTS_DISABLE_TRACING" in agents["remedy"]
    assert (memory["level"], "posthog" in memory["text"]) == ("note", True)
    stopped = place.doctor(OPENAI_AGENTS_DISABLE_TRACING="1", MEM0_TELEMETRY="False")
    assert [stopped.of(title, name)["level"] for name in ("openai_agents", "mem0")] == ["ok", "ok"]


def test_a_person_reads_marks_and_remedies(place: Place) -> None:
    place.install("opentelemetry-instrumentation-openai", entry_points=OTHER)
    found = place.ask("doctor", SPANWRIGHT_METRIC="both")
    lines = [line.strip() for line in found.out.splitlines()]
    assert "→ did you mean SPANWRIGHT_METRICS?" in lines
    assert lines[-1] == "✗ 1 problem: spans would be lost or doubled; 1 warning"
    assert found.code == 1


def test_a_terminal_without_unicode_reads_it_too(place: Place) -> None:
    found = place.ask("doctor", PYTHONIOENCODING="ascii", SPANWRIGHT_METRIC="both")
    assert "-> did you mean SPANWRIGHT_METRICS?" in found.out
    assert found.out.isascii()
    assert found.code == 0


def test_the_command_of_another_environment_is_a_warning(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "bin"
    other.mkdir()
    (other / "opentelemetry-instrument").write_text("#!/bin/sh\n")
    (other / "opentelemetry-instrument").chmod(0o755)
    found = place.doctor(PATH=str(other)).of("Environment", "opentelemetry-instrument")
    assert found["level"] == "warning"
    assert str(Path(sys.executable).parent) in found["remedy"]


def test_every_library_is_listed_with_its_state(place: Place) -> None:
    listed: list[dict[str, Any]] = json.loads(place.ask("list", "--json").out)
    states = {each["library"]: each["state"] for each in listed}
    assert (states["openai"], states["crewai"]) == ("traced", "not installed")
    assert place.ask("list").out.count("\n") > len(listed)


@pytest.mark.parametrize("name", ["langchain", "langchain-core"])
def test_a_library_is_explained_by_its_table(place: Place, name: str) -> None:
    told = place.ask("explain", name, "--json").json
    states = {each["target"]: (each["optional"], each["state"]) for each in told["patches"]}
    assert told["library"] == "langchain"
    assert states["BaseChatModel.stream"] == (False, "found")
    assert states["AgentExecutor.invoke"] == (True, "absent")
    assert {each["state"] for each in told["patches"] if not each["optional"]} == {"found"}


def test_reading_sources_and_importing_come_to_the_same(place: Place) -> None:
    tables = [
        place.ask("explain", name, "--json", *deep).json["patches"]
        for name in ("openai", "httpx")
        for deep in ((), ("--deep",))
    ]
    assert tables[0] == tables[1]
    assert tables[2] == tables[3]


def test_a_library_that_is_not_installed_is_explained_as_far_as_possible(place: Place) -> None:
    found = place.ask("explain", "mcp")
    assert found.code == 0
    assert "it depends on the installed version" in found.out


def test_what_is_said_of_a_library_flows_as_wide_as_the_terminal(place: Place) -> None:
    lines = [line.rstrip() for line in place.ask("explain", "httpx").out.splitlines()]
    assert (
        any(line.endswith("one place that sees each attempt of each client once, from") for line in lines)
        is False
    )
    assert any("sees each attempt" in line for line in lines)


def test_a_library_that_is_unknown_is_refused_with_the_nearest(place: Place) -> None:
    found = place.ask("explain", "opnai")
    assert (found.code, found.out) == (2, "")
    assert "did you mean openai" in found.error
