# SPDX-License-Identifier: Apache-2.0
"""The rules of the privacy policy over 200 kB of messages, with nothing to find and with a find in every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.chat import messages
from timing import Alternative, compare

from spanwright.instrumentors._kernel import settings
from spanwright.semconv.model import Content, Message, Text

if TYPE_CHECKING:
    from figures import Bench

_SIZE = 200_000
_LIMIT = 15.0
_FOUND = "Write to me@example.com with password=test-test."


def run(bench: Bench) -> None:
    """Measure each class of rules, and all of them."""
    sent = [str(message["content"]) for message in messages(_SIZE)]
    clean = Content(input=[Message("user", [Text(text)]) for text in sent])
    found = Content(input=[Message("user", [Text(f"{text} {_FOUND}")]) for text in sent])
    for names in ("secrets", "pii", "media", "secrets,pii,media"):
        policy = settings.load({settings.REDACT: names}).policy
        assert policy is not None
        took = compare(
            [
                Alternative("nothing", lambda policy=policy: policy.content(clean)),
                Alternative("found", lambda policy=policy: policy.content(found)),
            ],
            turns=max(bench.turns // 6, 3),
            each=5,
        )
        for name, label in (("nothing", "nothing to find"), ("found", "a find in each message")):
            spent = took[name] / 1000
            verdict = f"{spent:.1f} ms (limit {_LIMIT:g}) {'ok' if spent <= _LIMIT else 'ABOVE'}"
            bench.add(f"{names}, 200 kB, {label}", "-", "-", f"+{took[name]:.0f} us", verdict)
