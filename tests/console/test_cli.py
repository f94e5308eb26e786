# SPDX-License-Identifier: Apache-2.0
"""The command line as a person meets it: in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def spanwright(
    *arguments: str, stdin: str | None = None, without: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command; `without` names a package that this process shall not find."""
    script = f"import sys; sys.modules.update({{name: None for name in {without.split()!r}}})\n"
    script += "from spanwright.console.cli import main\nmain(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def attribute(key: str, **value: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"key": key, "value": value}


RECORDED = {
    "resourceSpans": [
        {
            "resource": {"attributes": [attribute("service.name", stringValue="shop")]},
            "scopeSpans": [
                {
                    "scope": {"name": "app"},
                    "spans": [
                        {
                            "traceId": "5b8aa5a2d2c872e8321cf37308d69df2",
                            "spanId": "051581bf3cb55c13",
                            "name": "recommend_products",
                            "kind": 1,
                            "startTimeUnixNano": "1790000000000000000",
                            "endTimeUnixNano": "1790000000250000000",
                        },
                        {
                            "traceId": "5b8aa5a2d2c872e8321cf37308d69df2",
                            "spanId": "151581bf3cb55c13",
                            "parentSpanId": "051581bf3cb55c13",
                            "name": "chat owl-mini",
                            "kind": "SPAN_KIND_CLIENT",
                            "startTimeUnixNano": "1790000000010000000",
                            "endTimeUnixNano": "1790000000240000000",
                            "attributes": [
                                attribute("gen_ai.operation.name", stringValue="chat"),
                                attribute("gen_ai.request.model", stringValue="owl-mini"),
                                attribute("gen_ai.usage.input_tokens", intValue="1200"),
                                attribute("gen_ai.usage.output_tokens", intValue=34),
                                attribute("gen_ai.response.time_to_first_chunk", doubleValue=0.12),
                                attribute(
                                    "gen_ai.response.finish_reasons",
                                    arrayValue={"values": [{"stringValue": "length"}]},
                                ),
                            ],
                        },
                        {
                            "traceId": "5b8aa5a2d2c872e8321cf37308d69df2",
                            "spanId": "251581bf3cb55c13",
                            "parentSpanId": "051581bf3cb55c13",
                            "name": "save",
                            "startTimeUnixNano": "1790000000241000000",
                            "endTimeUnixNano": "1790000000249000000",
                            "status": {"code": 2, "message": "disk full"},
                        },
                    ],
                }
            ],
        }
    ]
}


def test_help_needs_no_optional_package() -> None:
    done = spanwright("--help", without="rich opentelemetry openai")
    assert done.returncode == 0
    for command in ("demo", "check", "tree", "doctor", "list", "explain"):
        assert command in done.stdout


def test_the_version_is_the_distributions() -> None:
    assert spanwright("--version").stdout == f"spanwright {version('spanwright')}\n"


def test_without_a_command_there_is_the_list_of_them() -> None:
    done = spanwright()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: spanwright")
    assert "doctor" in done.stderr


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "spanwright.console", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, f"spanwright {version('spanwright')}\n")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_recorded_trace_is_shown_as_a_tree(tmp_path: Path, indent: int | None) -> None:
    file = tmp_path / "spans.json"
    file.write_text(json.dumps(RECORDED, indent=indent))
    done = spanwright("tree", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("  ")[0] for line in done.stdout.splitlines()[3:6]] == [
        "recommend_products",
        "├─ chat owl-mini",
        "└─ save",
    ]
    for seen in ("shop", "230 ms", "1,200", "34", "120 ms", "length", "✗ disk full"):
        assert seen in done.stdout


def test_documents_on_lines_are_read_as_one_recording() -> None:
    done = spanwright("tree", "-", stdin=f"{json.dumps(RECORDED)}\n{json.dumps(RECORDED)}\n")
    assert done.returncode == 0
    assert "recommend_products" in done.stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("{}", "no spans"),
        ("hello", "not OTLP JSON (line 1: expecting value)"),
        ("[1]", "not OTLP JSON"),
        ('{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}', "not OTLP JSON"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_one_line(text: str, reason: str) -> None:
    done = spanwright("tree", "-", stdin=text)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr


def test_a_recording_is_checked_against_the_conventions(tmp_path: Path) -> None:
    file = tmp_path / "spans.json"
    file.write_text(json.dumps(RECORDED))
    done = spanwright("check", str(file))
    assert done.returncode == 1
    assert "gen_ai.provider.name" in done.stdout
    assert "3 spans" in done.stdout


def test_of_a_folder_all_recordings_are_shown_and_none_of_an_empty_one(tmp_path: Path) -> None:
    assert spanwright("tree", str(tmp_path)).stderr == (
        f"spanwright: no traces in {tmp_path}: record some with `spanwright run`\n"
    )
    (tmp_path / "spans.jsonl").write_text(json.dumps(RECORDED))
    assert "recommend_products" in spanwright("tree", str(tmp_path)).stdout


def test_without_a_file_the_newest_recording_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".spanwright").mkdir()
    (tmp_path / ".spanwright" / "run.jsonl").write_text(json.dumps(RECORDED))
    monkeypatch.chdir(tmp_path)
    assert "recommend_products" in spanwright("tree").stdout


@pytest.mark.parametrize("command", ["tree", "check"])
def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path: Path, command: str) -> None:
    file = tmp_path / "photo.json"
    file.write_bytes(bytes(range(128, 256)) * 64)
    done = spanwright(command, str(file))
    assert done.returncode == 2
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert "codec" not in done.stdout + done.stderr


def test_a_missing_file_is_refused_in_one_line() -> None:
    done = spanwright("tree", "no-such-file.json")
    assert (done.returncode, done.stderr) == (2, "spanwright: no-such-file.json: No such file or directory\n")


def test_a_missing_package_is_named_with_the_command_that_brings_it() -> None:
    done = spanwright("tree", "-", stdin=json.dumps(RECORDED), without="rich")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'spanwright: rich is not installed: pip install "spanwright[console]"\n'


def test_the_demo_names_what_it_lacks() -> None:
    done = spanwright("demo", without="langchain langgraph")
    assert done.returncode == 2
    assert done.stderr == 'spanwright: the demo needs langchain, langgraph: pip install "spanwright[demo]"\n'


def test_the_live_demo_asks_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = spanwright("demo", "--live")
    assert done.returncode == 2
    assert "OPENAI_API_KEY" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "spans.json"
    file.write_text(json.dumps(RECORDED))
    command = [sys.executable, "-c", "from spanwright.console.cli import main; main()", "tree", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
