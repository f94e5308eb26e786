# SPDX-License-Identifier: Apache-2.0
"""Pinecone's searches and plain calls: what all vector stores are tested for."""

from __future__ import annotations

from alike.stores import *  # noqa: F403 - the scenarios are the tests
