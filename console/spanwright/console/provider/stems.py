# SPDX-License-Identifier: Apache-2.0
"""The words of a text that carry meaning: what makes a tool fit a question and two texts alike."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ENDING = re.compile(r"(?:ies|ing|ed|es|s|e)$")
_SHORT = 4
# Words that say nothing about what a text is about.
_COMMON = frozenset(
    _WORD.findall(
        "a about an and any are as at be by can current do does for from get give given has have how i in "
        "into is it its me my need now of on one or our please return returns right set so tell that the "
        "their them then there these this to tool use used using want was what when where which will with "
        "would you your"
    )
)


def stems(text: str) -> set[str]:
    """The words that carry meaning, without their commonest endings."""
    found: set[str] = set()
    for word in _WORD.findall(_CAMEL.sub(" ", text).lower()):
        if word not in _COMMON and len(word) > 1:
            found.add(_ENDING.sub("", word) if len(word) > _SHORT else word)
    return found
