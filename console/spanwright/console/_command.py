# SPDX-License-Identifier: Apache-2.0
"""The command line that is to be run: which program it starts, and what a person would call it."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INTERPRETER = re.compile(r"(python|pypy)[\d.]*w?(\.exe)?")
# Console scripts whose interpreter has a long path begin with a line for the shell and name Python in the next.
_BEGINNING = 512
# Options of the interpreter that take the next argument for themselves.
_WITH_VALUE = {"-W", "-X", "--check-hash-based-pycs"}


@dataclass(frozen=True, slots=True)
class Command:
    """A program, its arguments, and its name: `agent.py`, `package.module`, `uvicorn`."""

    program: str
    arguments: tuple[str, ...]
    name: str
    is_python: bool


def find(arguments: Sequence[str]) -> Command | None:
    """Find the program that a command line starts, or None.

    A script is run by the interpreter that runs us. Programs are looked for in the search path, and then beside
    the interpreter, where those of an environment are that was not activated.
    """
    first, rest = arguments[0], tuple(arguments[1:])
    if is_script(first):
        return (
            Command(sys.executable, (first, *rest), Path(first).name, is_python=True)
            if Path(first).exists()
            else None
        )
    beside = str(Path(sys.executable).parent)
    found = shutil.which(first) or (None if Path(first).name != first else shutil.which(first, path=beside))
    if found is None:
        return None
    program = str(Path(found).absolute())
    if _INTERPRETER.fullmatch(Path(first).name):
        return Command(program, rest, next(_script(rest), "python"), is_python=True)
    return Command(program, rest, Path(first).name, is_python=_is_script_of_python(program))


def is_script(word: str) -> bool:
    """Tell whether a word is the name of a Python script, and not of a program."""
    return word.endswith((".py", ".pyw", ".pyz"))


def _script(arguments: Sequence[str]) -> Iterator[str]:
    """Yield what an interpreter is told to run."""
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "-m":
            yield from waiting
        elif argument.startswith("-m") and not argument.startswith("--"):
            yield argument[2:]
        elif argument.startswith("-c") or argument == "-":
            return
        elif argument in _WITH_VALUE:
            next(waiting, None)
        elif not argument.startswith("-"):
            yield Path(argument).name


def _is_script_of_python(program: str) -> bool:
    try:
        with Path(program).open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return False
    lines = beginning.split(b"\n")[:2]
    return beginning.startswith(b"#!") and (
        b"python" in lines[0] or (b"exec" in lines[-1] and b"python" in lines[-1])
    )
