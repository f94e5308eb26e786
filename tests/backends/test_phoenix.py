# SPDX-License-Identifier: Apache-2.0
"""A real Arize Phoenix shows the demo's traces, however they came: the tree, the tokens, the kinds and the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from programs import PATIENCE, Runner, answers, await_until

from .conftest import TREE, Page, Seen, need, outline, page, serving, silent

pytestmark = pytest.mark.timeout(600)


class Phoenix:
    """A running server, asked by its API."""

    def __init__(self, told: Page) -> None:
        self.page = told
        self._url = f"http://127.0.0.1:{told.ports['6006']}"

    def ready(self) -> bool:
        try:
            found = httpx.get(f"{self._url}/healthz", trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False
        return found and answers(self.page.ports["4317"])

    def spans(self, project: str) -> list[dict[str, Any]]:
        """Return the spans of a project; one that has none yet is not there."""
        address = f"{self._url}/v1/projects/{project}/spans"
        found = httpx.get(address, params={"limit": 100}, trust_env=False, timeout=PATIENCE)
        return found.json()["data"] if found.status_code == 200 else []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phoenix]:
    need("phoenix", "pip install arize-phoenix")
    told = page("phoenix", "6006", "4317")
    server = Phoenix(told)
    with serving(told.block("Start it"), tmp_path_factory.mktemp("phoenix"), server.ready):
        yield server


@pytest.fixture(params=["Send to it", "Send to it by HTTP"], ids=["grpc", "http"])
def spans(server: Phoenix, runner: Runner, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Return the spans of the agent, which runs for the first test that asks."""
    variables = server.page.variables(request.param)
    project = variables["OTEL_RESOURCE_ATTRIBUTES"].partition("=")[2]
    if not server.spans(project):
        runner.run("agent.py", **silent(variables))
        await_until(lambda: len(server.spans(project)) >= len(TREE), "the spans")
    return server.spans(project)


def test_the_tree_of_the_agent_is_there_with_its_tokens(spans: list[dict[str, Any]]) -> None:
    assert outline(map(seen, spans)) == TREE


def test_phoenix_counts_the_tokens_of_model_calls(spans: list[dict[str, Any]]) -> None:
    counted = [
        (span["attributes"]["llm.token_count.prompt"], span["attributes"]["llm.token_count.completion"])
        for span in spans
        if span["span_kind"] == "LLM"
    ]
    assert sorted(counted) == [(71, 25), (250, 41), (336, 39)]


def test_phoenix_knows_the_kinds_and_the_session(spans: list[dict[str, Any]]) -> None:
    kinds = {span["name"]: span["span_kind"] for span in spans}
    assert kinds["invoke_agent garden_assistant"] == "AGENT"
    assert kinds["execute_tool get_weather"] == "TOOL"
    assert kinds["embeddings text-embedding-3-small"] == "EMBEDDING"
    assert {span["attributes"].get("session.id") for span in spans if span["span_kind"] == "AGENT"} == {
        "balcony-7"
    }


def seen(span: dict[str, Any]) -> Seen:
    facts = span["attributes"]
    tokens = (facts.get("gen_ai.usage.input_tokens"), facts.get("gen_ai.usage.output_tokens"))
    return Seen(span["context"]["span_id"], span["parent_id"], span["name"], tokens)
