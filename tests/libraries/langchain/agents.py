# SPDX-License-Identifier: Apache-2.0
"""What older versions of LangChain have not, for which a test is skipped, and the HTTP library of the OpenAI SDK."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import openai
import pytest
from packaging.version import Version

base: Any = openai._base_client
http: Any = getattr(base, "httpx2", None) or base.httpx


def _lacking(*args: object, **kwargs: object) -> None:
    """Skip the test."""
    pytest.skip("langchain before 1.0 has no create_agent")


create_agent: Any = _lacking
try:
    from langchain.agents import create_agent
except ImportError:
    pass


def since(core: str, reason: str) -> pytest.MarkDecorator:
    """Return the mark of a test of what langchain-core has since this version."""
    return pytest.mark.skipif(Version(version("langchain-core")) < Version(core), reason=reason)


__all__ = ["create_agent", "http", "since"]
