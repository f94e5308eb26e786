# SPDX-License-Identifier: Apache-2.0
"""The command `spanwright`: a demo, a viewer and a checker for traces of LLM applications."""

# ruff: noqa: T201 - a command speaks by printing

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What a command cannot do without, and the extra that brings it.
_EXTRAS = {"rich": "console", "opentelemetry": "console"}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code: 2 when something is missing or misspelt."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.run is None:
        parser.print_help(sys.stderr)
        sys.exit(2)
    run: Callable[[argparse.Namespace], int] = asked.run
    try:
        code = run(asked)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        code = refuse(f'{package} is not installed: pip install "spanwright[{_EXTRAS[package]}]"')
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough: nothing is left to flush at exit.
        sys.stdout = None
        code = 0
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def refuse(message: str) -> int:
    """Say in one line why a command cannot run."""
    print(f"spanwright: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spanwright", description="See what an LLM application really did.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    demo = commands.add_parser("demo", help="run a small agent against a local provider and show its trace")
    demo.add_argument(
        "--live", action="store_true", help="talk to the real OpenAI endpoint, with OPENAI_API_KEY"
    )
    demo.add_argument("--content", action="store_true", help="capture messages, and preview them in the tree")
    demo.set_defaults(run=_demo)

    run = commands.add_parser(
        "run", help="run a program, show what it does while it does it, and keep its trace"
    )
    run.add_argument("--content", action="store_true", help="capture messages, and show them")
    run.add_argument("--quiet", action="store_true", help="show nothing, keep the trace")
    run.add_argument("--exporter", metavar="NAME", help="where else telemetry goes, such as otlp, or none")
    run.add_argument(
        "--service", metavar="NAME", help="the name of the service; that of the program by default"
    )
    run.add_argument("program", metavar="COMMAND", help="agent.py, python -m module, uvicorn app:app, ...")
    run.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="what the program is told")
    run.set_defaults(run=_run)

    check = commands.add_parser("check", help="check recorded spans against the conventions")
    check.add_argument("files", nargs="+", metavar="FILE", type=Path, help="OTLP JSON")
    check.set_defaults(run=_check)

    tree = commands.add_parser("tree", help="show recorded traces as trees")
    tree.add_argument(
        "path",
        nargs="?",
        metavar="FILE|DIR",
        type=Path,
        help="OTLP JSON, or - for standard input; else the newest of .spanwright",
    )
    tree.set_defaults(run=_tree)

    view = commands.add_parser("view", help="read recorded traces in the browser")
    view.add_argument(
        "path", nargs="?", metavar="FILE|DIR", type=Path, help="OTLP JSON; else the newest of .spanwright"
    )
    view.add_argument("--output", metavar="PATH", type=Path, help="write the page to this file")
    view.add_argument(
        "--serve", nargs="?", metavar="PORT", const="0", help="follow a running program, on 127.0.0.1"
    )
    view.add_argument("--no-open", action="store_true", help="leave the browser alone")
    view.set_defaults(run=_view)
    _add_doctor(commands)
    return parser


def _add_doctor(commands: Any) -> None:
    doctor = commands.add_parser(
        "doctor", help="find out what would be traced here, and what stands in its way"
    )
    listed = commands.add_parser("list", help="list the libraries that the pack knows")
    explain = commands.add_parser("explain", help="show what is patched of a library, and what for")
    explain.add_argument("library", metavar="LIBRARY", help="its extra, or its name on the package index")
    for each in (doctor, explain):
        each.add_argument(
            "--deep", action="store_true", help="import the libraries, in processes of their own"
        )
    for each, run in ((doctor, _doctor), (listed, _list), (explain, _explain)):
        each.add_argument("--json", action="store_true", help="as JSON")
        each.set_defaults(run=run)


class _Version(argparse.Action):
    """Looks the version up only when asked: reading the distribution's metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"spanwright {version('spanwright')}")
        parser.exit()


# Imports wait until a command is chosen, so that `--help` answers at once and needs no optional package.


def _demo(asked: argparse.Namespace) -> int:
    from spanwright.console.demo import demo

    return demo(live=asked.live, content=asked.content)


def _run(asked: argparse.Namespace) -> int:
    from spanwright.console.run import run

    command = [asked.program, *asked.arguments]
    return run(
        command, content=asked.content, quiet=asked.quiet, exporter=asked.exporter, service=asked.service
    )


def _check(asked: argparse.Namespace) -> int:
    from spanwright.console.lint import lint

    return lint(asked.files, output=sys.stdout)


def _tree(asked: argparse.Namespace) -> int:
    from spanwright.console.retelling import retell

    return retell(asked.path)


def _view(asked: argparse.Namespace) -> int:
    from spanwright.console.viewer import view

    path, port = asked.path, asked.serve
    if port is not None and not port.isdecimal():
        if path is not None:
            return refuse(f"{port} is no port")
        # `view --serve FILE`: what comes after the option need not be meant for it.
        path, port = Path(port), "0"
    return view(path, output=asked.output, port=None if port is None else int(port), show=not asked.no_open)


def _doctor(asked: argparse.Namespace) -> int:
    from spanwright.console.doctor.commands import doctor

    return doctor(deep=asked.deep, as_json=asked.json)


def _list(asked: argparse.Namespace) -> int:
    from spanwright.console.doctor.commands import catalogue

    return catalogue(as_json=asked.json)


def _explain(asked: argparse.Namespace) -> int:
    from spanwright.console.doctor.commands import explain

    return explain(asked.library, deep=asked.deep, as_json=asked.json)
