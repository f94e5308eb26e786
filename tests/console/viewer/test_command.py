# SPDX-License-Identifier: Apache-2.0
"""The command as it is typed, and the file it writes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from console.viewer import recording, scenes
from spanwright.console.viewer.source import Choice, Tail

SPAN = recording.span(1, "only")


def spanwright(*arguments: str, cwd: Path, stdin: str = "", **added: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spanwright.console", *arguments]
    command[1:3] = ["-c", "from spanwright.console.cli import main; main()"]
    return subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **added},
    )


def names(documents: Any) -> list[str]:
    spans = [document["resourceSpans"][0]["scopeSpans"][0]["spans"] for document in documents]
    return [span["name"] for each in spans for span in each]


def test_without_a_word_it_shows_the_newest_recording(tmp_path: Path) -> None:
    folder = tmp_path / ".spanwright"
    folder.mkdir()
    old = recording.write(folder / "1.jsonl", [recording.span(1, "the old one")])
    os.utime(old, (1, 1))
    recording.write(folder / "2.jsonl", [recording.span(1, "the new one")])
    done = spanwright("view", "--no-open", "--output", "page.html", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "page.html\n", "")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert "the new one" in text
    assert "the old one" not in text


def test_a_file_after_the_option_to_serve_is_no_port(tmp_path: Path) -> None:
    done = spanwright("view", "--serve", "nowhere.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "spanwright: nowhere.jsonl: no such file or folder\n")
    done = spanwright("view", "--serve", "first", "second.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "spanwright: first is no port\n")


def test_of_a_folder_it_shows_all_recordings(tmp_path: Path) -> None:
    for name in ("one", "two"):
        recording.write(tmp_path / f"{name}.jsonl", [recording.span(1, name)])
    (tmp_path / "notes.txt").write_text("no recording")
    assert sorted(names(Choice(tmp_path).documents())) == ["one", "two"]


def test_standard_input_can_be_read(tmp_path: Path) -> None:
    done = spanwright(
        "view", "-", "--no-open", "--output", "page.html", cwd=tmp_path, stdin=recording.line([SPAN])
    )
    assert done.returncode == 0
    assert '"only"' in (tmp_path / "page.html").read_text("utf-8")


def test_a_temporary_page_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    source = recording.write(tmp_path / "run.jsonl", [SPAN])
    done = spanwright("view", str(source), "--no-open", cwd=tmp_path, TMPDIR=str(tmp_path))
    written = Path(done.stdout.strip())
    assert written.parent == tmp_path
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_the_browser_is_asked_to_open_the_page(tmp_path: Path) -> None:
    source = recording.write(tmp_path / "run.jsonl", [SPAN])
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > opened\n')
    browser.chmod(0o755)
    spanwright("view", str(source), "--output", "page.html", cwd=tmp_path, BROWSER=f"{browser} %s")
    assert (tmp_path / "opened").read_text().strip() == (tmp_path / "page.html").as_uri()


@pytest.mark.parametrize(
    ("arguments", "content", "answer"),
    [
        (["missing.jsonl"], None, "spanwright: missing.jsonl: no such file or folder"),
        ([], None, "spanwright: no traces in .spanwright: record some with `spanwright run`"),
        (["run.jsonl"], "", "spanwright: run.jsonl: no spans in it"),
        (["run.jsonl"], "%PDF", "spanwright: run.jsonl: no spans in it that can be read"),
        (
            ["run.jsonl"],
            '{"resourceSpans": [{"scopeSpans": 7}]}',
            "spanwright: run.jsonl: no spans in it that can be read",
        ),
        (
            ["run.jsonl", "--output", "no/folder"],
            recording.line([SPAN]),
            "spanwright: no/folder: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_line(
    tmp_path: Path, arguments: list[str], content: str | None, answer: str
) -> None:
    if content is not None:
        (tmp_path / "run.jsonl").write_text(content)
    done = spanwright("view", "--no-open", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{answer}\n")


def test_lines_that_cannot_be_read_are_counted_and_the_others_shown(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(
        recording.line([SPAN]) + "torn\n[7]\n" + recording.line([recording.span(2, "more")])
    )
    spanwright("view", "run.jsonl", "--no-open", "--output", "page.html", cwd=tmp_path)
    text = (tmp_path / "page.html").read_text("utf-8")
    assert '"unreadable":2' in text
    assert '"more"' in text


def test_the_page_of_ten_thousand_spans_asks_for_nothing_outside(tmp_path: Path) -> None:
    source = recording.write(tmp_path / "run.jsonl", scenes.crowd(10_000))
    spanwright("view", str(source), "--no-open", "--output", "page.html", cwd=tmp_path)
    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.count('"type":"span"') == 10_000
    assert "default-src &#x27;none&#x27;" in text
    assert "connect-src &#x27;none&#x27;" in text


def test_help_answers_without_loading_the_viewer(tmp_path: Path) -> None:
    script = "import sys; from spanwright.console.cli import _parser; _parser(); print('opentelemetry.sdk' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout == "False\n"


def test_a_growing_file_is_read_from_where_it_was_left(tmp_path: Path) -> None:
    path = recording.write(tmp_path / "run.jsonl", [recording.span(1, "first")])
    tail = Tail(path)
    assert names(tail.documents()) == ["first"]
    assert names(tail.documents()) == []
    with path.open("a") as file:
        file.write(recording.line([recording.span(2, "second")]))
    assert names(tail.documents()) == ["second"]


def test_a_line_that_is_half_written_waits_for_its_other_half(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    whole = recording.line([recording.span(1, "first")])
    path.write_text(whole[:90])
    tail = Tail(path)
    assert names(tail.documents()) == []
    path.write_text(whole)
    assert names(tail.documents()) == ["first"]


def test_a_last_line_without_an_end_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(recording.line([recording.span(1, "first")]).strip())
    tail = Tail(path)
    assert names(tail.documents()) == ["first"]
    with path.open("a") as file:
        file.write("\n" + recording.line([recording.span(2, "second")]))
    assert names(tail.documents()) == ["second"]


def test_a_file_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = recording.write(
        tmp_path / "run.jsonl", [recording.span(1, "a long first run"), recording.span(2, "of two")]
    )
    tail = Tail(path)
    list(tail.documents())
    recording.write(path, [recording.span(3, "short")])
    os.utime(path, (time.time() + 9, time.time() + 9))
    assert names(tail.documents()) == ["short"]


def test_one_document_over_many_lines_is_read_whole(tmp_path: Path) -> None:
    import json

    path = tmp_path / "run.json"
    path.write_text(json.dumps(json.loads(recording.line([SPAN])), indent=2))
    assert names(Tail(path).documents()) == ["only"]
