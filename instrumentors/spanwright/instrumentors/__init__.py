# SPDX-License-Identifier: Apache-2.0
"""Instrumentors for LLM applications and agents, one folder a library; found by `opentelemetry-instrument`."""
