# SPDX-License-Identifier: Apache-2.0
"""Credentials that are told by their names: `{"password": ...}`, `api_key=...`, `Authorization: ...`.

Names are looked for as words, one after the other, and only what stands behind a word is matched, in bounds.
"""

from __future__ import annotations

import re

MARK = "[redacted:secret_field]"
_REPLACED = ("[redacted:", "REDACTED")
# The ends of names of fields, without anything but letters: `openai_api_key`, `X-Auth-Token`, `clientSecret`.
_ENDS = (
    "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "apikey", "accesskey", "secretkey",
    "privatekey", "accountkey", "masterkey", "encryptionkey", "subscriptionkey", "authkey", "authorization", "cookie",
    "credential", "credentials", "passwords", "secrets", "signature", "connectionstring", "privatekeypem",
)  # fmt: skip
_WHOLE = frozenset(("auth", "pass", "pin", "otp", "sig", "jwt", "bearer", "cvv", "cvc"))
_KEYED = ("api", "access", "secret", "private", "account", "master", "encryption", "subscription", "auth")
_PARAMETERS = ("key", "sig", "code", "auth", "credential", "awsaccesskeyid")
_WORDS = (
    "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "key", "authorization", "cookie",
    "credential", "signature",
)  # fmt: skip
_HEADERS = ("authorization", "cookie", "key")
_SPELLED = re.compile(r"[^a-z]+")
# Between a name and its value: the rest of the name, the end of its quotes, a sign.
_BETWEEN = r"(?:[_-]?(?:access[_-]?)?(?:key|value))?\\{0,3}[\"']?[ \t]{0,4}(?:=>|[:=])[ \t]{0,4}"
_QUOTED = r"\"[^\"\\]*(?:\\.[^\"\\]*){0,256}|'[^'\\]*(?:\\.[^'\\]*){0,256}|\\{1,3}\"[^\"\\]*|\\{1,3}'[^'\\]*"
_BARE = r"[^\s&;,\"'<>(){}\[\]\\][^\s&;,\"'<>\\]{2,}"
_VALUE = re.compile(rf"({_BETWEEN})({_QUOTED}|{_BARE})", re.DOTALL | re.IGNORECASE)
_LINE = re.compile(r"([ \t]{0,4}:[ \t]{0,4})([^\s\"'\\,}\]][^\r\n\"'\\}\]]+)")
_PARAMETER = re.compile(r"(=)([^&;#\s\"'<>]+)")
# Letters alone are folded, so that each stays in its place.
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def is_secret(name: str) -> bool:
    """Tell whether the value of a field of this name is a credential."""
    spelled = _SPELLED.sub("", name.lower()) if not name.isalpha() else name.lower()
    return spelled in _WHOLE or spelled.endswith(_ENDS)


def fields(text: str) -> str:
    """Return the text without the values of what is named as a credential."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = text.translate(_LOWER)
    found = sorted(spot for word in _WORDS for spot in _spots(lowered, word))
    if "?" in text or "&" in text:
        found += [spot for word in _PARAMETERS for sign in "?&" for spot in _spots(lowered, f"{sign}{word}=")]
        found.sort()
    done, pieces = 0, list[str]()
    for start, word in found:
        if start < done or (value := _value(text, lowered, start, word)) is None:
            continue
        begin, end = value
        pieces += (text[done:begin], MARK)
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _spots(text: str, word: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    start = text.find(word)
    while start >= 0:
        found.append((start, word))
        start = text.find(word, start + len(word))
    return found


def _value(text: str, lowered: str, start: int, word: str) -> tuple[int, int] | None:
    """Return where the value stands that belongs to the name at `start`, without its quotes; None if none does."""
    end = start + len(word)
    if word[0] in "?&":
        match = _PARAMETER.match(text, end - 1)
    else:
        if word == "key" and not lowered[max(start - 13, 0) : start].rstrip("_- ").endswith(_KEYED):
            return None
        match = (_LINE.match(text, end) if word in _HEADERS else None) or _VALUE.match(text, end)
    if match is None:
        return None
    begin, stop = match.span(2)
    bare = match.group(2).lstrip("\\")
    if bare[:1] in ('"', "'"):
        begin = stop - len(bare) + 1
    # What another rule has replaced keeps its mark, and an empty value is none.
    return None if begin == stop or text.startswith(_REPLACED, begin) else (begin, stop)
