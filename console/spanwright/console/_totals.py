# SPDX-License-Identifier: Apache-2.0
"""What a whole trace adds up to: calls, requests, failures, tokens and an estimate of the cost."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from spanwright.console._facts import Facts, Kind, Usage, text
from spanwright.console._figures import counted, dollars
from spanwright.semconv import names
from spanwright.semconv.billing import price_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from spanwright.console._forest import Tree


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over one tree."""

    spans: int
    model_calls: int
    tool_calls: int
    requests: int
    errors: int
    duration: int
    usage: Usage
    cost: Decimal | None
    priced_calls: int

    def __add__(self, other: Totals) -> Totals:
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Totals(
            spans=self.spans + other.spans,
            model_calls=self.model_calls + other.model_calls,
            tool_calls=self.tool_calls + other.tool_calls,
            requests=self.requests + other.requests,
            errors=self.errors + other.errors,
            duration=max(self.duration, other.duration),
            usage=self.usage + other.usage,
            cost=sum(costs, Decimal()) if costs else None,
            priced_calls=self.priced_calls + other.priced_calls,
        )

    def counts(self) -> Iterable[str]:
        """Say how many of what there were, leaving out what there was none of."""
        yield counted(self.spans, "span")
        if self.model_calls:
            yield counted(self.model_calls, "model call")
        if self.tool_calls:
            yield counted(self.tool_calls, "tool call")
        if self.requests:
            yield counted(self.requests, "HTTP request")
        if self.errors:
            yield counted(self.errors, "error")

    def price(self, *, shown: bool = False) -> str:
        """Estimate the cost, and say so when some of the models have no known price; `shown` when it has a column."""
        if self.cost is None:
            return ""
        partly = "" if self.priced_calls == self.model_calls else self._partly()
        return f"cost{partly}" if shown and partly else "" if shown else f"~{dollars(self.cost)}{partly}"

    def _partly(self) -> str:
        return f" for {self.priced_calls} of {self.model_calls} calls"


def add_up(tree: Tree, lines: Sequence[Facts]) -> Totals:
    """Count a model call once, however many layers traced it, and a failure once, however far it rose."""
    usage = Usage()
    calls = [*_outermost(tree, lines, Kind.MODEL), *_outermost(tree, lines, Kind.EMBEDDINGS)]
    prices: list[Decimal] = []
    for position in calls:
        teller = _teller(tree, lines, position)
        usage += lines[teller].usage
        price = price_of(tree.branches[teller].span, lines[teller])
        prices += [] if price is None else [price]
    return Totals(
        spans=len(lines),
        model_calls=len(calls),
        tool_calls=sum(1 for _ in _outermost(tree, lines, Kind.TOOL)),
        requests=sum(facts.kind is Kind.HTTP for facts in lines),
        errors=_failures(tree, lines),
        duration=tree.end - tree.start,
        usage=usage,
        cost=sum(prices, Decimal()) if prices else None,
        priced_calls=len(prices),
    )


def _outermost(tree: Tree, lines: Sequence[Facts], kind: Kind) -> Iterable[int]:
    """Find the spans of a kind that do not merely repeat the operation they are part of."""
    for position, facts in enumerate(lines):
        above = tree.branches[position].parent
        if facts.kind is kind and (above is None or not _repeats(facts, lines[above])):
            yield position


def _repeats(facts: Facts, above: Facts) -> bool:
    # One tool may call another, but a model call inside a model call is the same call seen by another layer.
    return facts.kind is above.kind and (facts.kind is not Kind.TOOL or facts.target == above.target)


def _teller(tree: Tree, lines: Sequence[Facts], position: int) -> int:
    """Return the call itself, or else the layer directly inside it that knows the tokens."""
    if lines[position].usage:
        return position
    depth = len(tree.branches[position].lasts)
    for below in range(position + 1, len(lines)):
        if len(tree.branches[below].lasts) <= depth:
            break
        if tree.branches[below].parent == position and lines[below].usage:
            return below
    return position


def _failures(tree: Tree, lines: Sequence[Facts]) -> int:
    """Count failures where they arose: an error that rises through its parents is still one."""
    passed_on = {branch.parent for branch, facts in zip(tree.branches, lines, strict=True) if facts.error}
    return sum(facts.error is not None and position not in passed_on for position, facts in enumerate(lines))


def price_of(span: ReadableSpan, facts: Facts) -> Decimal | None:
    """Return what the span says, or else ask `genai-prices` when it is installed; no price is better than a wrong one."""
    if facts.cost is not None:
        return facts.cost
    usage = facts.usage
    if not usage:
        return None
    attributes = span.attributes or {}
    try:
        prices: Any = importlib.import_module("genai_prices")
        priced = prices.calc_price(
            prices.Usage(
                input_tokens=usage.input,
                output_tokens=usage.output,
                cache_read_tokens=usage.cached or None,
                cache_write_tokens=usage.written or None,
            ),
            model_ref=text(attributes, names.GEN_AI_RESPONSE_MODEL, names.GEN_AI_REQUEST_MODEL),
            provider_id=price_list(text(attributes, names.GEN_AI_PROVIDER_NAME) or None),
        )
        return Decimal(priced.total_price)
    # An optional package of its own pace: whatever it raises, the tree is shown without a price.
    except Exception:
        return None
