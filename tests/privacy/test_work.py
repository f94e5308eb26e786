# SPDX-License-Identifier: Apache-2.0
"""What the rules do grows with the text and not faster, whatever the text is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from privacy.steps import Counted, lines
from spanwright.semconv import credentials, fields, media, personal

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = [credentials.credentials, fields.fields, personal.personal, media.media]
MODULES = (credentials, fields, personal, media)
FILES = tuple(str(module.__file__) for module in MODULES)
# What rules begin with, alone and in pieces, so that each of them is begun over and over, and never ends.
FRAGMENTS = [
    "a", "0", "A", " ", "-", "@", "(", "\\", '"', "=", "AB12", "a@", "@a.", "1 ", "4-", "4111 ", "+1", "0301 ", "(212) ",
    "sk-", "sk-a", "eyJ", "eyJaaaaaaaa.", "ghp_", "xoxb-", "AKIA", "AIza", "://", "://a", "://a:", "Bearer ", "Basic aaaaaaaa ",
    "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----A-", "password", "password:", 'password:"',
    'password:"\\a', "token token", "api_key ", "authorization:", "cookie: a", "?key=", "&sig", "data:", "data:a/b;",
    "data:a/b;base64,A", ";base64,", "[redacted:", "DE89", "DE89 3704 ", "İ",
    "sk-eyJ", "password:Bearer ", "a@1 AB12", "://a:key=", "token \\",
]  # fmt: skip
MOST = 900
SIZE = 100


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str], str], int]:
    """Return what counts steps of patterns and lines of code, together."""
    count = [0]
    for module in MODULES:
        for name, value in vars(module).copy().items():
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Counted(value, count))
    forms, rules = credentials._forms()
    forms_counted = (Counted(forms, count), rules)
    places, address = Counted(personal._places(), count), Counted(media._address(), count)
    monkeypatch.setattr(credentials, "_forms", lambda: forms_counted)
    monkeypatch.setattr(personal, "_places", lambda: places)
    monkeypatch.setattr(media, "_address", lambda: address)

    def counted(rule: Callable[[str], str], text: str) -> int:
        count[0] = 0
        return lines(lambda: rule(text), *FILES) + count[0]

    return counted


def _text(fragment: str, size: int) -> str:
    # Each rule has its reason to look at the text.
    return fragment * (size // len(fragment)) + " sk- @ :// password ;base64, "


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_the_work_on_a_text_is_bounded_by_its_length(rule: Any, fragment: str, work: Any) -> None:
    once, twice = (work(rule, _text(fragment, size)) for size in (SIZE, 2 * SIZE))
    assert twice <= 2.3 * once + 2_000
    assert twice <= MOST * 2 * SIZE


def test_the_count_would_tell_of_a_pattern_that_is_not_linear() -> None:
    def steps(size: int) -> int:
        count = [0]
        Counted(re.compile("a+b"), count).search("a" * size)
        return count[0]

    assert steps(2 * SIZE) > 3 * steps(SIZE)


@pytest.mark.parametrize("fragment", ["sk-", "token", "4-", "AB12"])
def test_five_megabytes_pass_every_rule(fragment: str) -> None:
    text = fragment * (5_000_000 // len(fragment)) + " me@example.com"
    for rule in RULES:
        shown = rule(text)
    assert personal.personal(shown[-40:]).endswith("[redacted:email]")
