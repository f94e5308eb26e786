# SPDX-License-Identifier: Apache-2.0
"""The ready files and pages of backends that no test runs: what can be judged without them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pictures.choice import CONTENT
from spanwright.instrumentors._kernel.settings import Settings

from .conftest import PAGES, page
from .documents import faults, loose, misspelt, places

PROGRAMS = ("collector", "jaeger", "tempo")
NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")
DASHBOARDS = sorted((PAGES / "grafana").glob("*.json"))
each = pytest.mark.parametrize("program", PROGRAMS)


def ready(program: str) -> Any:
    return yaml.safe_load((PAGES / f"{program}.yml").read_text("utf-8"))


def receivers(program: str) -> Any:
    config = ready(program)
    return config.get("distributor", config)["receivers"]


@each
def test_a_file_has_what_its_program_documents_and_nothing_else(program: str) -> None:
    assert faults(program, ready(program)) == []


@each
def test_no_key_of_a_file_could_be_misspelt_unseen(program: str) -> None:
    copies = list(misspelt(ready(program)))
    assert len(copies) > 10
    unseen = [
        key for key, copy in copies if not faults(program, copy) and not ("service" in copy and loose(copy))
    ]
    assert unseen == []


@pytest.mark.parametrize("program", ["collector", "jaeger"])
def test_pipelines_name_all_that_is_defined_and_nothing_else(program: str) -> None:
    assert loose(ready(program)) == []


def test_each_signal_has_a_pipeline_of_the_collector_that_guards_memory_first() -> None:
    pipelines = ready("collector")["service"]["pipelines"]
    assert set(pipelines) == {"traces", "metrics", "logs"}
    assert {tuple(pipeline["processors"]) for pipeline in pipelines.values()} == {("memory_limiter", "batch")}


@each
def test_a_program_listens_where_its_page_sends_and_only_on_this_machine(program: str) -> None:
    listens = dict(places(receivers(program), "endpoint"))
    grpc = page(program).block("Send to it").count("127.0.0.1:4317")
    assert (grpc, sorted(listens.values())) == (1, ["localhost:4317", "localhost:4318"])


def test_what_takes_content_out_in_the_collector_knows_all_content() -> None:
    told = yaml.safe_load(page("collector").block("Take content out"))
    assert faults("collector", told) == []
    actions = told["processors"]["attributes/content"]["actions"]
    assert {action["action"] for action in actions} == {"delete"}
    taken = {action["key"] for action in actions if "key" in action}
    (pattern,) = [action["pattern"] for action in actions if "pattern" in action]
    assert taken | {"gen_ai.prompt.variable"} == CONTENT
    assert re.match(pattern, "gen_ai.prompt.variable.city")


def test_tempo_writes_into_the_folder_alone_and_keeps_whole_what_we_write() -> None:
    config = ready("tempo")
    paths = [*places(config, "path"), *places(config, "_dir")]
    assert len(paths) == 5
    assert [place for place, path in paths if not path.startswith("./tempo/")] == []
    # A character has four bytes at most.
    assert config["distributor"]["max_attribute_bytes"] >= 4 * Settings().content_limit


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


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_grafanas_own_model_of_a_dashboard_knows_all_of_it(file: Path) -> None:
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder", reason="it needs Python 3.11")
    from grafana_foundation_sdk.cog import plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    plugins.register_default_plugins()
    written = json.loads(file.read_text("utf-8"))
    read = json.loads(encoder.JSONEncoder().encode(Dashboard.from_json(written)))
    assert lost(written, read) == []


def lost(written: Any, read: Any, place: str = "") -> list[str]:
    """Return the places of what the reader has not kept as it was."""
    if isinstance(written, dict) and isinstance(read, dict):
        return [one for key in written for one in lost(written[key], read.get(key), f"{place}.{key}")]
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        pairs = enumerate(zip(written, read, strict=True))
        return [one for index, (left, right) in pairs for one in lost(left, right, f"{place}[{index}]")]
    return [] if written == read else [place]
