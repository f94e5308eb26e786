# SPDX-License-Identifier: Apache-2.0
"""A real Arize Phoenix shows the demo's traces, however they came: the tree, the tokens, the kinds and the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from programs import PATIENCE, Runner, answers, await_until

from .conftest import TREE, WORDS, Page, Seen, need, outline, page, serving, silent

SHOWN = """query ($after: String) {
  projects { edges { node { name spans(first: 100, after: $after) { edges { node {
    name spanKind input { value } output { value }
  } } } } } }
}"""
"""What the interface of Phoenix asks for each span that it lists."""
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

    def shown(self, project: str) -> list[dict[str, Any]]:
        """Return what the interface shows of the spans of a project."""
        asked = {"query": SHOWN, "variables": {"after": None}}
        answer = httpx.post(f"{self._url}/graphql", json=asked, trust_env=False, timeout=PATIENCE).json()
        assert "errors" not in answer, answer
        projects = [edge["node"] for edge in answer["data"]["projects"]["edges"]]
        spans = next(each["spans"]["edges"] for each in projects if each["name"] == project)
        return [edge["node"] for edge in spans]


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


def test_in_its_own_words_phoenix_shows_what_went_in_and_what_came_out(
    server: Phoenix, runner: Runner
) -> None:
    variables = silent(server.page.variables("Send to it"))
    project = "garden-in-its-words"
    runner.run(
        "agent.py",
        **{**variables, "OTEL_RESOURCE_ATTRIBUTES": f"openinference.project.name={project}", **WORDS},
    )
    await_until(lambda: len(server.spans(project)) >= len(TREE), "the spans")
    shown = {
        (span["spanKind"], span["name"]): tuple(
            (span[end] or {}).get("value", "") for end in ("input", "output")
        )
        for span in server.shown(project)
    }
    assert "the weather in Lisbon" in shown["agent", "invoke_agent garden_assistant"][0]
    assert "sunny, 14 degrees" in shown["agent", "invoke_agent garden_assistant"][1]
    assert shown["tool", "execute_tool get_weather"] == ('{"city":"Lisbon"}', "Lisbon: sunny, 14 degrees.")
    assert all(shown["llm", "chat gpt-4o-mini"])
    assert "Tomatoes" in shown["retriever", "retrieval"][1]
    assert ("embedding", "embeddings text-embedding-3-small") in shown


def seen(span: dict[str, Any]) -> Seen:
    facts = span["attributes"]
    tokens = (facts.get("gen_ai.usage.input_tokens"), facts.get("gen_ai.usage.output_tokens"))
    return Seen(span["context"]["span_id"], span["parent_id"], span["name"], tokens)
