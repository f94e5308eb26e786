# SPDX-License-Identifier: Apache-2.0
"""The version matrix: each library's tests with its oldest and its newest supported version, each in its own environment.

uv run nox -s matrix                        # everything
uv run nox -s matrix -- anthropic cohere    # these libraries
uv run nox -s matrix -- --since <commit>    # what the changes since then touch
uv run nox -R -s "matrix(anthropic-newest)" # one lane, its environment kept
uv run nox -s matrix -- transformers        # some are big, and run only when they are named; see `demand` in tests/matrix.py
uv run nox -R -s overhead -- anthropic agno # what instrumenting these libraries costs; see bench/README.md
uv run nox -R -s proof -- anthropic         # a fault in each of our functions, under these libraries' own tests; see docs/reliability.md
uv run nox -s pictures -- anthropic         # what its newest lane records, for the documentation's page; see docs/pictures/
uv run nox -R -s differential -- anthropic  # each of these libraries' tests bare and instrumented; see docs/reliability.md
uv run nox -s newest -- openai cohere       # what their newest pre-releases have moved, by name
uv run nox -R -s fuzz -- 5 openai_chat      # seconds for each target, and targets: dialects, `redaction`; all of them if none is named
uv run nox -R -s backends -- phoenix        # the demo's agent and a real backend, as docs/backends/ says

The versions follow from the instrumentors' `supports`; `tests/libraries/<library>/lane.toml` adds what a lane needs
beside the library. No release after `NEWEST` is taken, so that a lane is the same on every machine.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from matrix import Lane, lanes, touched, unbounded

NEWEST = "2026-11-20"
nox.options.default_venv_backend = "uv"
nox.options.sessions = ["matrix"]
nox.options.reuse_existing_virtualenvs = False
LANES = lanes()
BACKENDS: dict[str, tuple[str, ...]] = {
    "rotel": (),
    "prometheus": (),
    "mlflow": ("mlflow",),
    "phoenix": ("arize-phoenix",),
}
BENCH = Path(__file__).parent / "bench"
# What each program needs: `case_<program>.py` measures the libraries that have a module in this folder.
CASES = {"clients": "clients", "agents": "agents", "runs": "agents"}


def cases(library: str) -> list[str]:
    """Return the programs that measure a library: `case_<these>.py`."""
    return [each for each, folder in CASES.items() if (BENCH / folder / f"{library}.py").is_file()]


MEASURED = [each for each in LANES if each.end == "newest" and cases(each.library)]


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.id) for lane in LANES])
def matrix(session: nox.Session, lane: Lane) -> None:
    """Run one library's tests with one version of it."""
    chosen = [each for each in session.posargs if not each.startswith("-")]
    if "--since" in session.posargs:
        chosen = touched(session.posargs[session.posargs.index("--since") + 1])
    if (chosen or lane.on_demand) and lane.library not in chosen:
        session.skip(f"{lane.library} is not asked for")
    _install(session, lane)
    session.run("python", "-m", "pytest", "-q", *lane.arguments, env={"SPANWRIGHT_LANE": lane.id})


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.library) for lane in MEASURED])
def overhead(session: nox.Session, lane: Lane) -> None:
    """Measure what instrumenting a library costs, with its newest version; writes its rows into bench/README.md."""
    chosen = [each for each in session.posargs if not each.startswith("-")]
    if chosen and lane.library not in chosen:
        session.skip(f"{lane.library} is not asked for")
    _install(session, lane)
    flags = [each for each in session.posargs if each.startswith("-")] or ["--write"]
    # A figure above its limit is news for the table, no failure of the session.
    for case in cases(lane.library):
        session.run("python", f"bench/case_{case}.py", *flags, lane.library, success_codes=[0, 1])


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.library) for lane in LANES if lane.end == "newest"])
def proof(session: nox.Session, lane: Lane) -> None:
    """Judge what a library's callers see while our functions fail one by one; writes its row into docs/reliability.md."""
    _told(session, lane, "violations", "--proof-seconds=240")


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.library) for lane in LANES if lane.end == "newest"])
def differential(session: nox.Session, lane: Lane) -> None:
    """Compare what a library's tests send and see, bare and instrumented; writes its row into docs/reliability.md."""
    _told(session, lane, "differences")


def _told(session: nox.Session, lane: Lane, wrong: str, *flags: str) -> None:
    """Run a library's tests in the mode that the session is named for, and put what it found on the page; fail where it is `wrong`."""
    chosen = [each for each in session.posargs if not each.startswith("-")]
    if (chosen or lane.on_demand) and lane.library not in chosen:
        session.skip(f"{lane.library} is not asked for")
    _install(session, lane)
    mode = session.name.partition("(")[0]
    found = Path(session.create_tmp()) / "found.jsonl"
    found.unlink(missing_ok=True)
    env = {"SPANWRIGHT_LANE": lane.id, f"SPANWRIGHT_{mode.upper()}": str(found)}
    # What was found stands in the table also where it is a violation.
    session.run("python", "-m", "pytest", "-q", f"--{mode}", *flags, *lane.own, env=env, success_codes=[0, 1])
    session.run("python", "docs/reliability.py", str(found))
    if any(json.loads(line)[wrong] for line in found.read_text("utf-8").splitlines()):
        session.error("an application would have seen us")


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.library) for lane in LANES if lane.end == "newest"])
def pictures(session: nox.Session, lane: Lane) -> None:
    """Write what a library's tests record into docs/pictures/, from which its page is made; the lanes say when it is stale."""
    chosen = [each for each in session.posargs if not each.startswith("-")]
    if (chosen or lane.on_demand) and lane.library not in chosen:
        session.skip(f"{lane.library} is not asked for")
    _install(session, lane)
    # What is generated shows nothing that the others do not.
    told = ("-q", "--picture", "-m", "not hypothesis", *lane.arguments)
    session.run("python", "-m", "pytest", *told, env={"SPANWRIGHT_LANE": lane.id})


@nox.session
@nox.parametrize("lane", [nox.param(lane, id=lane.library) for lane in LANES if lane.end == "newest"])
def newest(session: nox.Session, lane: Lane) -> None:
    """Tell which patched names the newest releases of a library have moved: pre-releases too, beyond the tested range.

    For a scheduled run: unlike every other lane it takes whatever is out today.
    """
    chosen = [each for each in session.posargs if not each.startswith("-")]
    if (chosen or lane.on_demand) and lane.library not in chosen:
        session.skip(f"{lane.library} is not asked for")
    told = {"UV_LINK_MODE": "hardlink", "UV_NO_CONFIG": "1"}
    session.install("--prerelease", "allow", "--upgrade", "-e", ".[console]", *unbounded(lane), env=told)
    session.run("python", "tests/moved.py", lane.library)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Fuzz the redactor and the dialects' readers for so many seconds each, in an environment that has atheris."""
    seconds = next((each for each in session.posargs if each.isdigit()), "5")
    session.install("-e", ".", "--group", "fuzz", env={"UV_LINK_MODE": "hardlink", "UV_NO_CONFIG": "1"})
    listed = session.run("python", "tests/fuzzing.py", "--list", silent=True, stderr=None) or ""
    chosen = [each for each in session.posargs if not each.isdigit()] or listed.split()
    for target in chosen:
        session.run("python", "tests/fuzzing.py", target, f"-max_total_time={seconds}", "-max_len=400")


@nox.session
@nox.parametrize("backend", [nox.param(backend, id=backend) for backend in BACKENDS])
def backends(session: nox.Session, backend: str) -> None:
    """Start a real backend from an environment that holds nothing else, and ask it for what the demo's agent sent.

    The agent and the tests run in the development environment. Prometheus is taken from the system.
    """
    if session.posargs and backend not in session.posargs:
        session.skip(f"{backend} is not asked for")
    if BACKENDS[backend]:
        told = {"UV_LINK_MODE": "hardlink", "UV_NO_CONFIG": "1"}
        session.install("--exclude-newer", NEWEST, *BACKENDS[backend], env=told)
    command = [sys.executable, "-m", "pytest", "-q", f"tests/backends/test_{backend}.py"]
    session.run(*command, env={"SPANWRIGHT_BACKEND": backend}, external=True)


def _install(session: nox.Session, lane: Lane) -> None:
    replaced: list[str] = []
    if lane.overrides:
        file = Path(session.create_tmp()) / "overrides.txt"
        file.write_text("\n".join(lane.overrides), "utf-8")
        replaced = ["--overrides", str(file)]
    session.install(
        "--exclude-newer",
        NEWEST,
        *replaced,
        "-e",
        ".[console]",
        "--group",
        "testing",
        *lane.requirements,
        # The pins of the development environment are not those of a lane.
        env={"UV_LINK_MODE": "hardlink", "UV_NO_CONFIG": "1"},
    )
