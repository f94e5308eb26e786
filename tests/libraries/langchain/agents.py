# SPDX-License-Identifier: Apache-2.0
"""The maker of agents of langchain 1.0, without which a test is skipped, and the HTTP library of the OpenAI SDK."""

from __future__ import annotations

from typing import Any

import openai
import pytest

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

__all__ = ["create_agent", "http"]
