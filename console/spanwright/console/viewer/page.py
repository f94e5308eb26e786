# SPDX-License-Identifier: Apache-2.0
"""The page: one document with its style, its script and its rows inside, which asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from spanwright.console.viewer.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spanwright.console.viewer.rows import Row

_WEB = files("spanwright.console.viewer") / "web"
_STYLES = ("base.css", "lists.css", "detail.css", "print.css")
# One scope holds them all, so a file may use what stands in those before it, and in functions whatever it likes.
_SCRIPTS = (
    "text.js",
    "dom.js",
    "store.js",
    "totals.js",
    "search.js",
    "virtual.js",
    "traces.js",
    "timeline.js",
    "graph.js",
    "sums.js",
    "values.js",
    "conversation.js",
    "detail.js",
    "route.js",
    "live.js",
    "app.js",
)
_DETAILS = 256  # rows whose detail is parsed together, when one of them is looked at


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same on every page; `policy` allows these very texts to run and nothing else."""

    before: str
    style: str
    body: str
    script: str
    policy: str


@cache
def frame() -> Frame:
    """Put the parts together once."""
    style = "\n".join(_text(name) for name in _STYLES)
    script = '"use strict";\n(() => {\n' + "\n".join(_text(name) for name in _SCRIPTS) + "\n})();\n"
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )
    head, _, body = _text("page.html").partition("<!-- body -->")
    return Frame(head, style, body, script, policy)


def page(rows: Sequence[Row], title: str, *, live: bool = False, unreadable: int = 0) -> Iterator[str]:
    """Write the page piece by piece: what is seen first comes first, and details after the script."""
    parts = frame()
    policy = parts.policy if live else parts.policy.replace("connect-src 'self'", "connect-src 'none'")
    settings = {"title": title, "live": live, "rows": len(rows), "block": _DETAILS, "unreadable": unreadable}
    yield parts.before.replace("{policy}", html.escape(policy)).replace("{title}", html.escape(_whole(title)))
    yield f"<style>{parts.style}</style>\n{parts.body}"
    yield _data("settings", as_json(settings))
    yield _data("summaries", "[" + ",\n".join(as_json(summary) for summary, _ in rows) + "]")
    yield f"<script>{parts.script}</script>\n"
    for number, block in enumerate(range(0, len(rows), _DETAILS)):
        yield _data(f"details-{number}", "\n".join(detail for _, detail in rows[block : block + _DETAILS]))
    yield "</body>\n</html>\n"


def _data(name: str, content: str) -> str:
    return f'<script type="application/json" id="{name}">{content}</script>\n'


def _text(name: str) -> str:
    return (_WEB / name).read_text("utf-8").replace("\r\n", "\n")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _whole(text: str) -> str:
    """Replace what UTF-8 cannot write, such as a file's name in another encoding."""
    return text.encode("utf-8", "replace").decode()
