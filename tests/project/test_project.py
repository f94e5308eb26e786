# SPDX-License-Identifier: Apache-2.0
"""What must hold of the project's own files."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.instrumentor import VERSION, Instrumentor

ROOT = Path(__file__).parents[2]
ROOTS = ("instrumentors", "semconv", "console")
README = (ROOT / "README.md").read_text("utf-8")
BASE = {
    "opentelemetry-api",
    "opentelemetry-instrumentation",
    "opentelemetry-instrumentation-threading",
    "wrapt",
}


def requirements() -> list[str]:
    return list(distribution("spanwright").requires or [])


@pytest.mark.parametrize("root", ROOTS)
def test_no_source_root_hides_the_other_portions_of_the_namespace(root: str) -> None:
    assert not (ROOT / root / "spanwright" / "__init__.py").exists()
    assert (ROOT / root / "spanwright" / root / "py.typed").exists()


def test_the_base_dependencies_stay_tiny() -> None:
    base = {re.split(r"[\s<>=!~;]", each)[0] for each in requirements() if "extra ==" not in each}
    assert base == BASE


def test_no_requirement_is_pinned_to_one_version() -> None:
    assert [each for each in requirements() if "==" in each.partition(";")[0]] == []


def test_no_extra_makes_the_loader_skip_every_entry_point() -> None:
    extras = set(distribution("spanwright").metadata.get_all("Provides-Extra") or [])
    assert extras.isdisjoint({"instruments", "instruments-any", "instruments_any"})


def test_every_instrumentor_has_an_entry_point_of_its_name_and_an_extra() -> None:
    extras = set(distribution("spanwright").metadata.get_all("Provides-Extra") or [])
    points = distribution("spanwright").entry_points.select(group="opentelemetry_instrumentor")
    for point in points:
        library = point.name.removeprefix("spanwright_")
        assert point.name.startswith("spanwright_")
        # Metadata write an extra's name with hyphens.
        assert {library, library.replace("_", "-")} & extras
        instrumentor = point.load()
        assert issubclass(instrumentor, Instrumentor)
        assert instrumentor.supports
        assert instrumentor.watches
        assert instrumentor.captures


def test_the_version_of_the_scopes_is_that_of_the_distribution() -> None:
    assert distribution("spanwright").version == VERSION


def test_every_environment_variable_is_in_the_readme() -> None:
    names = [value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)]
    assert [name for name in names if f"`{name}`" not in README] == []


def test_the_readme_names_no_variable_that_does_not_exist() -> None:
    known = {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    assert set(re.findall(r"SPANWRIGHT_[A-Z_]+", README)) <= known


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "spanwright.semconv.registry.generate", "--check"],
        ["docs/coverage.py", "--check"],
        ["docs/backends/dashboards.py", "--check"],
    ],
    ids=["conventions", "coverage", "dashboards"],
)
def test_generated_files_are_fresh(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_of_an_index_address_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("no git checkout")
    assert [name for name in tracked.stdout.splitlines() if name.endswith(("uv.lock", "poetry.lock"))] == []
