# SPDX-License-Identifier: Apache-2.0
"""Draws what a library's tests recorded: its traces as a list to be opened span by span, in HTML without a script."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from spanwright.console import _otlp as otlp
from spanwright.console._facts import Kind, read
from spanwright.console._figures import count, duration
from spanwright.console._forest import ended, grow, started

if TYPE_CHECKING:
    from spanwright.console._forest import Branch, Tree

_FEW = 2


def figure(recorded: str) -> str:
    """Return the figure of an OTLP document: for each span its name, time, place in time and tokens; attributes inside."""
    trees = grow(otlp.spans(recorded))
    spans = [(branch, tree) for tree in trees for branch in tree.branches]
    # Where there is little to see at a glance, the first is open.
    opened = "open" if len(spans) <= _FEW else ""
    items = "".join(
        _item(branch, tree, "" if place else opened) for place, (branch, tree) in enumerate(spans)
    )
    return f'<figure class="trace"><ol>{items}</ol></figure>'


def _item(branch: Branch, tree: Tree, opened: str) -> str:
    zero, whole = tree.start, max(tree.end - tree.start, 1)
    span, facts = branch.span, read(branch.span)
    begins = 100 * (started(span) - zero) / whole
    lasts = 100 * (ended(span) - started(span)) / whole
    verb, target = (facts.verb, facts.target) if facts.verb else ("", facts.target or span.name)
    usage = facts.usage
    tokens = f"{count(usage.input)} in" if usage else ""
    if usage and facts.kind is not Kind.EMBEDDINGS:
        tokens += f", {count(usage.output)} out"
    place = f"--depth:{len(branch.lasts)};--from:{begins:.1f}%;--long:{lasts:.1f}%"
    name = f"<b>{escape(verb)}</b> {escape(target)}<small>{escape(facts.detail)}</small>"
    return (
        f'<li class="{facts.kind.value}" style="{place}"><details {opened}><summary>'
        f'<span class="name">{name}</span><span class="bar"><i></i></span>'
        f'<span class="tokens">{tokens}</span><span class="time">{duration(facts.duration)}</span>'
        f"</summary>{_attributes(dict(span.attributes or {}))}</details></li>"
    )


def _attributes(attributes: dict[str, Any]) -> str:
    rows = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(_shown(value))}</dd>" for key, value in sorted(attributes.items())
    )
    return f"<dl>{rows}</dl>"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
