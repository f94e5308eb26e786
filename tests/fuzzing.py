# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of the dialects' readers and of the redactor: `python tests/fuzzing.py TARGET -max_total_time=30`.

Targets are `redaction` and every module of dialects that reads a request or an answer. A reader is fed data whose names and words
are those that its own code knows; it must not raise, nor what is made of what it has read. Run by `nox -s fuzz`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import atheris

sys.path[:0] = [str(Path(__file__).parents[1] / each) for each in ("instrumentors", "semconv", "console")]

with atheris.instrument_imports(include=["spanwright"]):
    from spanwright.instrumentors import _dialects
    from spanwright.instrumentors._kernel import redaction
    from spanwright.semconv import content, model, render, serial

if TYPE_CHECKING:
    from collections.abc import Callable

_READERS = (
    "request",
    "content",
    "refinements",
    "response",
    "output",
    "answered_refinements",
    "usage",
    "message",
)
_DEPTH = 6
_WIDTH = 4
_SECRET = "fuzzedvalue"
_NAMES = [each for each in redaction.SECRET_PARAMETERS if "[" not in each]


def targets() -> list[str]:
    """Return the names of all targets."""
    found = [each.name for each in pkgutil.iter_modules(_dialects.__path__)]
    return ["redaction", *(name for name in found if _readers(_module(name)))]


def _module(name: str) -> Any:
    with atheris.instrument_imports(include=["spanwright"]):
        return importlib.import_module(f"{_dialects.__name__}.{name}")


def _readers(module: Any) -> list[Callable[[Any], Any]]:
    """Return the functions of a dialect that take one value."""
    found = [getattr(module, name, None) for name in _READERS]
    return [
        each for each in found if inspect.isfunction(each) and len(inspect.signature(each).parameters) == 1
    ]


def words(module: Any) -> list[str]:
    """Return the words that stand in a module's code."""
    found: set[str] = {"type", "text", "name", "id", "data:image/png;base64,AA", "{}", "[", ""}
    held = [each.__code__ for each in vars(module).values() if inspect.isfunction(each)]
    while held:
        for each in held.pop().co_consts:
            if isinstance(each, str) and len(each) < 40:
                found.add(each)
            elif isinstance(each, CodeType):
                held.append(each)
            elif isinstance(each, (tuple, frozenset)):
                found.update(word for word in each if isinstance(word, str))
    return sorted(found)


def made(source: Any, known: list[str], depth: int = _DEPTH) -> Any:
    """Return a value made of fuzzed bytes."""
    turn = source.ConsumeIntInRange(0, 11 if depth else 7)
    if turn >= 10:
        return [made(source, known, depth - 1) for _ in range(source.ConsumeIntInRange(0, _WIDTH))]
    if turn >= 8:
        return {
            source.PickValueInList(known): made(source, known, depth - 1)
            for _ in range(source.ConsumeIntInRange(0, _WIDTH))
        }
    return (
        lambda: None,
        source.ConsumeBool,
        lambda: source.ConsumeInt(9),
        source.ConsumeFloat,
        lambda: source.ConsumeUnicode(8),
        lambda: source.PickValueInList(known),
        lambda: source.PickValueInList(known),
        lambda: source.ConsumeBytes(4),
    )[turn]()


def reading(name: str) -> Callable[[bytes], None]:
    """Return what feeds a dialect."""
    module = _module(name)
    known, readers = words(module), _readers(module)

    def one(data: bytes) -> None:
        source = atheris.FuzzedDataProvider(data)
        body = {source.PickValueInList(known): made(source, known) for _ in range(_WIDTH)}
        before = repr(body)
        for read in readers:
            _tell(read(body))
        assert repr(body) == before

    return one


def _tell(found: Any) -> None:
    """Make of what was read what a span would have."""
    subject = model.Inference()
    if isinstance(found, model.Request):
        subject.request = found
    elif isinstance(found, model.Response):
        subject.response = found
    elif isinstance(found, model.Content):
        subject.content = found
    elif isinstance(found, list) and found and isinstance(found[0], model.Message):
        subject.content = model.Content(output=found)
    render.start(subject)
    render.finish(subject)
    assert len(serial.dumps(content.structured(subject), 1_000)) <= 1_000


def redacting(data: bytes) -> None:
    """Put a secret into what is fuzzed: it must not come through, and what is clean stays as it is."""
    source = atheris.FuzzedDataProvider(data)
    before, after = source.ConsumeUnicodeNoSurrogates(64), source.ConsumeUnicodeNoSurrogates(64)
    mark, name = source.PickValueInList(list("?&;# \"'")), source.PickValueInList(_NAMES)
    end = source.PickValueInList(["&", ";", "#", " ", '"', "'", "<", ">", ""])
    text = f"{before}{mark}{name}={_SECRET}{end}{after}"
    for redact in (redaction.redact_url, redaction.redact_text):
        shown = redact(text)
        assert _SECRET not in shown.replace(before, "").replace(after, ""), (text, shown)
        assert redact(shown) == shown, (text, shown, redact(shown))
        redact(before)


def main() -> None:
    """Fuzz the target that is named, with libFuzzer's own options after it."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else "--list"
    if name == "--list":
        sys.stdout.write("\n".join(targets()) + "\n")
        return
    one = redacting if name == "redaction" else reading(name)
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
