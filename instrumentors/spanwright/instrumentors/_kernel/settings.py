# SPDX-License-Identifier: Apache-2.0
"""The environment variables: read once, validated, one warning each, and the safe default for what is wrong."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.mask import Mask

T = TypeVar("T")
# The modules of spanwright.semconv.vocabularies, none of which is loaded here.
VOCABULARIES = ("openinference", "openllmetry")

CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
METRICS = "SPANWRIGHT_METRICS"
CHUNK_METRICS = "SPANWRIGHT_CHUNK_METRICS"
CONTENT_LIMIT = "SPANWRIGHT_CONTENT_LIMIT"
REDACT = "SPANWRIGHT_REDACT"
REDACT_PATTERNS = "SPANWRIGHT_REDACT_PATTERNS"
REDACTORS = "SPANWRIGHT_REDACTORS"
PROPAGATE_TO = "SPANWRIGHT_PROPAGATE_TO"
EXCLUDED_HOSTS = "SPANWRIGHT_EXCLUDED_HOSTS"
DIALECTS = "SPANWRIGHT_DIALECTS"
COST = "SPANWRIGHT_COST"
LANGCHAIN_VERBOSE = "SPANWRIGHT_LANGCHAIN_VERBOSE"
STRICT = "SPANWRIGHT_STRICT"

_CONTENT_MODES = {
    "no_content": (False, False),
    "span_only": (True, False),
    "event_only": (False, True),
    "span_and_event": (True, True),
    "true": (True, False),
    "false": (False, False),
}
_FLAGS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
_SMALLEST_LIMIT = 256
# Python refuses to read numbers of thousands of digits.
_LONGEST_NUMBER = 18
DEFAULT_LIMIT = 262_144


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment asks for.

    `content_limit` is the largest JSON of one content attribute, in characters. `propagate_to` and
    `excluded_hosts` are host patterns (`*.example.com`); `propagate_to` is None when the default rule holds. `policy`
    has the rules that all passes that is written, if there are any. `dialects` are the vocabularies that
    are written beside that of the conventions.
    """

    content_on_spans: bool = False
    content_on_events: bool = False
    content_limit: int = DEFAULT_LIMIT
    metrics: str = "compat"
    chunk_metrics: bool = False
    propagate_to: tuple[str, ...] | None = None
    excluded_hosts: tuple[str, ...] = ()
    dialects: tuple[str, ...] = ()
    cost: bool = False
    langchain_verbose: bool = False
    strict: bool = False
    policy: Mask | None = None

    @property
    def content(self) -> bool:
        """Whether content is captured at all."""
        return self.content_on_spans or self.content_on_events


_current: Settings | None = None


def current() -> Settings:
    """Return the settings of this process; the environment is read the first time."""
    return _current if _current is not None else reload()


def reload(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment anew."""
    global _current  # noqa: PLW0603 - one process, one environment
    _current = load(os.environ if environ is None else environ)
    return _current


def load(environ: Mapping[str, str]) -> Settings:
    """Return the settings that `environ` asks for; each wrong value costs one warning and means its default."""
    on_spans, on_events = _choice(environ, CONTENT, _CONTENT_MODES, (False, False), "NO_CONTENT")
    patterns = _patterns(environ.get(PROPAGATE_TO))
    policy = None
    if any(environ.get(name, "").strip() for name in (REDACT, REDACT_PATTERNS, REDACTORS)):
        from spanwright.instrumentors._kernel.policy import load as load_policy

        policy, is_open = load_policy(environ)
        on_spans, on_events = on_spans and is_open, on_events and is_open
    return Settings(
        content_on_spans=on_spans,
        content_on_events=on_events,
        content_limit=_limit(environ),
        metrics=_choice(environ, METRICS, {m: m for m in ("compat", "latest", "both")}, "compat", "compat"),
        chunk_metrics=_flag(environ, CHUNK_METRICS),
        propagate_to=patterns if environ.get(PROPAGATE_TO) is not None else None,
        excluded_hosts=_patterns(environ.get(EXCLUDED_HOSTS)),
        dialects=_vocabularies(environ),
        cost=_flag(environ, COST),
        langchain_verbose=_flag(environ, LANGCHAIN_VERBOSE),
        strict=_flag(environ, STRICT),
        policy=policy,
    )


def _choice(environ: Mapping[str, str], name: str, choices: Mapping[str, T], default: T, shown: str) -> T:
    raw = environ.get(name, "").strip()
    if not raw:
        return default
    found = choices.get(raw.lower())
    if found is None:
        wrong(name, raw, ", ".join(choices), shown)
        return default
    return found


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return _choice(environ, name, _FLAGS, default=False, shown="false")


def _vocabularies(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the known ones of those asked for, each once."""
    asked = dict.fromkeys(_patterns(environ.get(DIALECTS)))
    known = tuple(name for name in asked if name in VOCABULARIES)
    if len(known) < len(asked):
        wrong(DIALECTS, environ[DIALECTS], ", ".join(VOCABULARIES), ",".join(known) or "none")
    return known


def _limit(environ: Mapping[str, str]) -> int:
    """Return the budget, also below the SDK's own cut, which would leave half a JSON document."""
    limits = [_whole(environ, CONTENT_LIMIT, DEFAULT_LIMIT)]
    for name in ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"):
        if (found := _count(environ.get(name, "").strip())) is not None:
            limits.append(found)
            break
    return max(min(limits), 2)


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    raw = environ.get(name, "").strip()
    if not raw:
        return default
    found = _count(raw)
    if found is None or found < _SMALLEST_LIMIT:
        wrong(name, raw, f"a whole number of characters from {_SMALLEST_LIMIT}", str(default))
        return default
    return found


def _count(raw: str) -> int | None:
    return int(raw) if raw.isdecimal() and len(raw) <= _LONGEST_NUMBER else None


def _patterns(raw: str | None) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in (raw or "").split(",") if part.strip())


def wrong(name: str, value: str, allowed: str, default: str) -> None:
    """Warn of a value that is not allowed."""
    warn(
        "%s=%r is none of the allowed values (%s); %s is used, the application is unaffected",
        name,
        value,
        allowed,
        default,
    )


def warn(message: str, *args: object) -> None:
    """Warn of what the environment asks for."""
    # A handler of the application may raise, at start-up as well.
    with suppress(Exception):
        logging.getLogger("spanwright").warning(message, *args)
