# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes the demo's agent; each query of the dashboards returns figures."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from programs import EXAMPLES, PATIENCE, Runner, answers, await_until
from spanwright.console.provider import Provider

from .conftest import PAGES, Page, need, page, serving

pytestmark = pytest.mark.timeout(600)
DASHBOARDS = sorted((PAGES / "grafana").glob("*.json"))
CALLS = 'sum(gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="embeddings"})'
TOOLS = "sum by (gen_ai_tool_name) (gen_ai_execute_tool_duration_seconds_count)"


@dataclass
class Prometheus:
    """A running server that has seen the agent twice."""

    url: str
    page: Page

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return what an instant query finds."""
        answer = httpx.get(
            f"{self.url}/api/v1/query", params={"query": query}, trust_env=False, timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["result"]

    def value(self, query: str) -> float:
        return sum(float(each["value"][1]) for each in self.ask(query))


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Start the server and the agent, and let each of its calls happen before and after a scrape."""
    need("prometheus", "apt install prometheus")
    told = page("prometheus", "9090", "9464")
    folder = tmp_path_factory.mktemp("prometheus")
    config = told.moved((PAGES / "prometheus.yml").read_text("utf-8"))
    (folder / "prometheus.yml").write_text(config.replace("5s", "1s"), "utf-8")
    port = told.ports["9090"]
    server = Prometheus(f"http://127.0.0.1:{port}", told)
    with serving(told.block("Start it"), folder, lambda: answers(port)), Provider() as provider:
        variables = told.variables("Send to it")
        program = Path(__file__).with_name("lingering.py")
        with Runner(provider).start(program, **variables, SPANWRIGHT_METRICS="both") as process:
            try:
                assert process.stdin
                for number in (1, 2):
                    for line in (
                        f"agent.py {provider.base_url}",
                        f"agent.py {provider.url}/nowhere",
                        f"recommend.py {provider.url}/nowhere",
                    ):
                        process.stdin.write(f"{EXAMPLES}/{line}\n")
                    process.stdin.flush()
                    # Two embeddings of each run, and the one that fails; the errors of the last line come after.
                    await_until(lambda: failed(server) == 2 * number, "the scrape")
                yield server
            finally:
                process.kill()


def failed(server: Prometheus) -> float:
    return server.value('sum(gen_ai_client_operation_duration_seconds_count{error_type!=""})')


def test_the_calls_of_the_agent_are_counted(prometheus: Prometheus) -> None:
    assert prometheus.value(CALLS) == 6
    counted = {each["metric"]["gen_ai_tool_name"]: each["value"][1] for each in prometheus.ask(TOOLS)}
    assert counted == {"get_weather": "2", "search_notes": "2"}


def test_the_tokens_are_those_of_the_answers(prometheus: Prometheus) -> None:
    by_type = {
        end: f'gen_ai_client_token_usage_sum{{gen_ai_token_type="{end}"}}' for end in ("input", "output")
    }
    assert prometheus.value(f"sum({by_type['input']})") == 2 * (53 + 250 + 20 + 336 + 71)
    assert prometheus.value(f"sum({by_type['output']})") == 2 * (41 + 39 + 25)
    assert prometheus.value("sum(gen_ai_client_inference_usage_output_tokens_total)") == 2 * (41 + 39 + 25)


def test_the_questions_of_the_page_are_answered(prometheus: Prometheus) -> None:
    questions = re.findall(r"^\| .* \| `(.*)` \|$", prometheus.page.text, re.MULTILINE)
    assert len(questions) == 3
    assert [each for each in questions if not figures(prometheus, each)] == []


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_query_of_a_dashboard_returns_figures(prometheus: Prometheus, file: Path) -> None:
    queries = [
        target["expr"]
        for panel in json.loads(file.read_text("utf-8"))["panels"]
        for target in panel["targets"]
    ]
    asked = [each.replace("$__rate_interval", "5m").replace("$job", "garden") for each in queries]
    assert len(asked) > 15
    assert [each for each in asked if not figures(prometheus, each)] == []


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_finds_the_jobs_to_choose_from(prometheus: Prometheus, file: Path) -> None:
    (asked,) = [
        each["query"]
        for each in json.loads(file.read_text("utf-8"))["templating"]["list"]
        if each["name"] == "job"
    ]
    found = re.fullmatch(r"label_values\((.*), job\)", asked)
    assert found, asked
    answer = httpx.get(
        f"{prometheus.url}/api/v1/label/job/values", params={"match[]": found[1]}, trust_env=False
    )
    assert answer.json()["data"] == ["garden"]


@pytest.mark.parametrize("source", ["prometheus.yml", "collector.md"])
def test_the_configuration_is_valid(source: str, tmp_path: Path) -> None:
    need("promtool", "apt install prometheus")
    whole = (PAGES / source).read_text("utf-8")
    told = page("collector").block("Let Prometheus fetch the metrics") if source.endswith(".md") else whole
    file = tmp_path / "prometheus.yml"
    file.write_text(told, "utf-8")
    done = subprocess.run(
        [shutil.which("promtool") or "", "check", "config", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def figures(prometheus: Prometheus, query: str) -> list[float]:
    """Return the positive numbers that a query finds; a quantile of nothing is none."""
    values = [float(each["value"][1]) for each in prometheus.ask(query)]
    return [value for value in values if math.isfinite(value) and value > 0]
