# SPDX-License-Identifier: Apache-2.0
"""The registry says what upstream says, and the generated modules say what the registry says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from spanwright.semconv import metrics, names, spans
from spanwright.semconv._check_facts import TYPES
from spanwright.semconv._check_messages import PARTS
from spanwright.semconv.registry import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

UPSTREAM = Path(__file__).parents[2].parent / "shared" / "semconv" / "genai.yaml"
LEVELS = {
    "required": "required",
    "conditionally_required": "conditional",
    "recommended": "recommended",
    "opt_in": "opt_in",
}


@pytest.fixture(scope="module")
def upstream() -> dict[str, Any]:
    """The conventions as upstream writes them."""
    if not UPSTREAM.exists():
        pytest.skip("the shared folder with upstream's conventions is not here")
    return yaml.safe_load(UPSTREAM.read_text("utf-8"))


def levels(attributes: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Level and sampling relevance of every attribute, in our words."""
    return {
        key: (LEVELS[fact["level"]], bool(fact.get("sampling_relevant")))
        for key, fact in attributes.items()
        if not fact.get("inherited_level")
    }


def ours(attributes: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Level and sampling relevance of every attribute as the registry has them."""
    return {
        key: (fact.get("upstream", fact["level"]), bool(fact.get("start")))
        for key, fact in attributes.items()
    }


def test_generated_modules_are_fresh() -> None:
    assert generate.stale(generate.FOLDER.parent) == ""


def test_check_exits_with_the_difference_of_a_stale_module(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert generate.main(["--target", str(tmp_path)]) == 0
    assert generate.main(["--target", str(tmp_path), "--check"]) == 0
    (tmp_path / "names.py").write_text("", "utf-8")
    assert generate.main(["--target", str(tmp_path), "--check"]) == 1
    assert '+GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"' in capsys.readouterr().out


def test_there_are_as_many_genai_keys_as_upstream_has() -> None:
    assert (
        len([key for key in TYPES if key.startswith("gen_ai.") and not key.endswith(("_ref", "token.type"))])
        == 79
    )


def test_the_keys_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    theirs = {
        **upstream["attributes"],
        **{key: {"type": kind} for key, kind in upstream["core_attributes"].items()},
    }
    missing = {key: fact["type"] for key, fact in theirs.items() if TYPES.get(key) != fact["type"]}
    extra = {
        key
        for key in TYPES
        if key not in theirs and key.startswith(("gen_ai.", "openai.", "mcp.")) and not key.endswith("_ref")
    }
    assert (missing, extra) == ({}, {"gen_ai.token.type"})


def test_the_well_known_values_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    facts = dict(generate.facts().every_attribute())
    theirs = {key: fact["enum"] for key, fact in upstream["attributes"].items() if "enum" in fact}
    assert {key: sorted(facts[key]["values"]) for key in theirs} == {
        key: sorted(values) for key, values in theirs.items()
    }


@pytest.mark.parametrize("schema", ["input-messages", "output-messages"])
def test_known_parts_need_the_fields_that_upstream_requires(schema: str) -> None:
    path = UPSTREAM.parent / "schemas" / f"gen-ai-{schema}.json"
    if not path.exists():
        pytest.skip("the shared folder with upstream's schemas is not here")
    parts = {
        part["properties"]["type"]["const"]: part
        for part in json.loads(path.read_text("utf-8"))["$defs"].values()
        if "const" in part.get("properties", {}).get("type", {})
    }
    theirs = {kind: set(part["properties"]) - {"type"} for kind, part in parts.items()}
    required = {kind: set(part["required"]) - {"type"} for kind, part in parts.items()}
    mine = {kind: fields for kind, fields in PARTS.items() if kind != "generic"}
    assert {kind: set(fields) for kind, fields in mine.items()} == theirs
    assert {
        kind: {name for name, held in fields.items() if held[-1] != "?"} for kind, fields in mine.items()
    } == required


def test_the_span_types_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    mine = generate.facts().spans["spans"]
    assert {name: ours(fact["attributes"]) for name, fact in mine.items()} == {
        name: levels(fact["attributes"]) for name, fact in upstream["spans"].items()
    }
    kinds = {name: fact["kind"] for name, fact in upstream["spans"].items()}
    assert {name: fact["kinds"][0] for name, fact in mine.items()} == kinds


def test_the_refinements_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    mine = generate.facts().spans["refinements"]
    assert {name: (fact["of"], ours(fact["attributes"])) for name, fact in mine.items()} == {
        name: (fact["ref"], levels(fact["attributes"])) for name, fact in upstream["span_refinements"].items()
    }


def test_the_metrics_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    theirs = {
        name: (
            fact["instrument"],
            fact["unit"],
            fact["value_type"].replace("double", "float"),
            tuple(fact.get("buckets") or ()),
            {key: LEVELS[attribute["level"]] for key, attribute in fact["attributes"].items()},
        )
        for name, fact in upstream["metrics"].items()
    }
    mine = {
        one.name: (one.instrument, one.unit, one.value, one.buckets, one.attributes)
        for one in metrics.METRICS.values()
        if one.name in theirs
    }
    assert mine == theirs


def test_the_events_are_those_of_upstream(upstream: dict[str, Any]) -> None:
    theirs = {
        name: (fact.get("severity_number", 0), fact.get("severity_text", ""))
        for name, fact in upstream["events"].items()
    }
    assert {one.name: (one.severity, one.severity_text) for one in spans.EVENTS.values()} == theirs
    assert set(spans.INFERENCE_DETAILS.attributes) == set(spans.INFERENCE.attributes)


def test_the_profiles_differ_only_in_what_upstream_renamed() -> None:
    compat, latest = ({one.name for one in profile} for profile in (metrics.COMPAT, metrics.LATEST))
    assert compat - latest == {
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.operation.time_per_output_chunk",
    }
    assert {name for name in latest - compat if not name.startswith("gen_ai.client.inference.")} == set()
    assert {one.name for one in metrics.BOTH} == compat | latest
    assert not any(name.startswith("gen_ai.server.") for name in compat | latest)


def constants() -> Iterator[tuple[str, str]]:
    """Every constant of the module of names."""
    return ((name, value) for name, value in vars(names).items() if name.isupper() and isinstance(value, str))


def test_every_key_metric_and_event_has_one_constant() -> None:
    values = [value for _, value in constants()]
    known = {key for key in TYPES if not key.endswith("_ref")} | set(metrics.METRICS) | set(spans.EVENTS)
    assert (len(values), set(values)) == (len(set(values)), known)


def test_no_description_is_longer_than_a_clause() -> None:
    given = generate.facts()
    facts = [*given.every_attribute(), *given.every_span(), *given.every_metric()]
    assert [name for name, fact in facts if not fact["about"].endswith(".") or len(fact["about"]) > 100] == []
