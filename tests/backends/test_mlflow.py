# SPDX-License-Identifier: Apache-2.0
"""A real MLflow shows the demo's traces: the tree, the tokens, the kinds and the session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from programs import PATIENCE, Runner, await_until

from .conftest import TREE, WORDS, Page, Seen, need, outline, page, serving, silent

pytestmark = pytest.mark.timeout(600)


class MLflow:
    """A running server, asked by its API."""

    def __init__(self, told: Page) -> None:
        self.page = told
        self._url = f"http://127.0.0.1:{told.ports['5000']}"

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self._url}/health", trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False

    def experiment(self, name: str) -> str:
        """Make an experiment and return its id."""
        address = f"{self._url}/api/2.0/mlflow/experiments/create"
        made = httpx.post(address, json={"name": name}, trust_env=False, timeout=PATIENCE)
        return made.json()["experiment_id"]

    def traces(self, experiment: str = "0") -> list[dict[str, Any]]:
        """Return the traces of an experiment, each with its spans; that of the page is the default one."""
        base = f"{self._url}/api/3.0/mlflow/traces"
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
        found = httpx.post(f"{base}/search", json={"locations": [place]}, trust_env=False, timeout=PATIENCE)
        assert found.status_code == 200, found.text
        ids = [each["trace_id"] for each in found.json().get("traces", ())]
        told = [
            httpx.get(f"{base}/get", params={"trace_id": each}, trust_env=False, timeout=PATIENCE)
            for each in ids
        ]
        return [answer.json()["trace"] for answer in told if answer.status_code == 200]

    def spans(self, experiment: str = "0") -> list[dict[str, Any]]:
        return [span for trace in self.traces(experiment) for span in trace.get("spans", ())]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflow]:
    need("mlflow", "pip install mlflow")
    told = page("mlflow", "5000")
    server = MLflow(told)
    with serving(told.block("Start it"), tmp_path_factory.mktemp("mlflow"), server.ready):
        yield server


@pytest.fixture
def traces(server: MLflow, runner: Runner) -> list[dict[str, Any]]:
    """Return the traces of the agent, which runs for the first test that asks."""
    if not server.traces():
        runner.run("agent.py", **silent(server.page.variables("Send to it")))
        await_until(lambda: len(server.spans()) >= len(TREE), "the spans")
    return server.traces()


def test_the_tree_of_the_agent_is_there_with_its_tokens(traces: list[dict[str, Any]]) -> None:
    assert outline(seen(span) for trace in traces for span in trace["spans"]) == TREE


def test_mlflow_counts_the_tokens_of_each_model_call_once(traces: list[dict[str, Any]]) -> None:
    kept = [json.loads(trace["trace_info"]["trace_metadata"]["mlflow.trace.tokenUsage"]) for trace in traces]
    assert sorted((each["input_tokens"], each["output_tokens"]) for each in kept) == [
        (53, 0),
        (71, 25),
        (250 + 20 + 336, 41 + 39),
    ]


def test_mlflow_knows_the_kinds_and_the_session(traces: list[dict[str, Any]]) -> None:
    kinds = {span["name"]: told(span).get("mlflow.spanType") for trace in traces for span in trace["spans"]}
    assert kinds["invoke_agent garden_assistant"] == "AGENT"
    assert kinds["execute_tool get_weather"] == "TOOL"
    assert kinds["embeddings text-embedding-3-small"] == "EMBEDDING"
    sessions = [trace["trace_info"]["trace_metadata"].get("mlflow.trace.session") for trace in traces]
    assert "balcony-7" in sessions


def test_in_openinferences_words_mlflow_shows_what_went_in_and_what_came_out(
    server: MLflow, runner: Runner
) -> None:
    experiment = server.experiment("garden-in-its-words")
    variables = silent(server.page.variables("Send to it"))
    header = {"OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"x-mlflow-experiment-id={experiment}"}
    runner.run("agent.py", **{**variables, **header, **WORDS})
    await_until(lambda: len(server.spans(experiment)) >= len(TREE), "the spans")
    shown = {
        (facts.get("mlflow.spanType"), span["name"]): tuple(
            str(facts.get(f"mlflow.span{end}", "")) for end in ("Inputs", "Outputs")
        )
        for span in server.spans(experiment)
        for facts in [told(span)]
    }
    assert "the weather in Lisbon" in shown["AGENT", "invoke_agent garden_assistant"][0]
    assert "sunny, 14 degrees" in shown["AGENT", "invoke_agent garden_assistant"][1]
    assert "Lisbon" in shown["TOOL", "execute_tool get_weather"][0]
    assert "sunny, 14 degrees" in shown["TOOL", "execute_tool get_weather"][1]
    assert all(next(shown[kind] for kind in shown if kind[1] == "chat gpt-4o-mini"))
    assert "Tomatoes" in shown["RETRIEVER", "retrieval"][1]


def told(span: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values()), None) for each in span["attributes"]}


def seen(span: dict[str, Any]) -> Seen:
    facts = told(span)
    tokens = (facts.get("gen_ai.usage.input_tokens"), facts.get("gen_ai.usage.output_tokens"))
    return Seen(span["span_id"], span.get("parent_span_id"), span["name"], tokens)
