# SPDX-License-Identifier: Apache-2.0
"""Starts telemetry in each Python process of a run, before its program: Python imports this module at its start."""

# ruff: noqa: INP001 - a folder of the search path, and no package

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import PathFinder

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is for programs to import


def _join() -> None:
    try:
        from spanwright.console._session import join
    except ImportError as error:
        stream = sys.__stderr__
        if stream is not None:
            stream.write(f"spanwright: {sys.executable} is not traced, it lacks {error.name}\n")
        return
    join(_HERE)


def _pass_on() -> None:
    """Import the module of this name that would have been imported without this one."""
    others = [path for path in sys.path if os.path.abspath(path) != _HERE]  # noqa: PTH100 - see above
    found = PathFinder.find_spec("sitecustomize", others)
    if found is not None and found.loader is not None:
        module = importlib.util.module_from_spec(found)
        sys.modules["sitecustomize"] = module
        found.loader.exec_module(module)


_join()
_pass_on()
