# SPDX-License-Identifier: Apache-2.0
"""The rules that the environment asks for: built-in ones, patterns of the user, callables by entry point.

Whatever is wrong with a rule hides more, never less: an unknown name means all built-in rules, a pattern that is none
or cannot be read withholds all content, and so does a callable that cannot be loaded. One that raises, or returns no
text, withholds what it was given.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.guard import warn_once
from spanwright.semconv.credentials import credentials
from spanwright.semconv.fields import fields
from spanwright.semconv.mask import Mask
from spanwright.semconv.media import media
from spanwright.semconv.personal import personal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Rule = Callable[[str], str]

GROUP = "spanwright_redactor"
SECRETS, PII, MEDIA = "secrets", "pii", "media"
_CLASSES: dict[str, tuple[Rule, ...]] = {
    SECRETS: (credentials, fields),
    PII: (personal,),
    MEDIA: (media,),
}
_WITHHELD = "[redacted:withheld]"
_LONGEST_FILE = 1 << 20


def load(environ: Mapping[str, str]) -> tuple[Mask | None, bool]:
    """Return the rules, None if there are none, and whether content may be read at all."""
    names = _names(environ.get(settings.REDACT, ""))
    facts = [rule for name in names for rule in _CLASSES[name]]
    patterns = environ.get(settings.REDACT_PATTERNS, "").strip()
    open_ = True
    if patterns:
        try:
            facts += [_Pattern(name, pattern) for name, pattern in _patterns(patterns)]
        except (OSError, ValueError, RecursionError, OverflowError, re.error) as error:
            open_ = False
            settings.warn(
                "%s=%r cannot be used (%s); no content is captured, the application is unaffected",
                settings.REDACT_PATTERNS,
                patterns,
                error,
            )
    texts: list[Rule] = [Redactor(name) for name in _listed(environ.get(settings.REDACTORS, ""))]
    if not open_:
        texts.append(_withhold)
    if not facts and not texts:
        return None, True
    return Mask(facts, texts, named=SECRETS in names, sealed=MEDIA in names), open_


class _Pattern:
    """A pattern of the user; what it matches is replaced whole."""

    __slots__ = ("_mark", "_pattern")

    def __init__(self, name: str, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._mark = f"[redacted:{name}]"

    def __call__(self, text: str) -> str:
        """Return the text without what matches; nothing is put where nothing was."""
        return self._pattern.sub(lambda match: self._mark if match.group() else "", text)


class Redactor:
    """A callable of the user, loaded when the first text passes: `redact(text) -> text`, or None to withhold it."""

    __slots__ = ("_call", "_mark", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._mark = f"[redacted:{name}]"
        self._call: Callable[[str], Any] | None = None

    def __call__(self, text: str) -> str:
        """Return what the callable returns. What it asks of models or services is not traced, nor redacted again."""
        # Needed by those who have a callable, and nobody else.
        from opentelemetry.instrumentation.utils import suppress_instrumentation

        try:
            with suppress_instrumentation():
                if self._call is None:
                    self._call = _loaded(self._name)
                found = self._call(text)
        # It must not end the application, whose call this is.
        except (Exception, SystemExit) as error:
            self._warn(f"failed with {type(error).__name__}")
            return self._mark
        if found is None:
            return self._mark
        if not isinstance(found, str):
            self._warn(f"returned a {type(found).__name__} in place of a text")
            return self._mark
        return str.__str__(found)

    def _warn(self, what: str) -> None:
        warn_once(
            (GROUP, self._name, what),
            "the redactor %r (%s) %s; what it was given is withheld, the application is unaffected",
            self._name,
            settings.REDACTORS,
            what,
        )


def _loaded(name: str) -> Callable[[str], Any]:
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP, name=name):
        return point.load()
    msg = f"no entry point {name!r} in the group {GROUP}"
    raise LookupError(msg)


def _names(raw: str) -> list[str]:
    """Return the classes of built-in rules in the order in which they are named."""
    wanted = list(dict.fromkeys(_listed(raw.lower())))
    if wanted == ["none"]:
        return []
    if all(name in _CLASSES for name in wanted):
        return wanted
    settings.wrong(settings.REDACT, raw.strip(), "none, or of secrets, pii, media, by commas", "all of them")
    return list(_CLASSES)


def _listed(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def _patterns(raw: str) -> Iterator[tuple[str, str]]:
    """Yield name and pattern. `raw` is JSON (a list, or an object by name) or the path of a file.

    A file holds the same JSON, or one pattern a line, where lines that are empty or begin with `#` say nothing.
    """
    text = raw
    if raw[0] not in "[{":
        with Path(raw).expanduser().open(encoding="utf-8-sig") as file:
            text = file.read(_LONGEST_FILE + 1).strip()
        if len(text) > _LONGEST_FILE:
            msg = f"the file is longer than {_LONGEST_FILE} characters"
            raise ValueError(msg)
    found = _decoded(text)
    if not all(isinstance(pattern, str) and pattern for pattern in found.values()):
        msg = "a pattern is no text"
        raise ValueError(msg)
    yield from found.items()


def _decoded(text: str) -> dict[str, Any]:
    """Return patterns by their names; those without one are numbered."""
    if text.startswith("{"):
        return json.loads(text)
    listed = (
        cast("list[Any]", json.loads(text))
        if _is_list(text)
        else [line.strip() for line in text.splitlines()]
    )
    kept = [line for line in listed if not isinstance(line, str) or (line and not line.startswith("#"))]
    return {f"pattern_{number}": pattern for number, pattern in enumerate(kept, 1)}


def _is_list(text: str) -> bool:
    """Tell JSON from lines, the first of which may begin with a set of characters."""
    return re.match(r"\[\s*[\"\]]", text) is not None


def _withhold(_: str) -> str:
    return _WITHHELD
