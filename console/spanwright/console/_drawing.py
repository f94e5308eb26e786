# SPDX-License-Identifier: Apache-2.0
"""One trace drawn as a tree, with its times and tokens in columns and its sums at the foot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from spanwright.console import _keys as keys
from spanwright.console._columns import Row, fit, has_costs
from spanwright.console._facts import Kind, read, text
from spanwright.console._figures import count, dollars, duration
from spanwright.console._forest import ended, grow, started
from spanwright.console._preview import preview
from spanwright.console._signs import ASCII, UNICODE
from spanwright.console._totals import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.sdk.trace import ReadableSpan
    from rich.console import Console

    from spanwright.console._columns import Columns
    from spanwright.console._facts import Facts
    from spanwright.console._forest import Branch, Tree
    from spanwright.console._signs import Signs

_COLOURS = {
    Kind.MODEL: "cyan",
    Kind.EMBEDDINGS: "blue",
    Kind.TOOL: "yellow",
    Kind.AGENT: "magenta",
    Kind.RETRIEVAL: "green",
    Kind.HTTP: "bright_black",
    Kind.OTHER: "default",
}
_QUIET = "bright_black"
# Below this, lines that wrap are easier to read than names without letters.
_NARROWEST = 60
_ERROR = "red"


def render(spans: Iterable[ReadableSpan], console: Console) -> None:
    """Show each trace among these spans as a tree."""
    for tree in grow(spans):
        show(tree, console)


def show(tree: Tree, console: Console, remark: str = "") -> None:
    """Show one tree with a single write, so that what others write does not get between its lines."""
    ascii_only = console.options.ascii_only
    drawing = Drawing(tree, max(console.width, _NARROWEST), ASCII if ascii_only else UNICODE, remark)
    picture = Text("\n").join(drawing.lines())
    if ascii_only:
        # A name can hold what the terminal's encoding cannot: better a question mark than an exception.
        picture.plain = picture.plain.encode(console.encoding, "replace").decode(console.encoding)
    console.print(picture, highlight=False, no_wrap=True, overflow="ignore", crop=False)


class Drawing:
    """One tree, laid out for one width."""

    def __init__(self, tree: Tree, width: int, signs: Signs, remark: str) -> None:
        self._tree = tree
        self._width = width
        self._signs = signs
        self._remark = remark
        self._facts = [read(branch.span) for branch in tree.branches]
        self._totals = add_up(tree, self._facts)
        self._parents = {branch.parent for branch in tree.branches}
        rows = list(map(self._row, tree.branches, self._facts))
        self._priced = has_costs(rows, width)
        needed = max(map(self._lead, tree.branches, self._facts))
        whole = max(row.name.cell_len for row in rows)
        self._columns = fit([*rows, self._total()], (needed, whole), width)

    def lines(self) -> Iterable[Text]:
        """Draw the whole picture, top down."""
        yield Text()
        yield self._title()
        if self._columns.input or self._columns.first:
            heading = Row(
                Text(), time="time", input="in", output="out", cost="cost", first="first", style=_QUIET
            )
            yield self._columns.lay(heading, self._signs)
        for position, (branch, facts) in enumerate(zip(self._tree.branches, self._facts, strict=True)):
            yield from self._span(position, branch, facts)
        yield Text(self._signs.rule * self._width, _QUIET)
        yield from laid(self._total(), "", self._columns, self._signs, self._width)
        yield self._counts()

    def _title(self) -> Text:
        title = Text()
        title.append(self._signs.rule * 2 + " ", _QUIET)
        service = text(self._tree.branches[0].span.resource.attributes, keys.SERVICE_NAME)
        if service and not service.startswith("unknown_service"):
            title.append(service + " ", "bold")
        title.append(f"trace {self._tree.trace_id:032x} ", _QUIET)
        if self._remark:
            title.append(f"({self._remark}) ", "yellow")
        title = self._signs.cut(title, self._width)
        return title.append(self._signs.rule * (self._width - title.cell_len), _QUIET)

    def _span(self, position: int, branch: Branch, facts: Facts) -> Iterable[Text]:
        under = self._signs.under(branch.lasts, has_children=position in self._parents)
        yield from laid(self._row(branch, facts), under, self._columns, self._signs, self._width)
        if said := preview(branch.span):
            yield quote(under, said, self._signs, self._width)

    def _row(self, branch: Branch, facts: Facts) -> Row:
        row = outline(facts, self._signs.guides(branch.lasts), self._signs)
        return replace(row, when=self._when(branch.span), when_style=_colour(facts))

    def _lead(self, branch: Branch, facts: Facts) -> int:
        """Measure the part of a name that should stay: the path of a URL may go."""
        return cell_len(f"{self._signs.guides(branch.lasts)}{facts.verb} {facts.target}".rstrip())

    def _when(self, span: ReadableSpan) -> tuple[float, float]:
        start, whole = self._tree.start, max(self._totals.duration, 1)
        return (started(span) - start) / whole, (ended(span) - start) / whole

    def _total(self) -> Row:
        totals = self._totals
        return Row(
            Text("total", "bold"),
            time=duration(totals.duration),
            input=count(totals.usage.input) if totals.usage else "",
            output=count(totals.usage.output) if totals.usage.output else "",
            cost=dollars(totals.cost) if self._priced and totals.cost is not None else "",
            notes=self._signs.dot.join(
                [*totals.usage.parts(), *filter(None, [totals.price(shown=self._priced)])]
            ),
            style="bold",
        )

    def _counts(self) -> Text:
        counts = Text()
        for part in self._totals.counts():
            counts.append(self._signs.dot if counts else "", _QUIET)
            counts.append(part, _ERROR if part.endswith(("error", "errors")) else _QUIET)
        return self._signs.cut(counts, self._width)


def outline(facts: Facts, guides: str, signs: Signs) -> Row:
    """Say on a row what one span says for itself; where it stands in time is for those to add who know the whole."""
    colour = _colour(facts)
    name = Text(guides, _QUIET)
    name.append(facts.verb, colour)
    name.append(" " if facts.verb and facts.target else "")
    name.append(facts.target, colour if facts.kind is Kind.HTTP else f"bold {colour}")
    name.append(facts.detail, _QUIET)
    error = [signs.cross + facts.error] if facts.error else []
    usage = facts.usage
    return Row(
        name,
        time=duration(facts.duration),
        input=count(usage.input) if usage else "",
        output=count(usage.output) if usage and facts.kind is not Kind.EMBEDDINGS else "",
        cost="" if facts.cost is None else dollars(facts.cost),
        first="" if facts.first_chunk is None else duration(facts.first_chunk),
        notes=signs.dot.join([*facts.notes, *error]),
        notes_style=_ERROR if facts.error else _QUIET,
    )


def laid(row: Row, under: str, columns: Columns, signs: Signs, width: int) -> Iterable[Text]:
    """Lay out the row, and its notes on a second line where they find no room beside the numbers."""
    if cell_len(row.notes) <= columns.notes:
        yield columns.lay(row, signs)
    else:
        yield columns.lay(replace(row, notes=""), signs)
        yield signs.cut(Text(under, _QUIET).append(row.notes, row.notes_style), width)


def quote(under: str, said: tuple[str, str], signs: Signs, width: int) -> Text:
    """Put on a line what went in and what came out."""
    given, answered = said
    arrow = signs.arrow if answered else ""
    room = width - len(under) - len(arrow)
    # Each side may take what the other leaves free, and at least half.
    given = signs.cut(Text(given), max(room // 2, room - cell_len(answered))).plain
    line = Text(under, _QUIET).append(f"{given}{arrow}{answered}".strip(), "dim italic")
    return signs.cut(line, width)


def _colour(facts: Facts) -> str:
    return _ERROR if facts.error else _COLOURS[facts.kind]
