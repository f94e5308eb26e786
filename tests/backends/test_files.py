# SPDX-License-Identifier: Apache-2.0
"""The ready files and pages of backends that no test runs: what can be judged without them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from .conftest import PAGES, page

NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")
DASHBOARDS = sorted((PAGES / "grafana").glob("*.json"))


def test_the_collectors_pipelines_name_what_is_defined() -> None:
    config = yaml.safe_load((PAGES / "collector.yml").read_text("utf-8"))
    assert set(config["service"]["pipelines"]) == {"traces", "metrics", "logs"}
    for pipeline in config["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= set(config[part])


def test_the_collectors_exporters_are_all_used() -> None:
    config = yaml.safe_load((PAGES / "collector.yml").read_text("utf-8"))
    used = {name for pipeline in config["service"]["pipelines"].values() for name in pipeline["exporters"]}
    assert used == set(config["exporters"])


def test_tempo_listens_where_its_page_sends() -> None:
    config = yaml.safe_load((PAGES / "tempo.yml").read_text("utf-8"))
    endpoint = config["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    assert page("tempo").block("Send to it").count("127.0.0.1:4317") == 1
    assert endpoint == "localhost:4317"


@pytest.mark.parametrize("backend", [name for name in NAMES if name != "grafana"])
def test_each_page_tells_how_to_start_and_where_to_send(backend: str) -> None:
    told = page(backend)
    assert told.block("Start it").strip()
    assert told.variables("Send to it")["OTEL_SERVICE_NAME"] == "garden"


@pytest.mark.parametrize("name", ["README", *NAMES])
def test_links_to_files_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (PAGES / f"{name}.md").read_text("utf-8"))
    assert [link for link in links if not (PAGES / link).exists()] == []


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_the_panels_of_a_dashboard_stand_beside_each_other(file: Path) -> None:
    panels = json.loads(file.read_text("utf-8"))["panels"]
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)
