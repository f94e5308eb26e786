# SPDX-License-Identifier: Apache-2.0
"""`spanwright run`: what is kept of a program, and that the program itself notices nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.running import CLIENT, PATIENCE, SPANWRIGHT
from lifecycle.conftest import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.running import Runs

CHAT = "chat gpt-4o-mini"
ROOT = "run agent.py"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver of OTLP over HTTP."""
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def test_spans_metrics_and_logs_are_kept_under_one_root(runs: Runs) -> None:
    events = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
    done = runs.run(
        runs.script(CLIENT + "ask()\nimport logging\nlogging.getLogger('shop').warning('low on stock')"),
        **events,
    )
    kept = runs.kept()
    assert done.returncode == 0
    assert [kept.parent(name) for name in (CHAT, ROOT)] == [ROOT, None]
    assert "gen_ai.client.operation.duration" in kept.metrics
    assert "low on stock" in json.dumps(kept.logs)
    assert kept.services == {"agent"}


def test_a_file_says_ids_in_hex_enums_as_numbers_and_long_numbers_as_strings(runs: Runs) -> None:
    runs.run(runs.script(CLIENT + "ask()"))
    (span,) = [span for span in runs.kept().spans if span["name"] == CHAT]
    assert (len(span["traceId"]), len(span["spanId"]), span["kind"]) == (32, 16, 3)
    assert int(span["traceId"] + span["spanId"], 16)
    assert span["startTimeUnixNano"].isdecimal()


def test_a_kept_run_is_shown_and_checked(runs: Runs) -> None:
    runs.run(runs.script(CLIENT + "ask()"))
    path = str(runs.kept().path)
    assert "└─ chat gpt-4o-mini" in runs.finish(runs.popen(SPANWRIGHT, "tree", path)).stdout
    checked = runs.finish(runs.popen(SPANWRIGHT, "check", path))
    assert (checked.returncode, "no findings" in checked.stdout) == (0, True)


@pytest.mark.parametrize("command", ["tree", "check"])
def test_a_line_that_was_cut_off_does_not_hide_the_others(command: str, runs: Runs) -> None:
    runs.run(runs.script(CLIENT + "ask()"))
    path = runs.kept().path
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[0][:99] + "\n" + "".join(lines[1:]) + lines[0][:99])
    done = runs.finish(runs.popen(SPANWRIGHT, command, str(path)))
    assert (done.returncode, "3 spans" in done.stdout) == (0, True)


def test_the_program_writes_and_reads_as_it_does_by_itself(runs: Runs) -> None:
    script = runs.script(CLIENT + "print(sys.stdin.readline(), sys.argv, sys.path[0], __name__)\nask()")
    process = runs.start(script, "--quiet", "-x")
    assert process.stdin
    process.stdin.write("typed\n")
    bare = runs.popen(sys.executable, script, "--quiet", "-x")
    assert bare.stdin
    bare.stdin.write("typed\n")
    assert runs.finish(process).stdout == runs.finish(bare).stdout


def test_the_program_is_the_process_that_was_started(runs: Runs) -> None:
    process = runs.start(runs.script("import os; print(os.getpid())"))
    assert runs.finish(process).stdout == f"{process.pid}\n"


@pytest.mark.parametrize(
    ("end", "status", "error"),
    [
        ("", 0, None),
        ("sys.exit(3)", 3, None),
        ("raise RuntimeError('theirs')", 1, "RuntimeError"),
        ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt"),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", -signal.SIGINT, "KeyboardInterrupt"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", -signal.SIGTERM, "SIGTERM"),
    ],
    ids=["falls off its end", "exit", "error", "interrupt", "SIGINT", "SIGTERM"],
)
def test_the_exit_status_is_the_programs_and_everything_is_kept(
    end: str, status: int, error: str | None, runs: Runs
) -> None:
    done = runs.run(runs.script(CLIENT + "ask()\n" + end))
    kept = runs.kept()
    (root,) = [span for span in kept.spans if span["name"] == ROOT]
    found = [
        each["value"]["stringValue"] for each in root.get("attributes", ()) if each["key"] == "error.type"
    ]
    assert (done.returncode, found) == (status, [error] if error else [])
    assert CHAT in kept.names
    assert "gen_ai.client.operation.duration" in kept.metrics


def test_a_killed_program_leaves_what_had_ended(runs: Runs) -> None:
    done = runs.run(runs.script(CLIENT + "ask()\nos.kill(os.getpid(), signal.SIGKILL)"))
    assert done.returncode == -signal.SIGKILL
    assert CHAT in runs.kept().names


def test_a_program_that_handles_sigterm_itself_goes_on(runs: Runs) -> None:
    done = runs.run(
        runs.script("""
            import os, signal
            signal.signal(signal.SIGTERM, lambda *_: print("not yet"))
            os.kill(os.getpid(), signal.SIGTERM)
        """)
    )
    assert (done.returncode, done.stdout) == (0, "not yet\n")


def test_a_signal_to_the_group_reaches_the_program_once(runs: Runs) -> None:
    script = runs.script("""
        import signal, sys, threading
        count = []
        signal.signal(signal.SIGINT, lambda *_: count.append(1))
        signal.signal(signal.SIGUSR1, lambda *_: sys.exit(len(count)))
        print("ready", flush=True)
        while True:
            signal.pause()
    """)
    process = runs.start(script)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGUSR1)
    assert runs.finish(process).returncode == 1


SECRET = "the password is swordfish"


@pytest.mark.parametrize(
    ("flags", "environ", "seen"),
    [
        ((), {}, False),
        ((), {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true"}, False),
        (("--content",), {}, True),
    ],
    ids=["by default", "in the environment alone", "when asked"],
)
def test_content_is_kept_only_when_this_run_asks_for_it(
    flags: tuple[str, ...], environ: dict[str, str], seen: bool, runs: Runs
) -> None:
    runs.run(*flags, runs.script(CLIENT + f"ask({SECRET!r})"), **environ)
    assert (SECRET in runs.kept().path.read_text()) is seen


def test_a_run_is_for_its_owner_and_not_for_version_control(runs: Runs) -> None:
    runs.run(runs.script(""))
    assert runs.kept().path.stat().st_mode & 0o777 == 0o600
    subprocess.run(["git", "init", "-q"], cwd=runs.folder, check=True)
    done = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=runs.folder, check=True, capture_output=True, text=True
    )
    assert done.stdout == "?? agent.py\n"


@pytest.mark.parametrize(
    ("flags", "arrives"), [((), True), (("--exporter", "none"), False), (("--exporter", "otlp"), True)]
)
def test_telemetry_is_sent_where_the_environment_says_unless_told_otherwise(
    flags: tuple[str, ...], arrives: bool, runs: Runs, receiver: Receiver
) -> None:
    endpoint = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        # The receiver takes spans alone.
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }
    if flags == ("--exporter", "otlp"):
        del endpoint["OTEL_METRICS_EXPORTER"], endpoint["OTEL_LOGS_EXPORTER"]
    runs.run(*flags, runs.script(CLIENT + "ask()"), **endpoint)
    received = {span.name for span in receiver.received}
    assert ({CHAT, ROOT} <= received) is arrives


def test_without_an_endpoint_nothing_is_sent(runs: Runs) -> None:
    done = runs.run(
        runs.script("""
            from opentelemetry import trace
            print([type(each).__name__ for each in trace.get_tracer_provider()._active_span_processor._span_processors])
        """)
    )
    assert done.stdout == "['SimpleSpanProcessor', 'Live']\n"


def test_an_exporter_that_does_not_exist_is_refused_with_those_that_do(runs: Runs) -> None:
    done = runs.run("--exporter", "nowhere", runs.script("print('ran')"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "spanwright_tree" in done.stderr


def test_the_service_can_be_named(runs: Runs) -> None:
    runs.run("--service", "garden", runs.script(""))
    assert runs.kept().services == {"garden"}


def test_a_program_that_does_not_exist_is_refused_in_one_line(runs: Runs) -> None:
    done = runs.run("no-such-program")
    assert (done.returncode, done.stderr) == (2, "spanwright: no-such-program: no such program\n")


def test_a_script_that_does_not_exist_is_a_missing_file(runs: Runs) -> None:
    done = runs.run("no_such_script.py")
    assert (done.returncode, done.stderr) == (2, "spanwright: no_such_script.py: no such file\n")


@pytest.mark.parametrize(
    ("command", "root"),
    [
        (("python", "-m", "package.work"), "run package.work"),
        (("python", "-X", "utf8", "package/work.py"), "run work.py"),
        (
            (
                "python",
                "-c",
                "from opentelemetry import trace\nwith trace.get_tracer('a').start_as_current_span('work'): pass",
            ),
            "run python",
        ),
        (("./tool",), "run tool"),
        (("sh", "-c", "python package/work.py; exit 0"), "run sh"),
    ],
    ids=["module", "options", "code", "console script", "shell"],
)
def test_any_command_line_runs_under_one_root(command: tuple[str, ...], root: str, runs: Runs) -> None:
    work = "from opentelemetry import trace\nwith trace.get_tracer('a').start_as_current_span('work'): pass\n"
    (runs.folder / "package").mkdir()
    runs.script(work, "package/work.py")
    runs.script(f"#!{sys.executable}\n{work}", "tool")
    (runs.folder / "tool").chmod(0o755)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = runs.run(*command, PATH=path)
    kept = runs.kept()
    assert (done.returncode, kept.names, kept.parent("work")) == (0, ["work", root], root)


@pytest.mark.parametrize(
    ("end", "status"),
    [("exit 3", 3), ("kill -TERM $$", -signal.SIGTERM), ("kill -KILL $$", -signal.SIGKILL)],
)
def test_a_command_that_is_not_python_ends_as_by_itself(end: str, status: int, runs: Runs) -> None:
    done = runs.run("sh", "-c", f"echo said; {end}")
    assert (done.returncode, done.stdout, runs.kept().names) == (status, "said\n", ["run sh"])
    assert "Traceback" not in done.stderr


def test_a_signal_is_passed_on_to_a_command_that_is_not_python(runs: Runs) -> None:
    process = runs.start("sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do read line; done")
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert runs.finish(process).returncode == 7


CHILDREN = """
import multiprocessing, subprocess, sys
from opentelemetry import trace

def work(number):
    for _ in range(40):
        with trace.get_tracer("a").start_as_current_span("work") as span:
            span.set_attribute("long", "x" * 20_000)

if __name__ == "__main__":
    if sys.argv[1:] == ["work"]:
        work(0)
    else:
        started = [subprocess.Popen([sys.executable, __file__, "work"]) for _ in range(2)]
        for method in ("fork", "spawn"):
            context = multiprocessing.get_context(method)
            started += [context.Process(target=work, args=(number,)) for number in range(2)]
        for process in started[2:]:
            process.start()
        for process in started:
            getattr(process, "wait", getattr(process, "join", None))()
"""


def test_processes_below_write_whole_lines_into_the_same_trace(runs: Runs) -> None:
    done = runs.run(runs.script(CHILDREN))
    kept = runs.kept()
    assert (done.returncode, kept.names.count("work"), kept.parent("work")) == (0, 240, ROOT)
    assert len({span["traceId"] for span in kept.spans}) == 1


def test_a_program_with_a_provider_of_its_own_keeps_it(runs: Runs) -> None:
    done = runs.run(
        runs.script("""
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import SimpleSpanProcessor
            from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
            memory, provider = InMemorySpanExporter(), TracerProvider()
            provider.add_span_processor(SimpleSpanProcessor(memory))
            with provider.get_tracer("own").start_as_current_span("own"): pass
            print([span.name for span in memory.get_finished_spans()])
        """)
    )
    assert (done.returncode, done.stdout) == (0, "['own']\n")


def test_a_sitecustomize_of_the_users_is_still_imported(runs: Runs) -> None:
    (runs.folder / "mine").mkdir()
    runs.script("import builtins; builtins.mine = 'here'", "mine/sitecustomize.py")
    done = runs.run(runs.script("print(mine)"), PYTHONPATH=str(runs.folder / "mine"))
    assert done.stdout == "here\n"


def test_a_folder_that_cannot_be_written_is_one_line_and_the_run_is_kept_elsewhere(runs: Runs) -> None:
    # A file of that name is in the way, because nothing is read-only for the superuser.
    (runs.folder / ".spanwright").write_text("")
    elsewhere = runs.folder / "elsewhere"
    elsewhere.mkdir()
    done = runs.run("--quiet", runs.script(CLIENT + "ask()\nprint('ran')"), TMPDIR=str(elsewhere))
    (path,) = elsewhere.glob("spanwright-*/*.jsonl")
    assert (done.stdout, len(done.stderr.splitlines()), CHAT in path.read_text()) == ("ran\n", 1, True)


def test_a_disk_that_is_full_is_one_line(runs: Runs) -> None:
    script = runs.script("""
        import glob, os
        from opentelemetry import trace
        (path,) = glob.glob(".spanwright/*.jsonl")
        os.remove(path)
        os.symlink("/dev/full", path)
        for _ in range(3):
            with trace.get_tracer("a").start_as_current_span("work"): pass
        os.remove(path)
        print("ran")
    """)
    done = runs.run("--quiet", script)
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert [line.count("No space left on device") for line in done.stderr.splitlines()] == [1]


def test_quiet_is_silent(runs: Runs) -> None:
    done = runs.run("--quiet", runs.script(CLIENT + "ask()"))
    assert (done.stdout, done.stderr, len(runs.kept().spans)) == ("", "", 3)


def test_without_a_terminal_each_span_is_a_plain_line_and_the_end_says_where_it_is_kept(runs: Runs) -> None:
    done = runs.run(runs.script(CLIENT + "ask()"))
    post, chat, _, title, sums, place, following = done.stderr.splitlines()
    assert post.startswith("chat gpt-4o-mini > POST 127.0.0.1:")
    assert chat.split("  ")[0] == "chat gpt-4o-mini"
    assert title.startswith("run agent.py  ")
    assert sums.strip().startswith("3 spans, 1 model call, 1 HTTP request, ")
    assert place.endswith(str(runs.kept().path.relative_to(runs.folder)))
    assert following.strip().startswith("spanwright view .spanwright/")


def test_content_that_was_asked_for_is_shown_without_a_terminal_too(runs: Runs) -> None:
    script = runs.script(CLIENT + 'ask("What is\\n\\x1b[31mnew?")')
    lines = runs.run("--content", script).stderr.split("\n")
    chat = next(at for at, line in enumerate(lines) if line.startswith("chat gpt-4o-mini  "))
    said, _, answered = lines[chat + 1].partition(" → ")
    assert (said, answered.partition(":")[0]) == ("  user: What is [31mnew?", "assistant")
    assert not any("What is" in line for line in runs.run(script).stderr.splitlines())


def test_on_a_terminal_a_tree_grows_below_what_the_program_prints(runs: Runs) -> None:
    script = runs.script(
        CLIENT
        + """
from opentelemetry import trace
with trace.get_tracer("a").start_as_current_span("visit"):
    ask()
    ask()
print(f"{sys.stdin.isatty()} {sys.stdout.isatty()}")  # one write, also where Python is told not to buffer
"""
    )
    shown = on_terminal(runs, SPANWRIGHT, "run", script)
    lines = [line.strip() for line in shown.replace("\r", "\n").splitlines() if line.strip()]
    starts = ["visit", "├─ chat gpt-4o-mini", "│  └─ POST", "├─ chat gpt-4o-mini", "│  └─ POST", "└─ visit"]
    tree = [line for line in lines if line.startswith(("visit", "├", "│", "└"))]
    assert [line.startswith(start) for line, start in zip(tree, starts, strict=True)] == [True] * 6
    assert "True True" in lines


def on_terminal(runs: Runs, *command: str) -> str:
    """Run a command on a terminal of its own and return what that shows, without colours."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=runs.folder,
        env={
            **os.environ,
            "PROVIDER": runs.provider,
            "NO_PROXY": "127.0.0.1",
            "NO_COLOR": "1",
            "TERM": "xterm",
        }
        | {"COLUMNS": "100", "LINES": "40"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    try:
        # The terminal of a process that has ended cannot be read any further.
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:
        pass
    finally:
        os.close(ours)
        process.wait(PATIENCE)
    return re.sub("\x1b\\[[0-9;]*m", "", shown.decode())
