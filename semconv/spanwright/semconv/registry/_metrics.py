# SPDX-License-Identifier: Apache-2.0
"""The source text of `metrics.py`: instruments with their buckets and attributes, and the two profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.semconv.registry._facts import IMPORTS, constant, head, levels, row, text

if TYPE_CHECKING:
    from spanwright.semconv.registry._facts import Facts

LEVELS = ("required", "conditional", "recommended", "opt_in")
PROFILES = {"compat": {"compat"}, "latest": {"latest"}, "both": {"compat", "latest"}}

CLASSES = '''
class Metric(NamedTuple):
    """One instrument: `value` is int or float, `attributes` holds levels, `openai` what OpenAI calls add."""

    name: str
    about: str
    instrument: str
    unit: str
    value: str
    buckets: tuple[float, ...]
    attributes: Mapping[str, str]
    openai: tuple[str, ...] = ()

'''


def metrics(given: Facts) -> str:
    """Write the module that tells which instruments there are, and which profile records which."""
    keys = given.constants()
    lines = head("The instruments, and the profiles that choose among them.", "metrics, http and ours", given)
    lines += [*IMPORTS, CLASSES]
    for name, bounds in {**given.metrics["buckets"], **given.http["buckets"]}.items():
        lines += [f"{name.upper()}: Final[tuple[float, ...]] = {row(map(repr, bounds))}"]
    for name, fact in given.every_metric():
        lines += [
            "",
            f"{_short(name)}: Final = Metric(",
            f"name=names.METRIC_{constant(name)},",
            f"about={text(fact['about'])},",
            f"instrument={text(fact['instrument'])},",
            f"unit={text(fact['unit'])},",
            f"value={text('float' if fact['value'] == 'double' else fact['value'])},",
            f"buckets={fact['buckets'].upper() if 'buckets' in fact else '()'},",
            *levels({key: level for level in LEVELS for key in fact.get(level, ())}, keys),
            *(["openai=" + row(f"names.{keys[key]}" for key in fact["openai"])] if "openai" in fact else []),
            ")",
        ]
    lines += ["", "METRICS: Final[Mapping[str, Metric]] = {"]
    lines += [*(f"{_short(name)}.name: {_short(name)}," for name, _ in given.every_metric()), "}"]
    for profile, wanted in PROFILES.items():
        chosen = [
            _short(name) for name, fact in given.every_metric() if wanted.intersection(fact["profiles"])
        ]
        lines += ["", f"{profile.upper()}: Final[tuple[Metric, ...]] = {row(chosen)}"]
    lines += ["", "PROFILES: Final[Mapping[str, tuple[Metric, ...]]] = {"]
    return "\n".join([*lines, *(f"{text(profile)}: {profile.upper()}," for profile in PROFILES), "}"])


def _short(name: str) -> str:
    return constant(name.removeprefix("gen_ai."))
