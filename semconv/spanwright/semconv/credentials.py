# SPDX-License-Identifier: Apache-2.0
"""Credentials that are told by their form: keys, tokens, private keys, user and password in an address.

Each form is one alternative of one pattern. An alternative begins with a literal, so that the search passes over all
else at the speed of a scan, and what is unbounded in it cannot fail after it has begun, so that the search is linear.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Boundary by looking back over the literal itself: no letter or digit before it, but an escaped line's end may be there.
_BOUND = r"(?:(?<![A-Za-z0-9]{0})|(?<=\\[nrt]{0}))"
_LONG = r"[\w-]{12,}"
_DOTTED = r"[\w.-]{12,}"
# Words are joined by hyphens, too; a key has digits.
_MIXED = rf"(?=[\w-]{{0,80}}[0-9]){_LONG}"
_BASE64 = r"[A-Za-z0-9+/=\\\s:,]*"
_PEM = (
    rf"[A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----{_BASE64}(?:-(?!-){_BASE64}){{0,8}}"
    r"(?:-----END [A-Z0-9 ]{0,40}-----)?"
)
_OPAQUE = r"[\w.~+/-]"

# By rule: what a credential begins with, and what follows it. The prefixes are those that the issuers document.
_FORMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("private_key", ("-----BEGIN ",), _PEM),
    ("jwt", ("eyJ",), r"[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    ("cloud_key", ("AKIA", "ASIA"), r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("cloud_key", ("AIza",), r"[\w-]{30,}"),
    ("cloud_key", ("ya29.", "GOCSPX-", "hvs.", "dop_v1_"), _DOTTED),
    ("api_key", ("sk-", "pk-lf-", "xai-", "pplx-", "tvly-"), _MIXED),
    ("api_key", ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "shpat_"), _LONG),
    ("api_key", ("gsk_", "hf_", "r8_", "nvapi-", "npm_", "pypi-", "lsv2_", "dckr_pat_"), _MIXED),
    ("api_key", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "ATATT3"), _LONG),
    ("api_key", ("xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-", "xapp-", "SG."), _DOTTED),
    (
        "bearer_token",
        ("Bearer", "bearer", "BEARER"),
        rf"\s{{1,8}}(?:(?={_OPAQUE}{{0,80}}[0-9]){_OPAQUE}{{8,}}|{_OPAQUE}{{16,}})=*",
    ),
    (
        "basic_auth",
        ("Basic", "basic", "BASIC"),
        r"\s{1,8}(?=[A-Za-z0-9+/]{0,80}(?:[0-9+/=]|[a-z][A-Z]))[A-Za-z0-9+/]{8,}=*",
    ),
)
_ADDRESS = "url_credentials"


def _marks() -> dict[str, list[str]]:
    """Return what credentials begin with, by a character in it that most texts lack and that is looked for at once."""
    found: dict[str, list[str]] = {}
    for _, prefixes, _ in _FORMS:
        for prefix in prefixes:
            found.setdefault(next(char for char in "_-.JAB" if char in prefix.upper()), []).append(prefix)
    return found


_MARKS = tuple((char, char.lower(), tuple(prefixes)) for char, prefixes in _marks().items())


@lru_cache(maxsize=1)
def _forms() -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return one pattern of all forms, and the rule of each of its groups, which are empty and end an alternative."""
    rules = [_ADDRESS]
    found = [r"://(?!REDACTED:)[^/?#\s@\"'<>]{1,256}@()"]
    for rule, prefixes, rest in _FORMS:
        for prefix in prefixes:
            literal = re.escape(prefix)
            found.append(f"{literal}{_BOUND.format(literal)}{rest}()")
            rules.append(rule)
    return re.compile("|".join(found)), tuple(rules)


def credentials(text: str) -> str:
    """Return the text without what has the form of a credential."""
    if not _is_suspect(text):
        return text
    pattern, rules = _forms()

    def mark(match: re.Match[str]) -> str:
        rule = rules[(match.lastindex or 1) - 1]
        return f"://[redacted:{rule}]@" if rule == _ADDRESS else f"[redacted:{rule}]"

    return pattern.sub(mark, text)


def _is_suspect(text: str) -> bool:
    """Tell whether any credential may begin in the text, at a fraction of what it costs to look for all."""
    if "@" in text and "://" in text:
        return True
    for upper, lower, prefixes in _MARKS:
        if upper in text or lower in text:
            for prefix in prefixes:
                if prefix in text:
                    return True
    return False
