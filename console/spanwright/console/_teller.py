# SPDX-License-Identifier: Apache-2.0
"""What a person reads while spans end: a tree that grows downwards, or plain lines where there is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from spanwright.console._facts import Kind, read
from spanwright.console._figures import count, duration
from spanwright.console._preview import preview
from spanwright.console._progress import Progress, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from opentelemetry.sdk.trace import ReadableSpan
    from rich.console import Console
    from rich.text import Text

    from spanwright.console._brush import Brush
    from spanwright.console._facts import Facts
    from spanwright.console._progress import Node, Step


_WIDTH = 120
"""Cells of a line of content where no terminal says how many there are."""


class Teller(Protocol):
    """Told of spans one after the other, never of two at once."""

    def start(self, span: ReadableSpan) -> None:
        """Take note of a span that began."""
        ...

    def end(self, span: ReadableSpan) -> None:
        """Tell of a span that ended."""
        ...


def teller_on(stream: TextIO, label: str) -> Teller:
    """Choose the form that suits the stream; `label` names the process where there are several."""
    return _Tree(stream, label) if stream.isatty() else _Lines(stream, label)


class _Lines:
    """A line for each span, which says by itself what it belongs to."""

    def __init__(self, stream: TextIO, label: str) -> None:
        self._stream = stream
        self._label = label
        self._progress = Progress()
        encoding = stream.encoding or "ascii"
        self._encoding = encoding

    def start(self, span: ReadableSpan) -> None:
        self._progress.start(span)

    def end(self, span: ReadableSpan) -> None:
        above = [_name(read(node.span)) for node in self._progress.above(span)]
        self._progress.end(span)
        line = " > ".join(filter(None, [self._label, *above, _name(read(span))]))
        lines = ["  ".join([line, *_figures(read(span))]), *_quoted(span)]
        # One write, so that what others write does not get between.
        text = "".join(f"{each}\n" for each in lines)
        self._stream.write(text.encode(self._encoding, "replace").decode(self._encoding))
        self._stream.flush()


class _Tree:
    """A tree whose branches are drawn when they are complete, below what they belong to.

    A line that was written stays: the terminal is the program's, too, and nothing is ever drawn over. So an
    agent's line is written when its first step ends, and once more, with its figures, when it ends itself. When
    several operations take turns, a line says which one goes on.
    """

    def __init__(self, stream: TextIO, label: str) -> None:
        from spanwright.console._terminal import console_on

        self._stream = stream
        self._console: Console = console_on(stream)
        self._label = label
        self._progress = Progress()
        self._last: Node | None = None
        """What the last line belongs to."""

    def start(self, span: ReadableSpan) -> None:
        self._progress.start(span)

    def end(self, span: ReadableSpan) -> None:
        step = self._progress.end(span)
        if step is None:
            return
        from rich.text import Text

        from spanwright.console._brush import Brush
        from spanwright.console._signs import ASCII, UNICODE
        from spanwright.console._terminal import fresh_line

        ascii_only = self._console.options.ascii_only
        brush = Brush(self._console.width, ASCII if ascii_only else UNICODE)
        picture = Text("\n").join(self._lines(step, brush))
        if ascii_only:
            # A name can hold what the terminal's encoding cannot: better a question mark than an exception.
            encoding = self._console.encoding
            picture.plain = picture.plain.encode(encoding, "replace").decode(encoding)
        with self._console.capture() as drawn:
            self._console.print(picture, highlight=False, no_wrap=True, overflow="ignore", crop=False)
        # One write, so that what others write does not get between these lines.
        self._stream.write(fresh_line(self._console) + drawn.get())
        self._stream.flush()

    def _lines(self, step: Step, brush: Brush) -> Iterator[Text]:
        inside = step.inside
        told = [node for node in (*inside, step.node) if node.told]
        here = told[-1] if told else None
        if here is not None and (here is not self._last or self._label):
            yield brush.goes_on(filter(None, [self._label, *(_name(read(node.span)) for node in told)]))
        elif here is None and self._label:
            yield brush.goes_on([self._label])
        for node in tell(step):
            yield brush.began(len(node.path()) - 1, node.span)
        if step.node.told:
            yield from brush.ended(len(inside) + 1, step.spans[0])
        else:
            yield from brush.whole(len(inside), step.spans)
        self._last = inside[-1] if inside else None


def _quoted(span: ReadableSpan) -> Iterator[str]:
    """Return the line of what was said, of a span that has content because it was asked for."""
    if said := preview(span):
        from spanwright.console._drawing import quote
        from spanwright.console._signs import UNICODE

        yield quote("  ", said, UNICODE, _WIDTH).plain


def _name(facts: Facts) -> str:
    return " ".join(filter(None, [facts.verb, facts.target])) + facts.detail


def _figures(facts: Facts) -> Iterator[str]:
    yield duration(facts.duration)
    if facts.usage:
        yield f"{count(facts.usage.input)} in"
        if facts.kind is not Kind.EMBEDDINGS:
            yield f"{count(facts.usage.output)} out"
    yield from facts.notes
    if facts.error:
        yield f"error: {facts.error}"
