# SPDX-License-Identifier: Apache-2.0
"""The maker of agents of langchain 1.0; a test that needs it is skipped with an older one."""

from __future__ import annotations

try:
    from langchain.agents import create_agent
except ImportError:
    import pytest

    def create_agent(*args: object, **kwargs: object) -> None:
        """Skip the test."""
        pytest.skip("langchain before 1.0 has no create_agent")


__all__ = ["create_agent"]
