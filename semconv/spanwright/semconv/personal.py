# SPDX-License-Identifier: Apache-2.0
"""Personal data in a text: e-mail addresses, card numbers, phone numbers and IBANs, with the checks that they have.

One pattern finds the places: an at sign with a domain, a run of digits, an IBAN's beginning. None of its alternatives
can fail after a long way; what was found is then judged by itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LOCAL = re.compile(r"[\w.%+-]{1,64}")
_LONGEST_LOCAL = 64
# Cards are written in groups of four to six, and of what is left.
_SMALLEST_GROUP = 4
_GROUP = re.compile(r"[0-9]+")
_CARD = range(13, 20)
# The digits that the numbers of card networks begin with.
_ISSUERS = ("2", "30", "34", "35", "36", "37", "38", "39", "4", "5", "6")
# International with a plus, North American in three groups, national with a zero in front; dates are none of these.
_PHONE = re.compile(
    r"\+[1-9](?:[ ().\-/]{0,2}[0-9]){7,14}(?![0-9])"
    r"|(?<![0-9])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}(?![0-9])"
    r"|(?<![0-9])(?:\(0[0-9]{2,4}\) ?|0[0-9]{2,4}[ /-])[0-9]{3,8}(?:[ /-][0-9]{2,5}){0,3}(?![0-9])"
    r"|(?<![0-9])0[1-9](?:[ .-][0-9]{2}){4}(?![0-9])"
)
_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 "
    "GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 "
    "MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 SO23 ST25 "
    "SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
_IBAN = {item[:2]: int(item[2:]) for item in _LENGTHS.split()}


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    return re.compile(
        r"[@+(0-9A-Z](?:"
        r"(?<=@)(?:[^\W_]|(?<=[\w.-])-){1,63}(?:\.[\w-]{1,63}){1,8}"
        r"|(?<=[+(0-9])[0-9 ().\-/]*"
        r"|(?<=[A-Z])[A-Z][0-9]{2}(?: ?[A-Z0-9]){11,30})"
    )


def personal(text: str) -> str:
    """Return the text without personal data."""
    search = _places().search
    position, done, pieces = 0, 0, list[str]()
    while match := search(text, position):
        start, end = match.span()
        found = match.group()
        if found[0] == "@":
            start, length, shown = _address(text, done, start, found)
        elif found[0].isalpha():
            length, shown = _account(text, start, found)
        else:
            length, shown = len(found), _number(text, start, found)
        if shown is None:
            # What begins like an account may hold the beginning of one.
            position = start + 1 if found[0].isalpha() else end
            continue
        position = match.start() + length
        pieces += (text[done:start], shown)
        done = position
    return "".join((*pieces, text[done:])) if pieces else text


def is_card(digits: str) -> bool:
    """Tell whether these digits are a card's number: its length, its issuer and its check digit (Luhn)."""
    if len(digits) not in _CARD or not digits.startswith(_ISSUERS) or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def is_account(number: str) -> bool:
    """Tell whether this is an IBAN: its country's length and its check digits (97)."""
    if _IBAN.get(number[:2]) != len(number):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def _address(text: str, done: int, at: int, domain: str) -> tuple[int, int, str | None]:
    """Return where an e-mail address begins, how long it is from its at sign on, and its mark.

    Its beginning is looked for from the at sign to the left, in bounds.
    """
    local = _LOCAL.match(text[max(done, at - _LONGEST_LOCAL) : at][::-1])
    whole = domain.rstrip(".-_")
    top = whole.rpartition(".")[2]
    if local is None or len(top) <= 1 or top.isdigit():
        return at, 0, None
    return at - local.end(), len(whole), "[redacted:email]"


def _account(text: str, start: int, found: str) -> tuple[int, str | None]:
    """Return how long an IBAN is that begins here, and its mark. Its country tells where it ends."""
    left, end = _IBAN.get(found[:2], 0), 0
    if not left or _is_within(text, start):
        return 0, None
    while left and end < len(found):
        left -= found[end] != " "
        end += 1
    after = text[start + end : start + end + 1]
    if left or (after.isascii() and after.isalnum()) or not is_account(found[:end].replace(" ", "")):
        return 0, None
    return end, "[redacted:iban]"


def _number(text: str, start: int, run: str) -> str | None:
    """Return a run of digits and what separates them without the cards and phone numbers in it; None if it has none."""
    if len(run) < 8:  # noqa: PLR2004 - fewer characters hold no number of either kind
        return None
    skipped = 0
    if run[0] not in "+(" and _is_within(text, start) and (first := _GROUP.match(run)):
        skipped = first.end()
    shown = _phones(_cards(run, skipped), skipped)
    return shown if shown != run else None


def _is_within(text: str, start: int) -> bool:
    """Tell whether a word goes on at this place. After an escaped line's end there is a new one."""
    before = text[start - 1] if start else " "
    if not (before == "_" or (before.isascii() and before.isalnum())):
        return False
    return not (before in "nrt" and text[start - 2 : start - 1] == "\\")


def _cards(run: str, skipped: int) -> str:
    """Replace each series of groups that is a card's number; there are few lengths, so few series to try."""
    groups = [group.span() for group in _GROUP.finditer(run, skipped)]
    pieces, done, index = list[str](), 0, 0
    while index < len(groups):
        end = _card_end(run, groups, index)
        if end:
            pieces += (run[done : groups[index][0]], "[redacted:card]")
            done = groups[end - 1][1]
        index = end or index + 1
    return "".join((*pieces, run[done:])) if pieces else run


def _card_end(run: str, groups: list[tuple[int, int]], first: int) -> int:
    """Return the index after the last group of a card's number that begins with this group, or 0."""
    digits = ""
    for index in range(first, len(groups)):
        start, end = groups[index]
        if index > first and run[groups[index - 1][1] : start] not in (" ", "-"):
            break
        digits += run[start : min(end, start + _CARD.stop)]
        if len(digits) >= _CARD.stop:
            break
        if is_card(digits):
            return index + 1
        if end - start < _SMALLEST_GROUP:
            break
    return 0


def _phones(run: str, skipped: int) -> str:
    return run[:skipped] + _PHONE.sub("[redacted:phone]", run[skipped:])
